import { createHash } from "node:crypto";
import eventFilter from "../../infra/eventFilter.json" with { type: "json" };
import condition from "../../infra/grantCondition.json" with { type: "json" };
import logs from "../../infra/logCondition.json" with { type: "json" };
import sharing from "../../infra/shareCondition.json" with { type: "json" };
import {
  appRoles,
  builtInRoles,
  type RoleSpec,
  roleDefinitionGuid,
  roleDefinitionName,
  roleManagerRoles,
  sharingRoles,
  templateRoles,
} from "../../shared/decide/permissions/roles.ts";
import { readOrMakeKeys } from "../host/keys.ts";
import { authorizationRecords, type RoleAssignment } from "./authorization/records.ts";
import { eventSubscriptions } from "./eventgrid/subscriptions.ts";
import { topicEndpoint, topicType } from "./eventgrid/topics.ts";
import { sameId } from "./ids.ts";
import { sameJson } from "./json.ts";
import type { Json, Principal, World } from "./world.ts";

/** What differs between deployments. */
export interface DeploymentOptions {
  /** Part of the roles' names and GUIDs; default `local`. */
  readonly environment?: string;
  /** Where Event Grid delivers image template writes; without it, to no webhook. */
  readonly webhook?: string;
  /** Deployed with managed roles: with the second identity, and with none of the roles for templates. */
  readonly managedRoles?: boolean;
  /** `shareWith` of the fence, deployed with `directSharing`: without any the app has no right to share images. */
  readonly shareWith?: readonly string[];
}

interface Deployed extends DeploymentOptions {
  readonly subscriptionId: string;
  readonly app: { readonly principalId: string };
  /** Who deployed. */
  readonly owner: { readonly principalId: string };
}

const location = "westeurope";
const eventGridDataSender = "d5a91429-5739-47e2-a06b-3470a27159e7";

/** The webhook of the app's function on the local host, with the key that the host will ask for (made here where there is none yet). */
export function localWebhook(directory: string, hostPort: number): string {
  const code = readOrMakeKeys(directory).systemKeys.eventgrid_extension;
  return `http://127.0.0.1:${hostPort}/runtime/webhooks/EventGrid?functionName=templateTold&code=${encodeURIComponent(code)}`;
}

/**
 * Makes what a deployment of Goldsmith (infra/) leaves behind: its role definitions, the app's assignments at the
 * subscription (the right to grant only under a condition), the topic for the app's own events, the event subscription.
 * It stood there long before anybody looks, so everything works at once. Doing it again changes nothing.
 */
export function deployGoldsmith(world: World, deployed: Deployed): void {
  const environment = deployed.environment ?? "local";
  const subscription = `/subscriptions/${deployed.subscriptionId}`;
  const roles = deployed.managedRoles ? [...roleManagerRoles, ...appRoles] : [...templateRoles, ...appRoles];
  for (const role of roles) deployRole(world, environment, subscription, role, deployed.owner.principalId);
  for (const role of deployed.managedRoles ? roleManagerRoles : [])
    assign(world, subscription, roleDefinitionGuid(environment, role.key), roleManagerOf(world).principalId, undefined);
  assignAppRoles(world, subscription, deployed);
  const topicId = deployTopic(world, subscription);
  assign(world, topicId, eventGridDataSender, deployed.app.principalId, undefined);
  deploySubscription(world, subscription, deployed.webhook);
}

/** Makes what `infra/onboard.bicep` leaves in a further subscription: the roles can be assigned there, and the app has its own. No events: its timer finds templates. */
export function onboard(world: World, deployed: Omit<Deployed, "owner">): void {
  const { environment = "local", subscriptionId } = deployed;
  const records = authorizationRecords(world.store);
  const subscription = `/subscriptions/${subscriptionId}`;
  for (const { key } of [...templateRoles, ...appRoles]) {
    const role = records.definition(roleDefinitionGuid(environment, key));
    if (role && !role.assignableScopes.includes(subscription))
      records.putDefinition({ ...role, assignableScopes: [...role.assignableScopes, subscription] });
  }
  assignAppRoles(world, subscription, deployed);
}

function assignAppRoles(world: World, subscription: string, deployed: Omit<Deployed, "owner">): void {
  const { environment = "local", app, shareWith = [] } = deployed;
  const held = appRoles.filter(({ key }) => shareWith.length > 0 || !/^app(Gallery)?Sharer$/.test(key));
  for (const { key } of held)
    assign(
      world,
      subscription,
      roleDefinitionGuid(environment, key),
      app.principalId,
      conditionOf(key, environment, shareWith),
    );
}

const roleManagerName = "goldsmith-roles";

/** The second identity; made when it is first asked for. */
export function roleManagerOf(world: World): Principal {
  const clientId = nameFrom(`${roleManagerName}/${world.tenantId}`);
  const principalId = nameFrom(`${roleManagerName}/principal/${world.tenantId}`);
  const known = world.principals.byClientId(clientId);
  return known ?? world.principals.create(roleManagerName, "ServicePrincipal", { principalId, clientId });
}

