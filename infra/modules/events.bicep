param environmentName string
param appId string
param eventsIdentityId string
param storageId string

@description('The system topic of this subscription, if it has one already; it needs the identity for dead letters.')
param existingTopicName string = ''

@description('Action group that hears of dead letters. Empty: nobody is mailed.')
param receiversId string = ''

var filter = loadJsonContent('../eventFilter.json')
var topicName = empty(existingTopicName) ? 'evgst-goldsmith-${environmentName}' : existingTopicName

resource made 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (empty(existingTopicName)) {
  name: 'evgst-goldsmith-${environmentName}'
  location: 'global'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${eventsIdentityId}': {} }
  }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource written 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'goldsmith-templates-${environmentName}'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${appId}/functions/templateTold'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: filter.includedEventTypes
      advancedFilters: filter.advancedFilters
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    deadLetterWithResourceIdentity: {
      identity: { type: 'UserAssigned', userAssignedIdentity: eventsIdentityId }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: storageId, blobContainerName: 'dead-letters' }
      }
    }
  }
  dependsOn: [made]
}

resource deadLettered 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'goldsmith-dead-letters-${environmentName}'
  location: 'global'
  properties: {
    description: 'Template events could not be delivered; the reconciling timer finds the templates, but something is wrong.'
    severity: 2
    enabled: true
    scopes: [topic.id]
    actions: empty(receiversId) ? [] : [{ actionGroupId: receiversId }]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'deadLettered'
          metricName: 'DeadLetteredCount'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
  }
  dependsOn: [made]
}
