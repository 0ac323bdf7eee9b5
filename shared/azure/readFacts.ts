import { lastSegment, normalize, parseId, sameId, within } from "../decide/armId.ts";
import type {
  Facts,
  GrantFacts,
  IdentityFacts,
  RoleFacts,
  SubnetFacts,
  TargetFacts,
  TemplateFacts,
} from "../decide/facts.ts";
import { type FactsWanted, factsWanted } from "../decide/factsWanted.ts";
import { fieldsOf, templateIdentityIds, textOf } from "../decide/templateBody.ts";
import { storageApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import { containerCores, stagingGroupContent } from "./capacity.ts";
import type { Connection } from "./connection.ts";
import { identityUses } from "./identityUses.ts";
import { resolveLatest, targetFacts } from "./images.ts";
import { textAt } from "./json.ts";
import { readSubnetWith } from "./network.ts";
import { obstacleFacts } from "./obstacleFacts.ts";
import type { PolicyReader } from "./policyFacts.ts";
import { providerStates } from "./providers.ts";
import { type Reading, startReading } from "./reading.ts";
import { listAll } from "./rest.ts";
import type { rolesOf } from "./roleAssignments.ts";

type Roles = ReturnType<typeof rolesOf>;

/** Reads everything a plan needs, in parallel but bounded, each resource once; policies only where a reader of theirs is given. */
export async function readFacts(
  arm: Connection,
  roles: Roles,
  template: TemplateFacts,
  roleIds: readonly string[],
  readPolicies?: PolicyReader,
): Promise<Facts> {
  const readAt = new Date().toISOString();
  const subscriptionId = parseId(template.id)?.subscriptionId ?? "";
  const reading = startReading(arm);
  const storageAccounts = await storageAccountIds(
    arm,
    reading,
    subscriptionId,
    factsWanted(template).storageAccountNames,
  );
  const wanted = factsWanted(template, storageAccounts);
  const holder = identityOf(reading, template).then(async (identity) => {
    const { grants, assignmentCounts } = identity
      ? await grantsFor(roles, reading, subscriptionId, wanted.grantScopes, identity.principalId)
      : { grants: [], assignmentCounts: {} };
    const ids = [...roleIds, ...grants.map((grant) => grant.roleDefinitionId)];
    return { identity, grants, assignmentCounts, roles: await roleDefinitions(roles, reading, ids) };
  });
  const [
    { identity, ...rights },
    targets,
    subnets,
    providers,
    resolvedSource,
    obstacles,
    uses,
    cores,
    staging,
    policies,
  ] = await Promise.all([
    holder,
    targetsOf(reading, wanted.scopes),
    subnetsOf(reading, wanted.subnetIds),
    reading.tried(`/subscriptions/${subscriptionId}`, () => providerStates(arm, subscriptionId, wanted.providers)),
    latestOf(arm, reading, wanted, template),
    obstacleFacts(arm, reading, [template.id, ...wanted.grantScopes]),
    identityUses(arm, reading, template),
    reading.bounded(() => containerCores(arm, template)),
    reading.bounded(() => stagingGroupContent(arm, template)),
    readPolicies?.(reading, template),
  ]);
  return {
    readAt,
    template,
    ...(identity === undefined ? {} : { identity }),
    ...rights,
    targets: staging === undefined ? targets : withContent(targets, staging),
    subnets,
    ...(resolvedSource === undefined ? {} : { resolvedSource }),
    providers: providers ?? {},
    storageAccounts,
    ...obstacles,
    ...(policies === undefined ? {} : { policies }),
    ...(uses === undefined ? {} : { identityUses: uses }),
    ...(cores === undefined ? {} : { containerCores: cores }),
    unread: reading.unread(),
  };
}

function withContent(
  targets: Readonly<Record<string, TargetFacts>>,
  { id, resourceCount }: { readonly id: string; readonly resourceCount: number },
): Readonly<Record<string, TargetFacts>> {
  const group = targets[normalize(id)];
  return group === undefined ? targets : { ...targets, [normalize(id)]: { ...group, resourceCount } };
}

async function identityOf(reading: Reading, { body }: TemplateFacts): Promise<IdentityFacts | undefined> {
  const [id] = templateIdentityIds(body);
  const found = id === undefined ? undefined : await reading.resource(id);
  // The template's own JSON may show stale or no ids: the identity is read back (design rule 5).
  const { principalId, clientId } = fieldsOf(fieldsOf(found?.json).properties);
  if (id === undefined || textOf(principalId) === "") return undefined;
  return { id, principalId: textOf(principalId), clientId: textOf(clientId) };
}

interface Grants {
  readonly grants: readonly GrantFacts[];
  readonly assignmentCounts: Readonly<Record<string, number>>;
}

/** One list per subscription serves all its scopes, and says how full the subscription is; where that is forbidden, one per scope. */
async function grantsFor(
  roles: Roles,
  reading: Reading,
  subscriptionId: string,
  scopes: readonly string[],
  principalId: string,
): Promise<Grants> {
  const counts: Record<string, number> = {};
  const subscriptions = new Set([subscriptionId, ...scopes.map((scope) => parseId(scope)?.subscriptionId ?? "")]);
  const lists = [...subscriptions].filter(Boolean).map(async (subscription) => {
    const root = `/subscriptions/${subscription}`;
    try {
      const all = await reading.bounded(() => roles.allGrants(root));
      // Those of the root and of management groups are listed too, but do not count (rbac-network-arm.md §2.4).
      counts[subscription.toLowerCase()] = all.filter((grant) => within(root, grant.scope)).length;
      return all.filter((grant) => sameId(grant.principalId, principalId));
    } catch (error) {
      if (!(error instanceof ArmFailure) || error.status !== 403) throw error;
      const inside = scopes.filter((scope) => parseId(scope)?.subscriptionId === subscription);
      const each = inside.map((scope) => reading.tried(scope, () => roles.grantsReaching(scope, principalId)));
      return (await Promise.all(each)).flatMap((grants) => grants ?? []);
    }
  });
  const grants = (await Promise.all(lists)).flat();
  const distinct = new Map(grants.map((grant) => [normalize(grant.id), grant]));
  return { grants: [...distinct.values()], assignmentCounts: counts };
}

/** From how many wanted definitions of a subscription on one list is cheaper than a request each. */
const manyRoles = 3;

async function roleDefinitions(
  roles: Roles,
  reading: Reading,
  ids: readonly string[],
): Promise<Readonly<Record<string, RoleFacts>>> {
  const guidOf = (id: string) => lastSegment(id).toLowerCase();
  const wanted = new Map(ids.map((id) => [guidOf(id), id]));
  const found = new Map<string, RoleFacts>();
  const keep = (role: RoleFacts | undefined) => role && wanted.has(guidOf(role.id)) && found.set(guidOf(role.id), role);
  const subscriptions = [...wanted.values()].flatMap((id) => parseId(id)?.subscriptionId ?? []);
  const crowded = [...new Set(subscriptions)].filter(
    (one) => subscriptions.filter((other) => other === one).length >= manyRoles,
  );
  const lists = crowded.map((subscription) => reading.quietly(() => roles.customRoles(subscription)));
  for (const role of (await Promise.all(lists)).flatMap((list) => list ?? [])) keep(role);
  const missing = [...wanted].filter(([guid]) => !found.has(guid));
  for (const role of await Promise.all(missing.map(([, id]) => reading.tried(id, () => roles.readRole(id)))))
    keep(role);
  return Object.fromEntries(found);
}

async function targetsOf(reading: Reading, scopes: readonly string[]): Promise<Readonly<Record<string, TargetFacts>>> {
  const targets = scopes.map(async (id) => {
    const found = await reading.resource(id);
    return found === undefined ? [] : [[normalize(id), targetFacts(id, found.json)] as const];
  });
  return Object.fromEntries((await Promise.all(targets)).flat());
}

async function subnetsOf(reading: Reading, ids: readonly string[]): Promise<Readonly<Record<string, SubnetFacts>>> {
  const subnets = ids.map(async (id) => {
    const read = async (resourceId: string) => (await reading.resource(resourceId, id))?.json;
    const facts = await readSubnetWith(id, read, async (nsgId) => (await reading.resource(nsgId))?.json);
    return facts === undefined ? [] : [[normalize(id), facts] as const];
  });
  return Object.fromEntries((await Promise.all(subnets)).flat());
}

async function latestOf(
  arm: Connection,
  reading: Reading,
  wanted: FactsWanted,
  template: TemplateFacts,
): Promise<string | undefined> {
  const id = wanted.sourceVersionId;
  if (id === undefined || lastSegment(id).toLowerCase() !== "latest") return undefined;
  return reading.tried(id, () => resolveLatest(arm, id, template.body.location ?? ""));
}

async function storageAccountIds(
  arm: Connection,
  reading: Reading,
  subscriptionId: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (names.length === 0) return {};
  const root = `/subscriptions/${subscriptionId}`;
  const path = `${root}/providers/Microsoft.Storage/storageAccounts`;
  const accounts = await reading.tried(root, () => listAll(arm, path, storageApi));
  const known = (accounts ?? []).map((account) => textAt("id", fieldsOf(account).id).id ?? "");
  const byName = known.map((id) => [lastSegment(id).toLowerCase(), id] as const);
  return Object.fromEntries(byName.filter(([name]) => names.some((wanted) => wanted.toLowerCase() === name)));
}
