param location string
param tags object
param environmentName string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-goldsmith-${environmentName}'
  location: location
  tags: tags
}

// Event Grid writes dead letters as somebody; that somebody can do nothing else.
resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-goldsmith-events-${environmentName}'
  location: location
  tags: tags
}

output id string = app.id
output principalId string = app.properties.principalId
output clientId string = app.properties.clientId
output eventsId string = events.id
output eventsPrincipalId string = events.properties.principalId
