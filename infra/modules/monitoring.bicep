param location string
param tags object
param environmentName string
param appPrincipalId string

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-goldsmith-${environmentName}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 90
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-goldsmith-${environmentName}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource right 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, appPrincipalId, monitoringMetricsPublisher)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'goldsmith')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Goldsmith ${environmentName}'
    category: 'workbook'
    sourceId: insights.id
    version: 'Notebook/1.0'
    serializedData: replace(loadTextContent('../workbook.json'), '<insights>', insights.id)
  }
}

output insightsId string = insights.id
// With DisableLocalAuth the connection string only says where to; the identity says who.
output connectionString string = insights.properties.ConnectionString
