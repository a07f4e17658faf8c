// Everything in one resource group: network, identity, vault, database, storage, logs and the app.

@description('Azure region.')
param location string = resourceGroup().location

param tags object = {}

@description('Prefix of all names; storage and vault names are made unique with a hash of the resource group.')
@minLength(3)
@maxLength(12)
param name string = 'headwater'

@description('The container image, with its registry and tag.')
@minLength(1)
param image string

@description('Name of an Azure Container Registry in this resource group that holds the image. Empty: the image is public.')
param registryName string = ''

@description('Passphrase that stored secrets are encrypted with. Given once, at the first deployment; empty leaves the one in the vault.')
@secure()
param encryptionPassphrase string = ''

@description('Whether the internet reaches the server, or only the virtual network.')
@allowed(['public', 'internal'])
param ingress string = 'public'

@description('How the server logs in to the database and the storage: with its own identity, or with a password and an access key.')
@allowed(['identity', 'keys'])
param credentials string = 'identity'

@description('Sizes of replicas and database: see sizes below.')
@allowed(['small', 'medium', 'large'])
param size string = 'medium'

@description('Fewest replicas. From 2 on, none of them is missed when it is lost.')
@minValue(1)
@maxValue(30)
param minReplicas int = 2

@description('Most replicas.')
@minValue(1)
@maxValue(100)
param maxReplicas int = 6

@description('Host names of your own, by commas, that are bound to the app. The name that the platform gives is known to the server.')
param customHosts string = ''

@description('Password of the database administrator, when credentials is keys.')
@secure()
param databasePassword string = ''

@description('A database of your own: its whole address, postgresql://… Empty: one is made.')
@secure()
param databaseUri string = ''

@description('A storage account of your own. Empty: one is made.')
param storageAccountName string = ''

@description('The resource group of that account.')
param storageResourceGroup string = resourceGroup().name

@description('A subnet of your own for the app, delegated to Microsoft.App/environments, /27 or larger. Empty: a network is made.')
param appSubnetId string = ''

@description('A subnet of your own for the database, delegated to Microsoft.DBforPostgreSQL/flexibleServers, /28 or larger.')
param databaseSubnetId string = ''

@description('A private DNS zone of your own for the database, linked to the network.')
param databaseZoneId string = ''

@description('A subnet of your own for private endpoints.')
param endpointSubnetId string = ''

@description('Reach storage and vault through private endpoints alone. Clients cannot transfer artifacts directly then.')
param privateEndpoints bool = false

@description('Let clients outside the network transfer large artifacts directly, by signed addresses of a few minutes.')
param directTransfers bool = false

var suffix = take(uniqueString(resourceGroup().id, name), 6)
var makesNetwork = empty(appSubnetId)
var makesDatabase = empty(databaseUri)
var makesStorage = empty(storageAccountName)

// The figures behind the sizes are in docs/deploy-azure.md. A zone-redundant standby needs the GeneralPurpose tier.
var sizes = {
  small: {
    cpu: '0.5'
    memory: '1Gi'
    databaseTier: 'Burstable'
    databaseSku: 'Standard_B1ms'
    databaseStorage: 32
    standby: false
    storageSku: 'Standard_LRS'
  }
  medium: {
    cpu: '1.0'
    memory: '2Gi'
    databaseTier: 'GeneralPurpose'
    databaseSku: 'Standard_D2ds_v5'
    databaseStorage: 128
    standby: true
    storageSku: 'Standard_ZRS'
  }
  large: {
    cpu: '2.0'
    memory: '4Gi'
    databaseTier: 'GeneralPurpose'
    databaseSku: 'Standard_D8ds_v5'
    databaseStorage: 512
    standby: true
    storageSku: 'Standard_ZRS'
  }
}
var sized = sizes[size]

module logs 'modules/logs.bicep' = {
  name: 'logs'
  params: {
    location: location
    tags: tags
    name: '${name}-logs'
  }
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    location: location
    tags: tags
    name: '${name}-identity'
    registryName: registryName
  }
}

module network 'modules/network.bicep' = if (makesNetwork) {
  name: 'network'
  params: {
    location: location
    tags: tags
    name: name
    suffix: suffix
    ingress: ingress
  }
}

var appSubnet = makesNetwork ? network!.outputs.appSubnetId : appSubnetId
var databaseSubnet = makesNetwork ? network!.outputs.databaseSubnetId : databaseSubnetId
var databaseZone = makesNetwork ? network!.outputs.databaseZoneId : databaseZoneId
var endpointSubnet = makesNetwork ? network!.outputs.endpointSubnetId : endpointSubnetId

module database 'modules/database.bicep' = if (makesDatabase) {
  name: 'database'
  params: {
    location: location
    tags: tags
    name: '${name}-db-${suffix}'
    subnetId: databaseSubnet
    zoneId: databaseZone
    tier: sized.databaseTier
    sku: sized.databaseSku
    storageGiB: sized.databaseStorage
    standby: sized.standby
    credentials: credentials
    password: databasePassword
    identityPrincipalId: identity.outputs.principalId
    identityName: identity.outputs.name
  }
}

module storage 'modules/storage.bicep' = if (makesStorage) {
  name: 'storage'
  params: {
    location: location
    tags: tags
    // Letters and digits only, 3 to 24, unique in the world.
    name: take('${replace(name, '-', '')}${suffix}', 24)
    sku: sized.storageSku
    credentials: credentials
    appSubnetId: appSubnet
    openToClients: directTransfers
    endpointSubnetId: privateEndpoints ? endpointSubnet : ''
  }
}

module artifacts 'modules/artifacts.bicep' = {
  name: 'artifacts'
  scope: resourceGroup(makesStorage ? resourceGroup().name : storageResourceGroup)
  params: {
    accountName: makesStorage ? storage!.outputs.name : storageAccountName
    credentials: credentials
    identityPrincipalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    location: location
    tags: tags
    name: take('${name}-kv-${suffix}', 24)
    identityPrincipalId: identity.outputs.principalId
    encryptionPassphrase: encryptionPassphrase
    databaseUri: makesDatabase
      ? (credentials == 'keys' ? replace(database!.outputs.uriWithoutPassword, '@', ':${uriComponent(databasePassword)}@') : '')
      : databaseUri
    storageAccountName: credentials != 'keys' ? '' : (makesStorage ? storage!.outputs.name : storageAccountName)
    storageResourceGroup: makesStorage ? resourceGroup().name : storageResourceGroup
    appSubnetId: appSubnet
    endpointSubnetId: privateEndpoints ? endpointSubnet : ''
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    location: location
    tags: tags
    name: name
    image: image
    registryServer: identity.outputs.registryServer
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    logsName: logs.outputs.name
    subnetId: appSubnet
    ingress: ingress
    credentials: credentials
    vaultUri: vault.outputs.uri
    databaseUri: makesDatabase && credentials == 'identity' ? database!.outputs.uriWithoutPassword : ''
    artifactsUri: artifacts.outputs.uri
    directTransfers: directTransfers && !privateEndpoints
    customHosts: customHosts
    cpu: sized.cpu
    memory: sized.memory
    minReplicas: minReplicas
    maxReplicas: max(minReplicas, maxReplicas)
    zoneRedundant: sized.standby
  }
}

@description('Address of the server.')
output url string = app.outputs.url

output vaultName string = vault.outputs.name
