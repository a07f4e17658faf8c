// The vault for what must be secret: the passphrase of stored secrets and, without an identity, the database's address with
// its password and the storage account's key. Nothing is written that was not given.
param location string
param tags object

@minLength(3)
@maxLength(24)
param name string
param identityPrincipalId string

@secure()
param encryptionPassphrase string

@secure()
param databaseUri string

@description('The account whose access key is kept. Empty: none.')
param storageAccountName string
param storageResourceGroup string
param appSubnetId string

@description('Subnet for a private endpoint. Empty: none.')
param endpointSubnetId string

var readerRole = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
var privatelyReached = !empty(endpointSubnetId)

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      family: 'A'
      name: 'standard'
    }
    tenantId: subscription().tenantId
    enableRbacAuthorization: true
    enableSoftDelete: true
    // Without the passphrase every stored secret is lost: nobody may purge it.
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: privatelyReached ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: 'Deny'
      // The platform reads the app's secrets, and deployments write them.
      bypass: 'AzureServices'
      virtualNetworkRules: privatelyReached
        ? []
        : [
            {
              id: appSubnetId
            }
          ]
    }
  }
}

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = if (!empty(storageAccountName)) {
  name: storageAccountName
  scope: resourceGroup(storageResourceGroup)
}

resource passphrase 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = if (!empty(encryptionPassphrase)) {
  parent: vault
  name: 'encryption-passphrase'
  properties: {
    value: encryptionPassphrase
  }
}

resource database 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = if (!empty(databaseUri)) {
  parent: vault
  name: 'database-uri'
  properties: {
    value: databaseUri
  }
}

resource storageKey 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = if (!empty(storageAccountName)) {
  parent: vault
  name: 'storage-key'
  properties: {
    value: account!.listKeys().keys[0].value
  }
}

resource mayRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identityPrincipalId, readerRole)
  scope: vault
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', readerRole)
  }
}

module endpoint 'endpoint.bicep' = if (privatelyReached) {
  name: 'vault-endpoint'
  params: {
    location: location
    tags: tags
    name: '${name}-vault'
    subnetId: endpointSubnetId
    targetId: vault.id
    groupId: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
  }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
