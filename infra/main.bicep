targetScope = 'subscription'

@description('Name of this deployment (azd environment): ending of the custom roles\' names and seed of their ids. Letters, digits and dashes.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of the app and what belongs to it.')
param location string

@description('Where the app may grant and change, and to whom: the setting GOLDSMITH_FENCE as an object. Its scopes are subscriptions, resource groups or resources; the app gets its rights at the subscription, or at the resource group around the rest.')
param fence object = { scopes: [] }

@description('Subscriptions and resource groups whose templates are built by themselves. Empty: the scopes of the fence that are such.')
param watch array = []

@description('Ids of subscriptions in fence or watch whose owners make the app\'s assignments themselves (onboard.bicep).')
param onboardedByOwners array = []

@description('act: the app may grant inside the fence. advise: it gets no right to grant or to change networks.')
@allowed(['act', 'advise'])
param mode string = 'act'

@description('predefined: the roles come with this deployment. managed: the app writes them with a second identity, which may write any role definition in these subscriptions.')
@allowed(['predefined', 'managed'])
param roleMode string = 'predefined'

@description('Built-in roles that the grant condition lets through besides our own: keys of roles.json. Broad ones belong here only together with pairs in the fence.')
param builtInRoles array = ['storageBlobDataReader', 'storageBlobDataContributor']

@description('Object ids of the only principals that may be granted anything. Empty: every service principal that the fence allows. About 90 fit into the condition.')
param onlyPrincipals array = []

@description('Where Durable Functions keeps its state; the package must be made for the same one (npm run package -- --durable).')
@allowed(['AzureManaged', 'AzureStorage'])
param durableBackend string = 'AzureManaged'

@description('Node.js of the app.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Instances kept warm for orchestrations; 0 scales to zero.')
param warmInstances int = 0

@description('keys: function keys. entra: App Service authentication with app roles.')
@allowed(['keys', 'entra'])
param auth string = 'keys'

@description('With auth entra: client id of the app registration that stands for the API.')
param apiClientId string = ''

@description('Settings of the app that differ from their default (docs/operations.md), among them the secrets of webhooks as Key Vault references.')
param settings object = {}

@description('Who is told besides the app\'s own Event Grid topic: entries of GOLDSMITH_TARGETS.')
param targets array = []

@description('How images may be proven, by name: the setting GOLDSMITH_VERIFICATIONS as an object (docs/verification.md). For a network that is made for each verification, leave subnets out. Empty: nothing is verified, and no right for it is given.')
param verifications object = {}

@description('Channels that people follow: the setting GOLDSMITH_CHANNELS as an object (docs/curation.md). Empty: there are none.')
param channels object = {}

@description('Which builds an approver has to agree to: the setting GOLDSMITH_APPROVALS as an object (docs/curation.md). Empty: nobody approves builds.')
param approvals object = {}

@description('How many image versions are kept: the setting GOLDSMITH_KEEP as an array (docs/curation.md). Empty: no version is ever removed. With either of the two the app may tag, exclude and delete image versions inside the fence, and read who uses images.')
param keep array = []

@description('Whether galleries may be shared with whole subscriptions and tenants, too (docs/curation.md). No condition can limit whom to: only the app does, to the shareWith of the fence.')
param directSharing bool = false

@description('Subnet (delegated to Microsoft.App/environments) that the app\'s outbound traffic goes through. Empty: none.')
param subnetId string = ''

@description('The storage account answers in a virtual network only: in subnetId and endpointSubnetId where both are given, else in a network that is made for it.')
param privateNetworking bool = false

@description('With privateNetworking and subnetId: the subnet for the private endpoints.')
param endpointSubnetId string = ''

@description('With privateNetworking: addresses of the network that is made (a /24 or larger).')
param networkPrefix string = '10.95.0.0/24'

@description('With privateNetworking: id of the resource group whose private DNS zones are used, a hub\'s as a rule. Empty: zones are made.')
param dnsZoneGroupId string = ''

@description('Mail address that alerts go to. Empty: alerts are raised and nobody is mailed.')
param alertMail string = ''

