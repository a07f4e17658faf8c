// The Container Apps environment in its subnet, and the server in it.
param location string
param tags object
param name string
param image string

@description('Login server of the registry that the identity may pull from. Empty: the image is public.')
param registryServer string
param identityId string
param identityClientId string
param logsName string
param subnetId string

@allowed(['public', 'internal'])
param ingress string

@allowed(['identity', 'keys'])
param credentials string
param vaultUri string

@description('Address of the database without a password. Empty: the whole address is in the vault.')
param databaseUri string
param artifactsUri string
param directTransfers bool
param customHosts string
param cpu string
param memory string
param minReplicas int
param maxReplicas int
param zoneRedundant bool

@description('Concurrent requests from which on one more replica is started.')
param requestsPerReplica int = 100

var port = 5000
var databaseInVault = empty(databaseUri)
var keyInVault = credentials == 'keys'

resource logs 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: logsName
}

resource environment 'Microsoft.App/managedEnvironments@2026-01-01' = {
  name: '${name}-env'
  location: location
  tags: tags
  properties: {
    vnetConfiguration: {
      infrastructureSubnetId: subnetId
      internal: ingress == 'internal'
    }
    zoneRedundant: zoneRedundant
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
  }
}

resource app 'Microsoft.App/containerApps@2026-01-01' = {
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'headwater'
  })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      // A new revision takes over when it is ready; the old one ends after that.
      activeRevisionsMode: 'Single'
      maxInactiveRevisions: 5
      ingress: {
        external: true
        targetPort: port
        transport: 'auto'
        allowInsecure: false
        traffic: [
          {
            latestRevision: true
            weight: 100
          }
        ]
      }
      registries: empty(registryServer)
        ? []
        : [
            {
              server: registryServer
              identity: identityId
            }
          ]
      secrets: concat(
        [
          {
            name: 'encryption-passphrase'
            keyVaultUrl: '${vaultUri}secrets/encryption-passphrase'
            identity: identityId
          }
        ],
        databaseInVault
          ? [
              {
                name: 'database-uri'
                keyVaultUrl: '${vaultUri}secrets/database-uri'
                identity: identityId
              }
            ]
          : [],
        keyInVault
          ? [
              {
                name: 'storage-key'
                keyVaultUrl: '${vaultUri}secrets/storage-key'
                identity: identityId
              }
            ]
          : []
      )
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'headwater'
          image: image
          args: ['server', '--host', '0.0.0.0', '--port', string(port)]
          resources: {
            cpu: json(cpu)
            memory: memory
          }
          env: concat(
            [
              {
                name: 'MLFLOW_ARTIFACTS_DESTINATION'
                value: artifactsUri
              }
              {
                name: 'MLFLOW_CRYPTO_KEK_PASSPHRASE'
                secretRef: 'encryption-passphrase'
              }
              {
                name: 'HEADWATER_DIRECT_TRANSFERS'
                value: directTransfers ? 'on' : 'off'
              }
              {
                name: 'HEADWATER_LOG_FORMAT'
                value: 'json'
              }
            ],
            databaseInVault
              ? [
                  {
                    name: 'MLFLOW_BACKEND_STORE_URI'
                    secretRef: 'database-uri'
                  }
                ]
              : [
                  {
                    name: 'MLFLOW_BACKEND_STORE_URI'
                    value: databaseUri
                  }
                ],
            keyInVault
              ? [
                  {
                    name: 'AZURE_STORAGE_ACCESS_KEY'
                    secretRef: 'storage-key'
                  }
                ]
              : [
                  {
                    name: 'AZURE_CLIENT_ID'
                    value: identityClientId
                  }
                ],
            empty(customHosts)
              ? []
              : [
                  {
                    name: 'MLFLOW_SERVER_ALLOWED_HOSTS'
                    value: customHosts
                  }
                ]
          )
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/health'
                port: port
              }
              periodSeconds: 1
              timeoutSeconds: 2
              failureThreshold: 60
            }
            {
              type: 'Liveness'
              httpGet: {
                path: '/health'
                port: port
              }
              periodSeconds: 10
              timeoutSeconds: 5
              failureThreshold: 3
            }
            {
              // A replica that cannot reach the database takes no calls, and is not restarted for it.
              type: 'Readiness'
              httpGet: {
                path: '/ready'
                port: port
              }
              periodSeconds: 2
              timeoutSeconds: 3
              failureThreshold: 1
            }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [
          {
            name: 'requests'
            http: {
              metadata: {
                concurrentRequests: string(requestsPerReplica)
              }
            }
          }
        ]
      }
    }
  }
}

// Inside the network the platform makes no names: without this zone nobody finds an internal app.
module names 'names.bicep' = if (ingress == 'internal') {
  name: 'names'
  params: {
    tags: tags
    domain: environment.properties.defaultDomain
    address: environment.properties.staticIp
    subnetId: subnetId
  }
}

output url string = 'https://${app.properties.configuration.ingress.fqdn}'
