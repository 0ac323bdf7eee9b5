import type { Problem } from "../../problem.ts";
import { sameId, within } from "../armId.ts";
import { type Effect, grantedTo, openedBy } from "../gallery/share.ts";
import type { RoleContent } from "../permissions/roleContent.ts";
import { builtInRole, isBroad, templateRoles } from "../permissions/roles.ts";
import type { Fence, Policy } from "./policy.ts";

/** The setting that every refusal of the fence names. */
const fenceSetting = "GOLDSMITH_FENCE";

/** A grant that somebody wants made. */
export interface GrantWish {
  readonly principalId: string;
  /** Resource id of the identity behind the principal; absent for a service principal, which only a listed pair lets through. */
  readonly identityId?: string;
  readonly roleKey: string;
  readonly scope: string;
}

/** Whether an id lies at or below one of the fence's scopes. */
export function insideFence(fence: Fence, id: string): boolean {
  return fence.scopes.some((scope) => within(scope, id));
}

/** Why the fence does not let a grant through; nothing if it does. Each reason names scope, principal and the setting that would change it. */
export function grantFenceProblems(fence: Fence, wish: GrantWish): readonly Problem[] {
  const problems: Problem[] = [];
  if (!insideFence(fence, wish.scope)) problems.push(outside(wish.scope, wish.principalId));
  if (wish.identityId !== undefined && !identityAllowed(fence, wish.identityId))
    problems.push(identityOutside(fence, wish.identityId, wish.principalId));
  if (!roleAllowed(fence, wish)) problems.push(roleOutside(wish));
  return problems;
}

/** Why the fence does not let a network change through. `guardsOthers`: an NSG that also guards subnets the template does not use. */
export function networkFenceProblems(fence: Fence, resourceId: string, guardsOthers = false): readonly Problem[] {
  if (!insideFence(fence, resourceId)) return [outside(resourceId)];
  if (!guardsOthers || listed(fence, { role: "addSecurityRule", scope: resourceId })) return [];
  return [
    {
      code: "OutsideFence",
      title: "The network security group guards other subnets too",
      detail: `A rule in ${resourceId} would also apply to subnets that this template does not use.`,
      scope: resourceId,
      stage: "planning",
      fix: [
        `List it in ${fenceSetting}: add {"role":"addSecurityRule","scope":"${resourceId}","principalId":"*"} to pairs.`,
        "Or give the build subnet a network security group of its own.",
      ],
    },
  ];
}

/** Why a target has not opted in to a change; nothing if it has or need not. `tagged` is what carries the tag. */
export function optInProblems(
  policy: Policy,
  tagged: { readonly id: string; readonly tags: Readonly<Record<string, string>> | undefined },
  principalId: string,
): readonly Problem[] {
  if (policy.optIn === "none" || optedIn(tagged.tags ?? {}, principalId)) return [];
  return [
    {
      code: "NotOptedIn",
      title: "The target has not opted in to changes for this identity",
      detail: `${tagged.id} carries no tag goldsmith that names the principal ${principalId}.`,
      scope: tagged.id,
      principalId,
      stage: "planning",
      fix: [
        `Have the owner of ${tagged.id} add the principal id ${principalId} to its tag goldsmith (ids separated by spaces).`,
      ],
    },
  ];
}

/** Whether tags name a principal as opted in: the tag `goldsmith` in any casing, whole ids only, separated by spaces or commas. */
export function optedIn(tags: Readonly<Record<string, string>>, principalId: string): boolean {
  const values = Object.entries(tags).flatMap(([name, value]) => (name.toLowerCase() === "goldsmith" ? [value] : []));
  const ids = values.flatMap((value) => value.toLowerCase().split(/[\s,;]+/));
  return principalId !== "" && ids.includes(principalId.toLowerCase());
}

function identityAllowed(fence: Fence, identityId: string): boolean {
  if (fence.identities.length === 0) return insideFence(fence, identityId);
  return fence.identities.some((entry) => within(entry, identityId));
}

function roleAllowed(fence: Fence, wish: GrantWish): boolean {
  if (builtInRole(wish.roleKey) === undefined && !templateRoles.some(({ key }) => key === wish.roleKey)) return false;
  if (isBroad(wish.roleKey) || wish.identityId === undefined)
    return listed(fence, { role: wish.roleKey, scope: wish.scope, principalId: wish.principalId });
  return fence.roles.length === 0 || fence.roles.includes(wish.roleKey);
}

// A pair means its scope exactly: what is broad is not to spread downwards by itself.
function listed(fence: Fence, wish: { role: string; scope: string; principalId?: string }): boolean {
  return fence.pairs.some(
    (pair) =>
      pair.role === wish.role &&
      sameId(pair.scope, wish.scope) &&
      (wish.principalId === undefined || pair.principalId.toLowerCase() === wish.principalId.toLowerCase()),
  );
}

function outside(scope: string, principalId?: string): Problem {
  return {
    code: "OutsideFence",
    title: "The scope lies outside the fence",
    detail: `${scope} is in none of the scopes in which this app may change anything.`,
    scope,
    ...(principalId === undefined ? {} : { principalId }),
    stage: "planning",
    fix: [`Add ${scope}, or a group or subscription around it, to the scopes in ${fenceSetting}.`],
  };
}

