// The whole deployment, at the scope of a subscription: a resource group and everything in it. `azd up` starts here, and
// so does `az deployment sub create`. Who has a resource group already starts at headwater.bicep.
targetScope = 'subscription'

@description('Name of this deployment; the resource group is rg-NAME.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Azure region of everything.')
param location string

@description('The container image, with its registry and tag.')
@minLength(1)
param image string

@description('Name of an Azure Container Registry in the resource group that holds the image. Empty: the image is public.')
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

@description('One of the sizes in headwater.bicep.')
@allowed(['small', 'medium', 'large'])
param size string = 'medium'

@description('Password of the database administrator, when credentials is keys.')
@secure()
param databasePassword string = ''

var tags = {
  'azd-env-name': environmentName
  application: 'headwater'
}

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module headwater 'headwater.bicep' = {
  name: 'headwater'
  scope: group
  params: {
    location: location
    tags: tags
    image: image
    registryName: registryName
    encryptionPassphrase: encryptionPassphrase
    ingress: ingress
    credentials: credentials
    size: size
    databasePassword: databasePassword
  }
}

@description('Address of the server.')
output HEADWATER_URL string = headwater.outputs.url

@description('Name of the key vault; from the first deployment on it holds the passphrase.')
output HEADWATER_VAULT string = headwater.outputs.vaultName

output AZURE_RESOURCE_GROUP string = group.name
