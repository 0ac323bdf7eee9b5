param location string
param tags object
param insightsId string
param alertMail string

// Each looks at what the app and its host write into Application Insights; no row is no alert.
var lines = 'traces | extend line = parse_json(message)'
var rules = [
  {
    name: 'builds-failing'
    text: 'Builds of images failed'
    query: '${lines} | where line.event == "buildEnded" and line.state in ("failed", "timedOut", "refused", "partiallySucceeded")'
    threshold: 0
  }
  {
    name: 'drift'
    text: 'An audit found permissions that are not as they should be'
    query: '${lines} | where line.event == "auditEnded" and toint(line.newFindings) > 0'
    threshold: 0
  }
  {
    name: 'nobody-told'
    text: 'Messages of Goldsmith do not reach their targets'
    query: '${lines} | where line.event == "delivery" and line.state in ("failed", "disabled")'
    threshold: 0
  }
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

output receiversId string = empty(alertMail) ? '' : receivers.id