function identityOutside(fence: Fence, identityId: string, principalId: string): Problem {
  const member = fence.identities.length === 0 ? "scopes" : "identities";
  return {
    code: "OutsideFence",
    title: "The identity lies outside the fence",
    detail: `${identityId} is not an identity that this app may give rights to.`,
    scope: identityId,
    principalId,
    stage: "planning",
    fix: [`Add ${identityId} to the ${member} in ${fenceSetting}.`],
  };
}

function roleOutside(wish: GrantWish): Problem {
  const pair = { principalId: wish.principalId, role: wish.roleKey, scope: wish.scope };
  const broad = isBroad(wish.roleKey) || wish.identityId === undefined;
  return {
    code: "OutsideFence",
    title: broad ? "The role is broad and this pair is not listed" : "The role is not among those the fence allows",
    detail: `${wish.roleKey} at ${wish.scope} for ${wish.principalId}.`,
    scope: wish.scope,
    principalId: wish.principalId,
    stage: "planning",
    fix: [
      broad
        ? `Add ${JSON.stringify(pair)} to the pairs in ${fenceSetting}.`
        : `Add "${wish.roleKey}" to the roles in ${fenceSetting}.`,
    ],
  };
}

/** Why the fence does not let an image be shared: it lies outside, or it is nobody whom the operator named. */
export function shareFenceProblems(fence: Fence, scope: string, id: string): readonly Problem[] {
  const listed = fence.shareWith.some((one) => one.toLowerCase() === id.toLowerCase());
  return [
    ...(insideFence(fence, scope) ? [] : [{ ...outside(scope, id), status: 403 }]),
    ...(listed ? [] : [notSharedWith(scope, id)]),
  ];
}

const notSharedWith = (scope: string, id: string): Problem => ({
  code: "OutsideFence",
  title: "Images may not be shared with this principal, subscription or tenant",
  detail: `${id} is not among those whom the operator lets images be shared with.`,
  status: 403,
  scope,
  principalId: id,
  fix: [
    `Have the operator add "${id}" to shareWith in ${fenceSetting}, and deploy infra again: the app's right is limited to them`,
  ],
});

/** Why the fence alone (no facts at hand) forbids a planned change or a share; undefined if it does not. Asked again right before every write. */
export function fenceProblem(change: Effect, policy: Policy): Problem | undefined {
  const { fence } = policy;
  switch (change.kind) {
    case "assignRole": {
      const { identityId, ...wish } = change;
      return grantFenceProblems(fence, identityId === undefined ? wish : { ...wish, identityId })[0];
    }
    case "shareImage":
    case "shareGallery":
      return shareFenceProblems(fence, openedBy(change), grantedTo(change))[0];
    case "setSubnetPolicy":
    case "delegateSubnet":
      return networkFenceProblems(fence, change.subnetId)[0];
    case "addSecurityRule":
      return networkFenceProblems(fence, change.nsgId, change.guardsOthers === true)[0];
    case "ensureRoleDefinition":
      return roleProblem(change.content, policy);
    case "registerProvider":
      return policy.registerProviders ? undefined : providerOutside(change.namespace, change.subscriptionId);
  }
}

/** A role is written only where roles are managed, for subscriptions of the fence, and never one that could grant. */
function roleProblem(content: RoleContent, policy: Policy): Problem | undefined {
  if (policy.roles !== "managed") return rolesPredefined(content.roleName);
  const foreign = content.assignableScopes.find((scope) => !touchesFence(policy.fence, scope));
  if (foreign !== undefined) return outside(foreign);
  const [{ actions, dataActions }] = content.permissions;
  const granting = [...actions, ...dataActions].find(
    (action) => action.includes("*") || /^Microsoft\.Authorization\/.*\/(write|delete|action)$/i.test(action),
  );
  return granting === undefined ? undefined : tooBroad(content.roleName, granting);
}

/** Whether a scope is inside the fence, or the subscription around a part of it: a role is assignable at those. */
const touchesFence = (fence: Fence, scope: string) =>
  insideFence(fence, scope) || fence.scopes.some((inner) => within(scope, inner) && scope.split("/").length === 3);

/** The refusal of a role's writing where roles come with the deployment. */
export const rolesPredefined = (roleName: string): Problem => ({
  code: "RolesPredefined",
  title: "Roles come with the deployment here, so none is written",
  detail: `The role "${roleName}" was not written.`,
  status: 409,
  fix: [
    "Write the role yourself: the answer of POST /api/role-definitions is what ARM takes.",
    "Or set GOLDSMITH_ROLES to managed, and read in docs/operations.md what that costs.",
  ],
});

const tooBroad = (roleName: string, action: string): Problem => ({
  code: "RoleTooBroad",
  title: "The role could grant, or has a wildcard: Goldsmith writes no such role",
  detail: `The role "${roleName}" allows ${action}.`,
  status: 422,
  fix: ["List the actions one by one", "Or write this role yourself"],
});

function providerOutside(namespace: string, subscriptionId: string): Problem {
  return {
    code: "OutsideFence",
    title: "This app may not register resource providers",
    scope: `/subscriptions/${subscriptionId}`,
    stage: "planning",
    fix: [`Register ${namespace} yourself, or set GOLDSMITH_REGISTER_PROVIDERS to true.`],
  };
}
