import type { Clock } from "../clock.ts";
import {
  type AuthorizationRecords,
  authorizationRecords,
  everybody,
  type RoleAssignment,
} from "./authorization/records.ts";
import { type Condition, parseCondition } from "./conditions.ts";
import { conditionHolds } from "./conditionValue.ts";
import { guidOf, sameId, scopeContains, subscriptionOf } from "./ids.ts";
import { objectOf, textOf } from "./json.ts";
import { type Permission, permits } from "./matching.ts";
import { tenantOfId } from "./tenants.ts";
import { AzureError, type Caller, type Decision, type Json, type Rights, type Store } from "./world.ts";

interface Question {
  readonly principalId: string;
  readonly action: string;
  readonly scope: string;
  readonly dataAction: boolean;
  readonly request: Json | undefined;
}

/** Evaluates rights over what stands in the store at the clock's time; the algorithm is rbac-network-arm.md §2.5. */
export function rightsOf(store: Store, clock: Clock, home: string): Rights {
  const records = authorizationRecords(store);
  const rights: Rights = {
    decide(principalId, action, scope, more = {}) {
      return decide(records, clock.now(), {
        principalId,
        action,
        scope,
        dataAction: more.dataAction ?? false,
        request: more.request,
      });
    },
    require(caller, action, scope) {
      if (rights.decide(caller.principalId, action, scope).kind === "denied")
        throw authorizationFailed(caller, action, scope);
    },
    requireLinked(caller, on, linkedAction, linkedScope) {
      const there = callerIn(caller, tenantOfId(store, linkedScope, home));
      if (!there) throw foreignSubscription(caller, on, linkedScope);
      if (rights.decide(there.principalId, linkedAction, linkedScope).kind === "allowed") return;
      throw new AzureError(
        403,
        "LinkedAuthorizationFailed",
        `The client '${caller.clientId}' with object id '${caller.principalId}' has permission to perform action '${on.action}' on scope '${on.scope}'; however, it does not have permission to perform action(s) '${linkedAction}' on the linked scope(s) '${linkedScope}' (respectively) or the linked scope(s) are invalid.`,
      );
    },
  };
  return rights;
}

/** Who a caller is in a tenant: himself, or the same client by an auxiliary token. */
function callerIn(caller: Caller, tenantId: string): Caller | undefined {
  return [caller, ...(caller.others ?? [])].find((one) => one.tenantId.toLowerCase() === tenantId.toLowerCase());
}

/** What a linked scope of another tenant answers to a request without that tenant's token (recorded by users, word for word). */
function foreignSubscription(
  caller: Caller,
  on: { readonly action: string; readonly scope: string },
  linkedScope: string,
): AzureError {
  return new AzureError(
    403,
    "LinkedAuthorizationFailed",
    `The client has permission to perform action '${on.action}' on scope '${on.scope}', however the current tenant '${caller.tenantId}' is not authorized to access linked subscription '${subscriptionOf(linkedScope)}'.`,
  );
}

/** The plain 403; a failed condition gives no other (rbac-network-arm.md §2.4). */
export function authorizationFailed(caller: { clientId: string; principalId: string }, action: string, scope: string) {
  return new AzureError(
    403,
    "AuthorizationFailed",
    `The client '${caller.clientId}' with object id '${caller.principalId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** The assignments that work for a principal at `now`, by itself or by its groups: written ones once effective, revoked ones until they stop. */
export function assignmentsInForce(
  records: AuthorizationRecords,
  principalId: string,
  now: number,
): readonly RoleAssignment[] {
  const who = records.withGroups(principalId);
  const own = (assignment: RoleAssignment) => who.has(assignment.principalId.toLowerCase());
  return [
    ...records.assignments().filter((one) => own(one) && one.effectiveAt <= now),
    ...records.revoked().filter((one) => own(one) && one.effectiveAt <= now && one.worksUntil > now),
  ];
}

/** What a definition allows at `now`: an edit works only after a while. */
export function permissionsInForce(
  records: AuthorizationRecords,
  roleGuid: string,
  now: number,
): readonly Permission[] {
  const definition = records.definition(roleGuid);
  if (!definition) return [];
  return definition.former && definition.former.until > now ? definition.former.permissions : definition.permissions;
}

function decide(records: AuthorizationRecords, now: number, question: Question): Decision {
  const inForce = assignmentsInForce(records, question.principalId, now);
  if (isDeniedOutright(records, question)) return { kind: "denied", pending: false };
  const grants = (assignment: RoleAssignment) => contributes(records, now, assignment, question);
  if (inForce.some(grants)) return { kind: "allowed" };
  const who = records.withGroups(question.principalId);
  const pending = records
    .assignments()
    .some((one) => one.effectiveAt > now && who.has(one.principalId.toLowerCase()) && grants(one));
  return { kind: "denied", pending };
}

function contributes(
  records: AuthorizationRecords,
  now: number,
  assignment: RoleAssignment,
  question: Question,
): boolean {
  if (!scopeContains(assignment.scope, question.scope)) return false;
  const matching = permissionsInForce(records, assignment.roleGuid, now).filter((one) =>
    permits(one, question.action, question.dataAction),
  );
  return matching.some(
    (permission) => holds(records, permission.condition, question) && holds(records, assignment.condition, question),
  );
}

const parsed = new Map<string, Condition>();

function holds(records: AuthorizationRecords, text: string | undefined, question: Question): boolean {
  if (!text) return true;
  const condition = parsed.get(text) ?? parseCondition(text);
  parsed.set(text, condition);
  const requested = objectOf(objectOf(question.request).properties);
  return conditionHolds(condition, {
    action: question.action,
    values: ({ source, name }) => {
      if (source === "request") return asValues(attributeOfAssignment(name, requested));
      if (source !== "resource") return [];
      if (name.toLowerCase() === containerName) return asValues(containerIn(question.scope));
      const standing = records.assignment(guidOf(question.scope));
      return standing ? asValues(attributeOfAssignment(name, { ...standing })) : [];
    },
  });
}

const containerName = "microsoft.storage/storageaccounts/blobservices/containers:name";

/** The blob container that a scope lies in. */
const containerIn = (scope: string) => /\/blobServices\/default\/containers\/([^/]+)/i.exec(scope)?.[1];

/** ABAC sees the body as it was sent: what a caller leaves out does not exist for a condition. */
function attributeOfAssignment(name: string, source: { readonly [key: string]: Json }): string | undefined {
  switch (name.toLowerCase()) {
    case "microsoft.authorization/roleassignments:roledefinitionid": {
      const id = textOf(source.roleDefinitionId);
      return id === undefined ? undefined : guidOf(id);
    }
    case "microsoft.authorization/roleassignments:principalid":
      return textOf(source.principalId);
    case "microsoft.authorization/roleassignments:principaltype":
      return textOf(source.principalType);
    default:
      return undefined;
  }
}

function asValues(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

function isDeniedOutright(records: AuthorizationRecords, question: Question): boolean {
  const who = records.withGroups(question.principalId);
  return records.denyAssignments().some((deny) => {
    const named = (ids: readonly string[]) => ids.some((id) => who.has(id.toLowerCase()));
    const covers = deny.doNotApplyToChildScopes
      ? sameId(deny.scope, question.scope)
      : scopeContains(deny.scope, question.scope);
    return (
      covers &&
      (named(deny.principals) || deny.principals.includes(everybody)) &&
      !named(deny.excludePrincipals) &&
      deny.permissions.some((permission) => permits(permission, question.action, question.dataAction))
    );
  });
}
