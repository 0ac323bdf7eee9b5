param location string
param tags object
param environmentName string

@description('Whether there is a second identity, which writes role definitions.')
param managedRoles bool = false

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

// Beside the app's own, so that what reads templates and asks for builds carries no right to change what roles mean.
resource roles 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (managedRoles) {
  name: 'id-goldsmith-roles-${environmentName}'
  location: location
  tags: tags
}

output id string = app.id
output principalId string = app.properties.principalId
output clientId string = app.properties.clientId
output eventsId string = events.id
output eventsPrincipalId string = events.properties.principalId
output rolesId string = managedRoles ? roles!.id : ''
output rolesPrincipalId string = managedRoles ? roles!.properties.principalId : ''
output rolesClientId string = managedRoles ? roles!.properties.clientId : ''
