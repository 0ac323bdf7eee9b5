#!/bin/sh
# Event Grid looks for the function when an event subscription is made: so this comes after the code. azd gives the variables.
set -eu
if [ -z "${GOLDSMITH_WATCHED:-}" ]; then
  echo "Nothing is watched: no event subscription. Set GOLDSMITH_FENCE_SCOPE and run azd provision."
  exit 0
fi
az deployment sub create \
  --name "goldsmith-events-$AZURE_ENV_NAME" \
  --location "$AZURE_LOCATION" \
  --subscription "$AZURE_SUBSCRIPTION_ID" \
  --template-file infra/events.bicep \
  --parameters \
    environmentName="$AZURE_ENV_NAME" \
    location="$AZURE_LOCATION" \
    appId="$GOLDSMITH_APP_ID" \
    watched="$GOLDSMITH_WATCHED" \
    groupName="$AZURE_RESOURCE_GROUP" \
    eventsIdentityId="$GOLDSMITH_EVENTS_IDENTITY_ID" \
    storageId="$GOLDSMITH_STORAGE_ID" \
    receiversId="${GOLDSMITH_ALERT_RECEIVERS_ID:-}" \
    existingTopics="${GOLDSMITH_EXISTING_TOPICS:-{\}}" \
  --output none
