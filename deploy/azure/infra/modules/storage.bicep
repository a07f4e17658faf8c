// The storage account for artifacts: encrypted, kept in three zones, closed to the anonymous.
param location string
param tags object
param name string

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param sku string

@allowed(['identity', 'keys'])
param credentials string
param appSubnetId string

@description('Admit clients outside the network, who still need a signed address for each object.')
param openToClients bool

@description('Subnet for a private endpoint. Empty: none, and the app reaches the account through its service endpoint.')
param endpointSubnetId string

var privatelyReached = !empty(endpointSubnetId)

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: credentials == 'keys'
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: privatelyReached ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: openToClients && !privatelyReached ? 'Allow' : 'Deny'
      bypass: 'None'
      virtualNetworkRules: privatelyReached
        ? []
        : [
            {
              id: appSubnetId
              action: 'Allow'
            }
          ]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 14
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 14
    }
  }
}

module endpoint 'endpoint.bicep' = if (privatelyReached) {
  name: 'storage-endpoint'
  params: {
    location: location
    tags: tags
    name: '${name}-blob'
    subnetId: endpointSubnetId
    targetId: account.id
    groupId: 'blob'
    zoneName: 'privatelink.blob.${az.environment().suffixes.storage}'
  }
  dependsOn: [blobs]
}

output name string = account.name
