// Who the server is in Azure. One identity that is not bound to the app's life, so that its rights stand before the app
// starts. It may pull the image, read and write artifacts, log in to the database and read its secrets, and nothing else.
param location string
param tags object
param name string

@description('A registry in this resource group that the identity may pull from. Empty: none.')
param registryName string

var pullRole = '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = if (!empty(registryName)) {
  name: registryName
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(resourceGroup().id, name, registryName, pullRole)
  scope: registry
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', pullRole)
  }
}

output id string = identity.id
output name string = identity.name
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
output registryServer string = empty(registryName) ? '' : '${registryName}${az.environment().suffixes.acrLoginServer}'