var tags = { 'azd-env-name': environmentName }
var suffix = take(uniqueString(subscription().id, environmentName, location), 8)
var roleData = loadJsonContent('roles.json')
var conditionText = loadJsonContent('grantCondition.json')
var shareText = loadJsonContent('shareCondition.json')

var fenceScopes = filter(fence.?scopes ?? [], id => !empty(id))
var watched = empty(watch) ? filter(fenceScopes, id => length(split(id, '/')) <= 5) : watch
// ['', 'subscriptions', id] or ['', 'subscriptions', id, 'resourceGroups', name]: what a role is assigned at.
var grantPlaces = union([], map(fenceScopes, id => toLower(join(take(split(id, '/'), 5), '/'))))
var buildPlaces = union(grantPlaces, map(watched, id => toLower(join(take(split(id, '/'), 5), '/'))))
var subscriptionIds = union([subscription().subscriptionId], map(buildPlaces, id => split(id, '/')[2]))
var ourBuildPlaces = filter(buildPlaces, id => !contains(onboardedByOwners, split(id, '/')[2]))
var ourGrantPlaces = filter(mode == 'act' ? grantPlaces : [], id => !contains(onboardedByOwners, split(id, '/')[2]))

var grantableRoles = concat(
  map(filter(roleData.roles, role => role.for == 'template'), role => guid('goldsmith-${environmentName}-${role.key}')),
  map(filter(roleData.builtIn, role => contains(builtInRoles, role.key)), role => role.id)
)
var principalClause = empty(onlyPrincipals) ? '' : replace(conditionText.principals, '<ids>', join(onlyPrincipals, ', '))
var grantClause = replace(replace(conditionText.clause, '<roles>', join(grantableRoles, ', ')), '<principals>', principalClause)
var writeClause = replace(replace(grantClause, '<action>', 'write'), '<source>', 'Request')
var deleteClause = replace(replace(grantClause, '<action>', 'delete'), '<source>', 'Resource')
var grantCondition = '${writeClause} AND ${deleteClause}'

var shareWith = fence.?shareWith ?? []
var shareClause = replace(replace(shareText.clause, '<roles>', join(map(roleData.sharing, role => role.id), ', ')), '<ids>', join(shareWith, ', '))
var shareWriteClause = replace(replace(shareClause, '<action>', 'write'), '<source>', 'Request')
var shareDeleteClause = replace(replace(shareClause, '<action>', 'delete'), '<source>', 'Resource')
var shareCondition = empty(shareWith) ? '' : '${shareWriteClause} AND ${shareDeleteClause}'

var registers = mode == 'act' && string(settings.?GOLDSMITH_REGISTER_PROVIDERS ?? 'false') == 'true'
var logCondition = loadJsonContent('logCondition.json').condition
var readerRoles = concat(
  [
    { id: guid('goldsmith-${environmentName}-appReader'), condition: '' }
    { id: guid('goldsmith-${environmentName}-appLogReader'), condition: logCondition }
  ],
  registers ? [{ id: guid('goldsmith-${environmentName}-appRegistrar'), condition: '' }] : []
)
var builderRoles = [{ id: guid('goldsmith-${environmentName}-appBuilder'), condition: '' }]
var granterRoles = concat(
  [
    { id: guid('goldsmith-${environmentName}-appNetwork'), condition: '' }
    { id: guid('goldsmith-${environmentName}-appGrantor'), condition: grantCondition }
  ],
  empty(shareWith) ? [] : [{ id: guid('goldsmith-${environmentName}-appSharer'), condition: shareCondition }],
  empty(shareWith) || !directSharing ? [] : [{ id: guid('goldsmith-${environmentName}-appGallerySharer'), condition: '' }]
)

