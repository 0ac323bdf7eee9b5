import { deploy } from "./bicep/deploy.ts";
import type { Cloud } from "./bicep/evaluate.ts";

export const hub = "11111111-1111-1111-1111-111111111111";
export const spoke = "22222222-2222-2222-2222-222222222222";
export const imagesGroup = `/subscriptions/${hub}/resourceGroups/rg-images`;

/** Parameters without which a deployment makes no sense. */
export const usual = {
  environmentName: "prod",
  location: "westeurope",
  fence: { scopes: [imagesGroup, `/subscriptions/${spoke}`] },
};

/** Plays `azd provision` with the usual parameters and those given. */
export const provision = (parameters: Readonly<Record<string, unknown>> = {}, cloud?: Cloud) =>
  deploy("infra/main.bicep", { ...usual, ...parameters }, { subscriptionId: hub }, cloud);

type Deployment = ReturnType<typeof provision>;

/** Plays the hook after the code is deployed: the event subscriptions. */
export function postdeploy({ outputs }: Deployment, more: Readonly<Record<string, unknown>> = {}): Deployment {
  const parameters = {
    environmentName: usual.environmentName,
    location: usual.location,
    appId: outputs.GOLDSMITH_APP_ID,
    watched: outputs.GOLDSMITH_WATCHED,
    groupName: outputs.AZURE_RESOURCE_GROUP,
    eventsIdentityId: outputs.GOLDSMITH_EVENTS_IDENTITY_ID,
    storageId: outputs.GOLDSMITH_STORAGE_ID,
    receiversId: outputs.GOLDSMITH_ALERT_RECEIVERS_ID,
    ...more,
  };
  return deploy("infra/events.bicep", parameters, { subscriptionId: hub });
}

/** The app settings that a deployment gives, as environment variables. */
export function settingsOf({ resources }: Deployment): Readonly<Record<string, string>> {
  const site = resources.find(({ type }) => type === "Microsoft.Web/sites");
  const { siteConfig } = site!.body.properties as { siteConfig: { appSettings: { name: string; value: string }[] } };
  return Object.fromEntries(siteConfig.appSettings.map(({ name, value }) => [name, value]));
}

/** A role assignment as it was asked for. */
export interface Assignment {
  readonly scope: string;
  readonly role: string;
  readonly principalId: string;
  readonly principalType: string;
  readonly condition: string | null;
}

/** All role assignments of a deployment; the role as its GUID. */
export const assignmentsOf = ({ resources }: Deployment): readonly Assignment[] =>
  resources
    .filter(({ type }) => type === "Microsoft.Authorization/roleAssignments")
    .map(({ scope, body }) => {
      const properties = body.properties as Omit<Assignment, "scope" | "role"> & { roleDefinitionId: string };
      return { ...properties, scope, role: properties.roleDefinitionId.split("/").at(-1) ?? "" };
    });