function deployRole(world: World, environment: string, subscription: string, role: RoleSpec, by: string): void {
  const records = authorizationRecords(world.store);
  const guid = roleDefinitionGuid(environment, role.key);
  const standing = records.definition(guid);
  const content = {
    roleName: roleDefinitionName(environment, role.key),
    description: role.description,
    permissions: [{ actions: role.actions, notActions: [], dataActions: role.dataActions, notDataActions: [] }],
    assignableScopes: [subscription],
  };
  if (standing && sameJson(standing.permissions as unknown as Json, content.permissions as unknown as Json)) return;
  const now = world.clock.now();
  records.putDefinition({
    ...content,
    guid,
    type: "CustomRole",
    createdAt: standing?.createdAt ?? now,
    createdBy: by,
    updatedAt: now,
    updatedBy: by,
    visibleAt: 0,
  });
}

function assign(
  world: World,
  scope: string,
  roleGuid: string,
  principalId: string,
  condition: string | undefined,
): void {
  const records = authorizationRecords(world.store);
  const same = (one: RoleAssignment) =>
    one.roleGuid === roleGuid && one.principalId === principalId && sameId(one.scope, scope);
  const standing = records.assignments().find(same);
  if (standing && standing.condition === condition) return;
  const now = world.clock.now();
  records.putAssignment({
    name: standing?.name ?? nameFrom(`${scope}/${principalId}/${roleGuid}`),
    scope,
    roleDefinitionId: `/subscriptions/${scope.split("/")[2]}/providers/Microsoft.Authorization/roleDefinitions/${roleGuid}`,
    roleGuid,
    principalId,
    principalType: "ServicePrincipal",
    ...(condition ? { condition, conditionVersion: "2.0" } : {}),
    createdAt: now,
    createdBy: "",
    updatedAt: now,
    updatedBy: "",
    visibleAt: 0,
    effectiveAt: 0,
  });
}

function conditionOf(roleKey: string, environment: string, shareWith: readonly string[]): string | undefined {
  if (roleKey === "appGrantor") return grantCondition(environment);
  if (roleKey === "appSharer") return shareCondition(shareWith);
  return roleKey === "appLogReader" ? logs.condition : undefined;
}

/**
 * Only roles for templates, and only to service principals, may be assigned or taken away (rbac-network-arm.md §3.1).
 * The text is that of `infra/grantCondition.json`, put together as `infra/main.bicep` does with its defaults.
 */
export function grantCondition(environment: string): string {
  const lasting = builtInRoles.filter((role) => role.broad !== true);
  const roles = [...templateRoles, ...lasting].map((role) => roleDefinitionGuid(environment, role.key)).join(", ");
  return bothWays(condition.clause.replaceAll("<roles>", roles).replaceAll("<principals>", ""));
}

/** Only the two roles that let read images, and only for these principals, of whatever type; the text is that of `infra/shareCondition.json`. */
export function shareCondition(shareWith: readonly string[]): string {
  const roles = sharingRoles.map(({ id }) => id).join(", ");
  return bothWays(sharing.clause.replaceAll("<roles>", roles).replaceAll("<ids>", shareWith.join(", ")));
}

/** What is asked for counts where something is written, what stands where it is deleted. */
function bothWays(text: string): string {
  const clause = (action: string, source: string) => text.replaceAll("<action>", action).replaceAll("<source>", source);
  return `${clause("write", "Request")} AND ${clause("delete", "Resource")}`;
}

function deployTopic(world: World, subscription: string): string {
  const groupId = `${subscription}/resourceGroups/rg-goldsmith`;
  const id = `${groupId}/providers/${topicType}/goldsmith-builds`;
  const groupType = "Microsoft.Resources/resourceGroups";
  if (!world.store.resource(groupId)) {
    const body = {
      id: groupId,
      name: "rg-goldsmith",
      type: groupType,
      location,
      properties: { provisioningState: "Succeeded" },
    };
    world.store.putResource({ id: groupId, type: groupType, body });
  }
  const properties = {
    endpoint: topicEndpoint(world, "goldsmith-builds"),
    inputSchema: "CloudEventSchemaV1_0",
    publicNetworkAccess: "Enabled",
    disableLocalAuth: true,
    provisioningState: "Succeeded",
  };
  world.store.putResource({
    id,
    type: topicType,
    body: { id, name: "goldsmith-builds", type: topicType, location, properties },
  });
  return id;
}

function deploySubscription(world: World, subscription: string, webhook: string | undefined): void {
  const id = `${subscription}/providers/Microsoft.EventGrid/eventSubscriptions/goldsmith-templates`;
  if (!webhook) return;
  eventSubscriptions(world.store).put({
    id,
    name: "goldsmith-templates",
    source: subscription,
    endpointUrl: webhook,
    schema: "EventGridSchema",
    includedEventTypes: eventFilter.includedEventTypes,
    subjectBeginsWith: "",
    subjectEndsWith: "",
    advancedFilters: eventFilter.advancedFilters,
    maxDeliveryAttempts: 30,
    eventTimeToLiveInMinutes: 1440,
  });
}

/** A GUID that is always the same for the same text. */
function nameFrom(text: string): string {
  const digits = createHash("sha256").update(text.toLowerCase()).digest("hex");
  return digits.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}
