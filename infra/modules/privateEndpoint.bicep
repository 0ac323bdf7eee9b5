param location string
param tags object
param storageId string
param storageName string

@description('The service of the account that is reached here: blob, table or queue.')
param service string
param endpointSubnetId string

@description('Virtual network that has to find the service by its name.')
param networkId string

@description('Id of the resource group whose private DNS zones are used. Empty: the zone is made here.')
param zoneGroupId string

var zoneName = 'privatelink.${service}.${environment().suffixes.storage}'

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = if (empty(zoneGroupId)) {
  name: zoneName
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = if (empty(zoneGroupId)) {
  parent: zone
  name: 'goldsmith'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: networkId }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: 'pep-${storageName}-${service}'
  location: location
  tags: tags
  properties: {
    subnet: { id: endpointSubnetId }
    privateLinkServiceConnections: [
      {
        name: service
        properties: { privateLinkServiceId: storageId, groupIds: [service] }
      }
    ]
  }
}

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: service
        properties: {
          privateDnsZoneId: empty(zoneGroupId) ? zone.id : '${zoneGroupId}/providers/Microsoft.Network/privateDnsZones/${zoneName}'
        }
      }
    ]
  }
}
