import { lastSegment, normalize, parseId, sameId, within } from "../decide/armId.ts";
import type {
  Facts,
  GrantFacts,
  IdentityFacts,
  RoleFacts,
  SubnetFacts,
  TargetFacts,
  TemplateFacts,
} from "../decide/planning/facts.ts";
import { type FactsWanted, factsWanted } from "../decide/planning/factsWanted.ts";
import type { KeptFacts } from "../decide/planning/keptFacts.ts";
import { fieldsOf, templateIdentityIds, textOf } from "../decide/template/templateBody.ts";
import { storageApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import { containerCores, stagingGroupContent } from "./capacity.ts";
import type { Connection } from "./connection.ts";
import { identityUses, type TemplateLister } from "./identityUses.ts";
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

/** How facts are read. */
export interface HowToRead {
  /** Whether tags of groups and galleries matter; where they do not, only what is in them is read. */
  readonly tags: boolean;
  /** What need not be read again. */
  readonly kept?: KeptFacts;
}

/** Readers that several readings share. */
export interface Readers {
  readonly policies?: PolicyReader;
  readonly templates?: TemplateLister;
}

/** Reads everything a plan needs, in parallel but bounded, each resource once; policies only where a reader of theirs is given. */
export async function readFacts(
  arm: Connection,
  roles: Roles,
  template: TemplateFacts,
  roleIds: readonly string[],
  how: HowToRead = { tags: true },
  readers: Readers = {},
): Promise<Facts> {
  const { kept } = how;
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
    // Of a grant elsewhere only the role's name is told; that need not be read for a plan that rests on what was kept.
    const telling = kept ? grants.filter(({ scope }) => concerns(scope, wanted.grantScopes)) : grants;
    const ids = [...roleIds, ...telling.map((grant) => grant.roleDefinitionId)];
    return { identity, grants, assignmentCounts, roles: await roleDefinitions(roles, reading, ids, kept?.roles) };
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
    targetsOf(reading, wanted, how),
    subnetsOf(reading, wanted.subnetIds),
    kept?.providers ??
      reading.tried(`/subscriptions/${subscriptionId}`, () => providerStates(arm, subscriptionId, wanted.providers)),
    latestOf(arm, reading, wanted, template),
    kept ? obstaclesIn(kept) : obstacleFacts(arm, reading, [template.id, ...wanted.grantScopes]),
    kept ? kept.identityUses : identityUses(arm, reading, template, readers.templates),
    reading.bounded(() => containerCores(arm, template)),
    reading.bounded(() => stagingGroupContent(arm, template)),
    kept ? kept.policies : readers.policies?.(reading, template),
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

const concerns = (scope: string, wanted: readonly string[]) =>
  wanted.some((one) => within(scope, one) || within(one, scope));

const obstaclesIn = ({ denyAssignments, locks }: KeptFacts): Pick<Facts, "denyAssignments" | "locks"> => ({
  ...(denyAssignments ? { denyAssignments } : {}),
  ...(locks ? { locks } : {}),
});

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
  kept: Readonly<Record<string, RoleFacts>> = {},
): Promise<Readonly<Record<string, RoleFacts>>> {
  const guidOf = (id: string) => lastSegment(id).toLowerCase();
  const wanted = new Map(ids.filter((id) => !kept[guidOf(id)]).map((id) => [guidOf(id), id]));
  const found = new Map<string, RoleFacts>(Object.entries(kept));
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

type Targets = Readonly<Record<string, TargetFacts>>;

/** Where something was not found, the groups and galleries around say how much of the way there is missing. */
async function targetsOf(
  reading: Reading,
  { scopes, containers }: FactsWanted,
  { tags, kept }: HowToRead,
): Promise<Targets> {
  const around = () => {
    const known = containers.flatMap((id) => kept?.targets[normalize(id)] ?? []);
    const rest = containers.filter((id) => !kept?.targets[normalize(id)]);
    return readTargets(reading, rest).then((read) => ({ ...byId(known), ...read }));
  };
  const [inside, outside] = await Promise.all([readTargets(reading, scopes), tags ? around() : undefined]);
  const whole = scopes.every((id) => inside[normalize(id)]?.exists);
  return { ...inside, ...(outside ?? (whole ? {} : await around())) };
}

const byId = (targets: readonly TargetFacts[]): Targets =>
  Object.fromEntries(targets.map((target) => [normalize(target.id), target]));

async function readTargets(reading: Reading, ids: readonly string[]): Promise<Targets> {
  const targets = ids.map(async (id) => {
    const found = await reading.resource(id);
    return found === undefined ? [] : [targetFacts(id, found.json)];
  });
  return byId((await Promise.all(targets)).flat());
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
