// The names of an internal environment, for the network that it is in.
param tags object
param domain string
param address string
param subnetId string

// …/virtualNetworks/NAME/subnets/NAME
var vnetId = substring(subnetId, 0, indexOf(subnetId, '/subnets/'))

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: domain
  location: 'global'
  tags: tags
}

resource zoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: uniqueString(vnetId)
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: vnetId
    }
  }
}

resource anyApp 'Microsoft.Network/privateDnsZones/A@2024-06-01' = {
  parent: zone
  name: '*'
  properties: {
    ttl: 300
    aRecords: [
      {
        ipv4Address: address
      }
    ]
  }
}