// Machines are made and removed in the groups of the profiles alone; what they join, and what is opened, is narrower.
var profiles = map(items(verifications), item => item.value)
var verifyGroups = union([], map(profiles, profile => toLower(profile.resourceGroupId)))
var verifySubnets = union([], map(flatten(map(profiles, profile => profile.?subnets ?? [])), id => toLower(id)))
var verifyVaults = union([], map(filter(profiles, profile => contains(profile, 'password')), profile => toLower(profile.password.vaultId)))
var verifyBlobs = map(filter(flatten(map(profiles, profile => profile.?scripts ?? [])), script => contains(script, 'blob')), script => script.blob)
var scriptContainers = union([], map(verifyBlobs, blob => '${toLower(blob.accountId)}/blobServices/default/containers/${split(blob.path, '/')[0]}'))
var blobReaderId = filter(roleData.builtIn, role => role.key == 'storageBlobDataReader')[0].id
var curates = !empty(channels) || !empty(keep)
var ownPlaces = filter(grantPlaces, id => !contains(onboardedByOwners, split(id, '/')[2]))
var imagePlaces = empty(profiles) && empty(approvals) && !curates ? [] : ownPlaces
var usePlaces = curates ? union([], map(ownPlaces, id => '/subscriptions/${split(id, '/')[2]}')) : []
var verifierRoles = [{ id: guid('goldsmith-${environmentName}-appVerifier'), condition: '' }]
var imageRoles = concat(
  [{ id: guid('goldsmith-${environmentName}-appGatekeeper'), condition: '' }],
  curates ? [{ id: guid('goldsmith-${environmentName}-appCurator'), condition: '' }] : []
)
var useRoles = [{ id: guid('goldsmith-${environmentName}-appUsageReader'), condition: '' }]

var ownNetwork = privateNetworking && empty(subnetId)
var storageServices = concat(['blob', 'table'], durableBackend == 'AzureStorage' ? ['queue'] : [])

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-goldsmith-${environmentName}'
  location: location
  tags: tags
}

module roles 'modules/roles.bicep' = {
  name: 'goldsmith-roles'
  params: { environmentName: environmentName, subscriptionIds: subscriptionIds, managed: roleMode == 'managed' }
}

module identity 'modules/identity.bicep' = {
  name: 'goldsmith-identity'
  scope: group
  params: { location: location, tags: tags, environmentName: environmentName, managedRoles: roleMode == 'managed' }
}

module storage 'modules/storage.bicep' = {
  name: 'goldsmith-storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'stgold${suffix}'
    appPrincipalId: identity.outputs.principalId
    eventsPrincipalId: identity.outputs.eventsPrincipalId
    durable: durableBackend == 'AzureStorage'
    private: privateNetworking
  }
}

module network 'modules/network.bicep' = if (ownNetwork) {
  name: 'goldsmith-network'
  scope: group
  params: { location: location, tags: tags, environmentName: environmentName, addressPrefix: networkPrefix }
}

module endpoints 'modules/privateEndpoint.bicep' = [
  for service in (privateNetworking ? storageServices : []): {
    name: 'goldsmith-endpoint-${service}'
    scope: group
    params: {
      location: location
      tags: tags
      storageId: storage.outputs.id
      storageName: storage.outputs.name
      service: service
      endpointSubnetId: ownNetwork ? network!.outputs.endpointSubnetId : endpointSubnetId
      networkId: ownNetwork ? network!.outputs.id : split(subnetId, '/subnets/')[0]
      zoneGroupId: dnsZoneGroupId
    }
  }
]

module monitoring 'modules/monitoring.bicep' = {
  name: 'goldsmith-monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    environmentName: environmentName
    appPrincipalId: identity.outputs.principalId
  }
}

module topic 'modules/topic.bicep' = {
  name: 'goldsmith-topic'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'evgt-goldsmith-${suffix}'
    appPrincipalId: identity.outputs.principalId
  }
}

module durable 'modules/durable.bicep' = if (durableBackend == 'AzureManaged') {
  name: 'goldsmith-durable'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'dts-goldsmith-${suffix}'
    appPrincipalId: identity.outputs.principalId
  }
}

