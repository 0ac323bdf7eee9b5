targetScope = 'subscription'

param environmentName string

@description('Subscriptions that the roles may be assigned in.')
param subscriptionIds array

var roles = loadJsonContent('../roles.json').roles

// The app's own identity has no right to write these: they change with a deployment only.
resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in roles: {
    name: guid('goldsmith-${environmentName}-${role.key}')
    properties: {
      roleName: '${role.name} (${environmentName})'
      description: role.description
      type: 'CustomRole'
      permissions: [
        {
          actions: role.actions
          notActions: []
          dataActions: role.dataActions
          notDataActions: []
        }
      ]
      assignableScopes: map(subscriptionIds, id => '/subscriptions/${id}')
    }
  }
]
