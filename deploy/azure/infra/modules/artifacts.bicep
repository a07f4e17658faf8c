// The container for artifacts in a storage account that is there, and the identity's rights to it.
param accountName string

@allowed(['identity', 'keys'])
param credentials string
param identityPrincipalId string

var containerName = 'mlflow-artifacts'
var contributorRole = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
var delegatorRole = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a' // Storage Blob Delegator: sign addresses

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: accountName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' existing = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = {
  parent: blobs
  name: containerName
  properties: {
    publicAccess: 'None'
  }
}

resource mayWrite 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (credentials == 'identity') {
  name: guid(container.id, identityPrincipalId, contributorRole)
  scope: container
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributorRole)
  }
}

resource maySign 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (credentials == 'identity') {
  name: guid(account.id, identityPrincipalId, delegatorRole)
  scope: account
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', delegatorRole)
  }
}

output uri string = 'wasbs://${containerName}@${accountName}.blob.${az.environment().suffixes.storage}'