module app 'modules/app.bicep' = {
  name: 'goldsmith-app'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'func-goldsmith-${suffix}'
    nodeVersion: nodeVersion
    warmInstances: warmInstances
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    rolesIdentityId: identity.outputs.rolesId
    storageName: storage.outputs.name
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    insightsConnectionString: monitoring.outputs.connectionString
    schedulerEndpoint: durableBackend == 'AzureManaged' ? durable!.outputs.endpoint : ''
    subnetId: ownNetwork ? network!.outputs.appSubnetId : subnetId
    auth: auth
    apiClientId: apiClientId
    settings: union(
      {
        GOLDSMITH_ENVIRONMENT: environmentName
        GOLDSMITH_ROLE_SUBSCRIPTION: subscription().subscriptionId
        GOLDSMITH_FENCE: string(union(fence, { scopes: fenceScopes }))
        GOLDSMITH_WATCH: join(watched, ',')
        GOLDSMITH_MODE: mode
        GOLDSMITH_AUTH: auth
        GOLDSMITH_VERIFICATIONS: string(verifications)
        GOLDSMITH_CHANNELS: string(channels)
        GOLDSMITH_KEEP: string(keep)
        GOLDSMITH_TARGETS: string(concat([{ name: 'builds', kind: 'eventGrid', endpoint: topic.outputs.endpoint, events: '*' }], targets))
        GOLDSMITH_ARM_ENDPOINT: environment().resourceManager
      },
      empty(approvals) ? {} : { GOLDSMITH_APPROVALS: string(approvals) },
      roleMode == 'managed' ? { GOLDSMITH_ROLES: 'managed', GOLDSMITH_ROLE_MANAGER_CLIENT_ID: identity.outputs.rolesClientId } : {},
      auth == 'entra' ? { GOLDSMITH_ISSUER: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0' } : {},
      settings
    )
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'goldsmith-alerts'
  scope: group
  params: {
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    alertMail: alertMail
  }
}

module readerRights 'modules/rightsAtSubscription.bicep' = [
  for id in filter(subscriptionIds, id => !contains(onboardedByOwners, id)): {
    name: 'goldsmith-reader-${uniqueString(id)}'
    scope: subscription(id)
    params: { principalId: identity.outputs.principalId, roles: readerRoles }
    dependsOn: [roles]
  }
]

// A role is written by whoever may write it in every subscription that it is assignable in (rbac-network-arm.md §1.2).
module roleManagerRights 'modules/rightsAtSubscription.bicep' = [
  for id in filter(roleMode == 'managed' ? subscriptionIds : [], id => !contains(onboardedByOwners, id)): {
    name: 'goldsmith-roles-${uniqueString(id)}'
    scope: subscription(id)
    params: {
      principalId: identity.outputs.rolesPrincipalId
      roles: [{ id: guid('goldsmith-${environmentName}-appRoleManager'), condition: '' }]
    }
    dependsOn: [roles]
  }
]

module builderAtSubscription 'modules/rightsAtSubscription.bicep' = [
  for place in filter(ourBuildPlaces, id => length(split(id, '/')) == 3): {
    name: 'goldsmith-builder-${uniqueString(place)}'
    scope: subscription(split(place, '/')[2])
    params: { principalId: identity.outputs.principalId, roles: builderRoles }
    dependsOn: [roles]
  }
]

module builderAtGroup 'modules/rightsAtGroup.bicep' = [
  for place in filter(ourBuildPlaces, id => length(split(id, '/')) == 5): {
    name: 'goldsmith-builder-${uniqueString(place)}'
    scope: resourceGroup(split(place, '/')[2], split(place, '/')[4])
    params: { principalId: identity.outputs.principalId, roles: builderRoles }
    dependsOn: [roles]
  }
]

module granterAtSubscription 'modules/rightsAtSubscription.bicep' = [
  for place in filter(ourGrantPlaces, id => length(split(id, '/')) == 3): {
    name: 'goldsmith-granter-${uniqueString(place)}'
    scope: subscription(split(place, '/')[2])
    params: { principalId: identity.outputs.principalId, roles: granterRoles }
    dependsOn: [roles]
  }
]

module granterAtGroup 'modules/rightsAtGroup.bicep' = [
  for place in filter(ourGrantPlaces, id => length(split(id, '/')) == 5): {
    name: 'goldsmith-granter-${uniqueString(place)}'
    scope: resourceGroup(split(place, '/')[2], split(place, '/')[4])
    params: { principalId: identity.outputs.principalId, roles: granterRoles }
    dependsOn: [roles]
  }
]

module verifierAtGroup 'modules/rightsAtGroup.bicep' = [
  for place in filter(verifyGroups, id => !contains(onboardedByOwners, split(id, '/')[2])): {
    name: 'goldsmith-verifier-${uniqueString(place)}'
    scope: resourceGroup(split(place, '/')[2], split(place, '/')[4])
    params: { principalId: identity.outputs.principalId, roles: verifierRoles }
    dependsOn: [roles]
  }
]

module verifierAtSubnet 'modules/rightsAtSubnet.bicep' = [
  for id in filter(verifySubnets, id => !contains(onboardedByOwners, split(id, '/')[2])): {
    name: 'goldsmith-subnet-${uniqueString(id)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      principalId: identity.outputs.principalId
      networkName: split(id, '/')[8]
      subnetName: split(id, '/')[10]
      roleId: guid('goldsmith-${environmentName}-subnetJoiner')
    }
    dependsOn: [roles]
  }
]

