import { authorizationRecords } from "./authorization/records.ts";
import { publish } from "./eventgrid/delivery.ts";
import { resourceGroupOf, sameId, scopeContains, subscriptionOf } from "./ids.ts";
import { permits } from "./matching.ts";
import { assignmentsInForce, permissionsInForce } from "./rights.ts";
import type { Call, JsonObject, ResourceEvent, World } from "./world.ts";

/** Turns what happened to resources into Event Grid events of the subscription's and the resource group's system topics. */
export function resourceEvents(world: World): World["events"] {
  return {
    emit(event) {
      const subscriptionId = subscriptionOf(event.resourceId) ?? "";
      publish(
        world,
        (subscription) =>
          subscription.source.startsWith("/subscriptions/") && isResourceScope(subscription.source, event.resourceId),
        {
          id: world.guid(),
          source: `/subscriptions/${subscriptionId}`,
          subject: event.resourceId,
          type: event.eventType,
          time: new Date(world.clock.now()).toISOString(),
          data: dataOf(world, event, subscriptionId),
        },
      );
    },
  };
}

/** A custom topic's id is also a source, but no scope of resource events. */
function isResourceScope(source: string, resourceId: string): boolean {
  return (
    !/\/providers\/Microsoft\.EventGrid\/topics\//i.test(source) &&
    (scopeContains(source, resourceId) || sameId(source, resourceId))
  );
}

/** Fields and their casing as in platform.md §9.2. `httpRequest` is left out: it is there only for updates and deletes, and nobody may rely on it. */
function dataOf(world: World, event: ResourceEvent, subscriptionId: string): JsonObject {
  const { caller } = event;
  const failed = event.eventType.endsWith("Failure");
  return {
    authorization: {
      scope: event.resourceId,
      action: event.operationName,
      evidence: evidenceOf(world, event),
    },
    claims: {
      aud: "https://management.azure.com/",
      appid: caller.clientId,
      "http://schemas.microsoft.com/identity/claims/objectidentifier": caller.principalId,
      "http://schemas.microsoft.com/identity/claims/tenantid": world.tenantId,
    },
    correlationId: event.correlationId,
    resourceProvider: event.operationName.split("/")[0] ?? "",
    resourceUri: event.resourceId,
    operationName: event.operationName,
    status: failed ? "Failed" : event.eventType.endsWith("Cancel") ? "Canceled" : "Succeeded",
    subscriptionId,
    resourceGroup: resourceGroupOf(event.resourceId) ?? null,
    tenantId: world.tenantId,
  };
}

/** By which assignment the caller was allowed to do it. */
function evidenceOf(world: World, { caller, resourceId, operationName }: ResourceEvent): JsonObject {
  const records = authorizationRecords(world.store);
  const now = world.clock.now();
  const assignment = assignmentsInForce(records, caller.principalId, now).find(
    ({ scope, roleGuid }) =>
      scopeContains(scope, resourceId) &&
      permissionsInForce(records, roleGuid, now).some((permission) => permits(permission, operationName, false)),
  );
  const who = { principalId: caller.principalId.replaceAll("-", ""), principalType: caller.principalType };
  if (!assignment) return who;
  return {
    role: records.definition(assignment.roleGuid)?.roleName ?? "",
    roleAssignmentScope: assignment.scope,
    roleAssignmentId: assignment.name.replaceAll("-", ""),
    roleDefinitionId: assignment.roleGuid.replaceAll("-", ""),
    ...who,
  };
}

/** The event of a call that wrote or deleted `resourceId`, or acted on it. */
export function eventOf(
  call: Call,
  what: "Write" | "Delete" | "Action",
  operationName: string,
  resourceId = call.id,
): ResourceEvent {
  return {
    eventType: `Microsoft.Resources.Resource${what}Success`,
    resourceId,
    operationName,
    caller: call.caller,
    correlationId: call.headers["x-ms-correlation-request-id"] ?? "",
  };
}
