// The virtual network: a subnet for the app, one for the database, one for private endpoints, each behind its own security
// group, and the private zone in which the database has its name.
param location string
param tags object
param name string
param suffix string

@allowed(['public', 'internal'])
param ingress string

// Replicas take addresses; a workload-profile environment needs /27 at least, and cannot grow later.
var appPrefix = '10.20.0.0/23'
var databasePrefix = '10.20.2.0/27'
var endpointPrefix = '10.20.3.0/27'

resource appRules 'Microsoft.Network/networkSecurityGroups@2025-07-01' = {
  name: '${name}-app-nsg'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-from-clients'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: ingress == 'public' ? 'Internet' : 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: appPrefix
          // The ingress answers at the last two, behind the platform's load balancer.
          destinationPortRanges: ['80', '443', '31080', '31443']
        }
      }
      {
        name: 'platform-load-balancer'
        properties: {
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'AzureLoadBalancer'
          sourcePortRange: '*'
          destinationAddressPrefix: appPrefix
          destinationPortRange: '30000-32767'
        }
      }
      {
        name: 'within-the-environment'
        properties: {
          priority: 120
          direction: 'Inbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: appPrefix
          sourcePortRange: '*'
          destinationAddressPrefix: appPrefix
          destinationPortRange: '*'
        }
      }
      {
        name: 'nothing-else'
        properties: {
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource databaseRules 'Microsoft.Network/networkSecurityGroups@2025-07-01' = {
  name: '${name}-db-nsg'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'postgresql-from-the-app'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: appPrefix
          sourcePortRange: '*'
          destinationAddressPrefix: databasePrefix
          destinationPortRanges: ['5432', '6432']
        }
      }
      {
        name: 'within-the-servers'
        properties: {
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: databasePrefix
          sourcePortRange: '*'
          destinationAddressPrefix: databasePrefix
          destinationPortRange: '*'
        }
      }
      {
        name: 'nothing-else'
        properties: {
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
      {
        // Write-ahead logs and backups, log-in tokens: what the service itself needs.
        name: 'the-service-itself'
        properties: {
          priority: 100
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: databasePrefix
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureCloud'
          destinationPortRange: '443'
        }
      }
      {
        name: 'no-internet'
        properties: {
          priority: 4096
          direction: 'Outbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: 'Internet'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2025-07-01' = {
  name: '${name}-endpoint-nsg'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-from-the-app'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: appPrefix
          sourcePortRange: '*'
          destinationAddressPrefix: endpointPrefix
          destinationPortRange: '443'
        }
      }
      {
        name: 'nothing-else'
        properties: {
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource vnet 'Microsoft.Network/virtualNetworks@2025-07-01' = {
  name: '${name}-vnet'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: ['10.20.0.0/16']
    }
    subnets: [
      {
        name: 'aca-infra-subnet'
        properties: {
          addressPrefix: appPrefix
          networkSecurityGroup: {
            id: appRules.id
          }
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
          // The storage account and the vault admit this subnet by name.
          serviceEndpoints: [
            {
              service: 'Microsoft.Storage'
            }
            {
              service: 'Microsoft.KeyVault'
            }
          ]
        }
      }
      {
        name: 'db-subnet'
        properties: {
          addressPrefix: databasePrefix
          networkSecurityGroup: {
            id: databaseRules.id
          }
          delegations: [
            {
              name: 'postgresql'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
      {
        name: 'endpoint-subnet'
        properties: {
          addressPrefix: endpointPrefix
          networkSecurityGroup: {
            id: endpointRules.id
          }
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
        }
      }
    ]
  }
}

// A server must not have the first label of its zone for a name; the zone's own label keeps them apart.
resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'zone-${suffix}.private.postgres.database.azure.com'
  location: 'global'
  tags: tags
}

resource zoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: '${name}-vnet'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: vnet.id
    }
  }
}

output appSubnetId string = '${vnet.id}/subnets/aca-infra-subnet'
output databaseSubnetId string = '${vnet.id}/subnets/db-subnet'
output endpointSubnetId string = '${vnet.id}/subnets/endpoint-subnet'
// Through the link, so that no server is made before its zone can be looked up from the network.
output databaseZoneId string = substring(zoneLink.id, 0, indexOf(zoneLink.id, '/virtualNetworkLinks/'))
