param location string
param tags object
param insightsId string
param alertMail string

// Each looks at what the app and its host write into Application Insights; no row is no alert.
var rules = [
  {
    name: 'functions-failing'
    text: 'Functions of Goldsmith fail again and again'
    query: 'requests | where success == false and toint(resultCode) !between (400 .. 499)'
    threshold: 5
  }
  {
    name: 'health-degraded'
    text: 'GET /api/health says that something is missing'
    query: 'requests | where name has "getHealth" and resultCode == "503"'
    threshold: 0
  }
  {
    name: 'arm-throttling'
    text: 'Azure Resource Manager throttles Goldsmith'
    query: 'dependencies | where resultCode == "429"'
    threshold: 20
  }
]

resource receivers 'Microsoft.Insights/actionGroups@2018-03-01' = if (!empty(alertMail)) {
  name: 'ag-goldsmith'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'goldsmith'
    emailReceivers: [{ name: 'operators', emailAddress: alertMail }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = [
  for rule in rules: {
    name: 'goldsmith-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.text
      severity: 2
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: rule.threshold
          }
        ]
      }
      actions: { actionGroups: empty(alertMail) ? [] : [receivers.id] }
    }
  }
]