module passwordsAtVault 'modules/rightsAtVault.bicep' = [
  for id in filter(verifyVaults, id => !contains(onboardedByOwners, split(id, '/')[2])): {
    name: 'goldsmith-vault-${uniqueString(id)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      principalId: identity.outputs.principalId
      vaultName: split(id, '/')[8]
      roleId: guid('goldsmith-${environmentName}-appPasswordKeeper')
    }
    dependsOn: [roles]
  }
]

module scriptsAtContainer 'modules/rightsAtContainer.bicep' = [
  for id in filter(scriptContainers, id => !contains(onboardedByOwners, split(id, '/')[2])): {
    name: 'goldsmith-scripts-${uniqueString(id)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      principalId: identity.outputs.principalId
      accountName: split(id, '/')[8]
      containerName: split(id, '/')[12]
      roleId: blobReaderId
    }
  }
]

module imagesAtSubscription 'modules/rightsAtSubscription.bicep' = [
  for place in filter(imagePlaces, id => length(split(id, '/')) == 3): {
    name: 'goldsmith-images-${uniqueString(place)}'
    scope: subscription(split(place, '/')[2])
    params: { principalId: identity.outputs.principalId, roles: imageRoles }
    dependsOn: [roles]
  }
]

module imagesAtGroup 'modules/rightsAtGroup.bicep' = [
  for place in filter(imagePlaces, id => length(split(id, '/')) == 5): {
    name: 'goldsmith-images-${uniqueString(place)}'
    scope: resourceGroup(split(place, '/')[2], split(place, '/')[4])
    params: { principalId: identity.outputs.principalId, roles: imageRoles }
    dependsOn: [roles]
  }
]

// A list of machines shows only what one may read: who uses images is known only with the right at the whole subscription.
module usageAtSubscription 'modules/rightsAtSubscription.bicep' = [
  for place in usePlaces: {
    name: 'goldsmith-usage-${uniqueString(place)}'
    scope: subscription(split(place, '/')[2])
    params: { principalId: identity.outputs.principalId, roles: useRoles }
    dependsOn: [roles]
  }
]

output AZURE_RESOURCE_GROUP string = group.name
output GOLDSMITH_URL string = app.outputs.url
output GOLDSMITH_APP_NAME string = app.outputs.name
output GOLDSMITH_APP_ID string = app.outputs.id
output GOLDSMITH_PRINCIPAL_ID string = identity.outputs.principalId
output GOLDSMITH_EVENTS_IDENTITY_ID string = identity.outputs.eventsId
output GOLDSMITH_STORAGE_ID string = storage.outputs.id
output GOLDSMITH_ALERT_RECEIVERS_ID string = alerts.outputs.receiversId
output GOLDSMITH_TOPIC_ID string = topic.outputs.id
output GOLDSMITH_WATCHED string = join(filter(union([], map(watched, id => split(toLower(id), '/')[2])), id => !contains(onboardedByOwners, id)), ',')
output GOLDSMITH_GRANT_CONDITION string = grantCondition
output GOLDSMITH_SHARE_CONDITION string = shareCondition
