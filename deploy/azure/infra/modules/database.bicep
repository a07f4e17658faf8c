// PostgreSQL flexible server inside the virtual network, with a standby in another zone.
param location string
param tags object
param name string
param subnetId string
param zoneId string

@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param tier string
param sku string
param storageGiB int

@description('Keep a hot standby in another availability zone.')
param standby bool

@description('Days that backups are kept.')
@minValue(7)
@maxValue(35)
param backupDays int = 14

@description('Keep backups in the paired region too. Cannot be changed later.')
param backupElsewhere bool = false

@allowed(['identity', 'keys'])
param credentials string

@secure()
param password string

param identityPrincipalId string
param identityName string

var byIdentity = credentials == 'identity'
var administrator = 'headwateradmin'
var databaseName = 'headwater'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    tier: tier
  }
  properties: {
    version: '16'
    createMode: 'Default'
    administratorLogin: byIdentity ? null : administrator
    administratorLoginPassword: byIdentity ? null : password
    authConfig: {
      activeDirectoryAuth: byIdentity ? 'Enabled' : 'Disabled'
      passwordAuth: byIdentity ? 'Disabled' : 'Enabled'
      tenantId: byIdentity ? subscription().tenantId : null
    }
    storage: {
      storageSizeGB: storageGiB
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: backupDays
      geoRedundantBackup: backupElsewhere ? 'Enabled' : 'Disabled'
    }
    highAvailability: {
      mode: standby ? 'ZoneRedundant' : 'Disabled'
    }
    network: {
      delegatedSubnetResourceId: subnetId
      privateDnsZoneArmResourceId: zoneId
      publicNetworkAccess: 'Disabled'
    }
    maintenanceWindow: {
      customWindow: 'Enabled'
      dayOfWeek: 0
      startHour: 3
      startMinute: 0
    }
  }
}

resource tlsOnly 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'require_secure_transport'
  properties: {
    value: 'on'
    source: 'user-override'
  }
}

resource tlsFloor 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'ssl_min_protocol_version'
  properties: {
    value: 'TLSv1.2'
    source: 'user-override'
  }
  // The service takes one change of a server at a time.
  dependsOn: [tlsOnly]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: databaseName
  properties: {
    charset: 'UTF8'
    collation: 'en_US.utf8'
  }
  dependsOn: [tlsFloor]
}

// The identity owns this server, which holds nothing but its database. docs/deploy-azure.md tells how to narrow that.
resource owner 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = if (byIdentity) {
  parent: server
  name: identityPrincipalId
  properties: {
    principalName: identityName
    principalType: 'ServicePrincipal'
    tenantId: subscription().tenantId
  }
  dependsOn: [database]
}

// With an identity this is the whole address. With a password it goes after the user's name.
output uriWithoutPassword string = 'postgresql://${byIdentity ? identityName : administrator}@${server.properties.fullyQualifiedDomainName}:5432/${databaseName}?sslmode=verify-full'
