targetScope = 'subscription'

@description('Name of the deployment, as in main.bicep.')
param environmentName string

@description('Id of the function app. Its code must stand: Event Grid looks for the function when the subscription is made.')
param appId string

@description('Ids of the watched subscriptions, with commas between them.')
param watched string

@description('Resource group of the app; in other subscriptions one of the same name is made for their topic.')
param groupName string
param location string
param eventsIdentityId string
param storageId string

@description('Action group that hears of dead letters: GOLDSMITH_ALERT_RECEIVERS_ID. Empty: nobody is mailed.')
param receiversId string = ''

@description('A subscription can have one system topic only. Names of those that stand already: {"<subscription id>": {"group": "…", "name": "…"}}.')
param existingTopics object = {}

var subscriptionIds = split(watched, ',')
var own = filter(subscriptionIds, id => !contains(existingTopics, id))
var foreign = filter(subscriptionIds, id => contains(existingTopics, id))

module groups 'modules/group.bicep' = [
  for id in own: {
    name: 'goldsmith-group-${uniqueString(id)}'
    scope: subscription(id)
    params: { name: groupName, location: location, environmentName: environmentName }
  }
]

module topics 'modules/events.bicep' = [
  for id in own: {
    name: 'goldsmith-events-${uniqueString(id)}'
    scope: resourceGroup(id, groupName)
    params: {
      environmentName: environmentName
      appId: appId
      eventsIdentityId: eventsIdentityId
      storageId: storageId
      receiversId: receiversId
    }
    dependsOn: [groups]
  }
]

module joined 'modules/events.bicep' = [
  for id in foreign: {
    name: 'goldsmith-events-${uniqueString(id)}'
    scope: resourceGroup(id, existingTopics[id].group)
    params: {
      environmentName: environmentName
      appId: appId
      eventsIdentityId: eventsIdentityId
      storageId: storageId
      receiversId: receiversId
      existingTopicName: existingTopics[id].name
    }
  }
]
