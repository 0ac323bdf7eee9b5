targetScope = 'subscription'

param environmentName string

@description('Subscriptions that the roles may be assigned in.')
param subscriptionIds array

@description('The app\'s second identity writes the roles for templates; then they are not made here.')
param managed bool = false

var roles = filter(loadJsonContent('../roles.json').roles, role => role.for == 'app' || role.for == (managed ? 'roleManager' : 'template'))

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
