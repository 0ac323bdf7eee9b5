targetScope = 'subscription'

// Run in the subscription that joins, by somebody who may assign roles there, after the hub was deployed with this
// subscription in fence or watch and in onboardedByOwners. That deployment made the roles assignable here, for which
// its author needs roleDefinitions/write here; to assign them is left to the owner.

@description('Name of the deployment, as in the hub.')
param environmentName string
param location string

@description('Object id of the app\'s identity: GOLDSMITH_PRINCIPAL_ID of the hub.')
param principalId string

@description('Whether the app may grant here, or only look and build.')
@allowed(['act', 'advise'])
param mode string = 'act'

@description('The condition on granting, exactly as the hub has it: docs/operations.md says how to read it there.')
param grantCondition string = ''

@description('The condition on sharing images, exactly as the hub has it: GOLDSMITH_SHARE_CONDITION. Empty: the app shares none here.')
param shareCondition string = ''

@description('Whether galleries may be shared with whole subscriptions and tenants: where the hub has directSharing.')
param directSharing bool = false

@description('Whether the app may register resource providers here: where the hub has GOLDSMITH_REGISTER_PROVIDERS.')
param registers bool = false

@description('Whether the app may open gates of image versions here: where the hub has verifications or approvals.')
param gates bool = false

@description('Whether the app may move channels, revoke and remove image versions here, and see who uses them: where the hub has channels or keep.')
param curates bool = false

@description('Resource group for the system topic of this subscription: AZURE_RESOURCE_GROUP of the hub.')
param groupName string

@description('GOLDSMITH_APP_ID of the hub, to have events delivered there; needs the right to do so at the app. Empty: the hub\'s timer finds templates.')
param appId string = ''
param eventsIdentityId string = ''
param storageId string = ''

var logCondition = loadJsonContent('logCondition.json').condition
var looking = [
  { id: guid('goldsmith-${environmentName}-appReader'), condition: '' }
  { id: guid('goldsmith-${environmentName}-appLogReader'), condition: logCondition }
  { id: guid('goldsmith-${environmentName}-appBuilder'), condition: '' }
]
var registering = [{ id: guid('goldsmith-${environmentName}-appRegistrar'), condition: '' }]
var sharing = concat(
  [{ id: guid('goldsmith-${environmentName}-appSharer'), condition: shareCondition }],
  directSharing ? [{ id: guid('goldsmith-${environmentName}-appGallerySharer'), condition: '' }] : []
)
var opening = [{ id: guid('goldsmith-${environmentName}-appGatekeeper'), condition: '' }]
var curating = [
  { id: guid('goldsmith-${environmentName}-appCurator'), condition: '' }
  { id: guid('goldsmith-${environmentName}-appUsageReader'), condition: '' }
]
var granting = [
  { id: guid('goldsmith-${environmentName}-appNetwork'), condition: '' }
  { id: guid('goldsmith-${environmentName}-appGrantor'), condition: grantCondition }
]

module group 'modules/group.bicep' = {
  name: 'goldsmith-group'
  params: { name: groupName, location: location, environmentName: environmentName }
}

module rights 'modules/rightsAtSubscription.bicep' = {
  name: 'goldsmith-rights'
  params: {
    principalId: principalId
    // Without a condition the right to grant is a right to everything: then it is not given.
    roles: concat(
      looking,
      gates || curates ? opening : [],
      curates ? curating : [],
      mode == 'act' && registers ? registering : [],
      mode == 'act' && !empty(grantCondition) ? granting : [],
      mode == 'act' && !empty(shareCondition) ? sharing : []
    )
  }
}

module events 'modules/events.bicep' = if (!empty(appId)) {
  name: 'goldsmith-events'
  scope: resourceGroup(groupName)
  params: {
    environmentName: environmentName
    appId: appId
    eventsIdentityId: eventsIdentityId
    storageId: storageId
  }
  dependsOn: [group]
}
