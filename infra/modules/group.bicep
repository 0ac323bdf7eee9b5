targetScope = 'subscription'

param name string
param location string
param environmentName string

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: name
  location: location
  tags: { 'azd-env-name': environmentName }
}
