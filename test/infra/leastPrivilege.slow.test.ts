import { setBootFault } from "../../local/azure/compute/machines/bootFaults.ts";
import { type Estate, sampleTemplate } from "../../local/estate.ts";
import { type BuildState, isFinal } from "../../shared/build.ts";
import {
  appRoles,
  type RoleSpec,
  roleDefinitionId,
  roleDefinitionName,
  roleManagerRoles,
  roleSpec,
} from "../../shared/decide/permissions/roles.ts";
import type { Problem } from "../../shared/problem.ts";
import { isVerified, type Verification } from "../../shared/verification.ts";
import {
  makeDefinition,
  profiles,
  publish,
  seedVerification,
  share,
  type VerificationView,
  verifyGroup,
} from "../journeys/proving.ts";
import { approver, type Exchange, endStorage, startWorld, type TestWorld } from "../journeys/world.ts";

afterAll(endStorage);

const minutes = 60_000;
/** Longer than an edited role takes to work everywhere. */
const untilWithdrawn = 20 * minutes;

/** A service principal and a subscription that images may be shared with. */
const shareWith = ["99999999-0000-4000-8000-000000000001", "99999999-0000-4000-8000-000000000002"];

/** The usual estate, with everything beside the build subnet that a PUT of it repeats. */
async function startEstate(managedRoles = false): Promise<TestWorld> {
  const curation = (estate: Estate) => ({
    GOLDSMITH_CHANNELS: JSON.stringify({ canary: {} }),
    GOLDSMITH_KEEP: JSON.stringify([{ scope: estate.subscription, keepLast: 1, keepDays: 0 }]),
  });
  const world = await startWorld({
    managedRoles,
    shareWith,
    settings: (estate) => ({
      GOLDSMITH_FENCE: JSON.stringify({ scopes: [estate.subscription], shareWith }),
      ...profiles({ all: everything, windows: { password: { vaultId: vaultIn(estate) } } })(estate),
      ...curation(estate),
    }),
  });
  const { arm, estate } = world;
  const network = (type: string) => `${estate.networkGroup}/providers/Microsoft.Network/${type}/beside`;
  const beside = ["routeTables", "natGateways", "serviceEndpointPolicies"].map(network);
  for (const id of beside)
    expect((await arm("PUT", `${id}?api-version=2024-01-01`, { location: "westeurope" })).status).toBeLessThan(300);
  const [routeTable, natGateway, policy] = beside.map((id) => ({ id }));
  const read = () => arm("GET", `${estate.subnet}?api-version=2024-01-01`);
  const { properties } = (await read()).body as { properties: object };
  const more = { ...properties, routeTable, natGateway, serviceEndpointPolicies: [policy] };
  expect((await arm("PUT", `${estate.subnet}?api-version=2024-01-01`, { properties: more })).status).toBeLessThan(300);
  await world.clock.until(async () => JSON.stringify((await read()).body).includes('"provisioningState":"Succeeded"'));
  await forbidAccounts(world);
  return world;
}

const vaultIn = (estate: Estate) => `${verifyGroup(estate)}/providers/Microsoft.KeyVault/vaults/kv-verify`;

/** A policy of the network group, so that plans for a staging group there look for exemptions. */
async function forbidAccounts({ arm, estate }: TestWorld): Promise<void> {
  const policy = (at: string, type: string) => `${at}/providers/Microsoft.Authorization/${type}/noAccounts`;
  const definition = policy(estate.subscription, "policyDefinitions");
  // biome-ignore lint/suspicious/noThenProperty: that is what a rule's effect is called
  const policyRule = { if: { field: "type", equals: "Microsoft.Storage/storageAccounts" }, then: { effect: "deny" } };
  const version = "api-version=2023-04-01";
  expect((await arm("PUT", `${definition}?${version}`, { properties: { mode: "All", policyRule } })).status).toBe(201);
  const assignment = `${policy(estate.networkGroup, "policyAssignments")}?${version}`;
  expect((await arm("PUT", assignment, { properties: { policyDefinitionId: definition } })).status).toBe(201);
}

/** Takes one action out of a role of the app's (or puts the role back), and lets that work. */
async function setActions(
  { arm, estate, clock }: TestWorld,
  key: string,
  { actions, dataActions }: Rights,
): Promise<void> {
  const id = roleDefinitionId("local", estate.subscription.split("/")[2] ?? "", key);
  const properties = {
    roleName: roleDefinitionName("local", key),
    type: "CustomRole",
    assignableScopes: [estate.subscription],
    permissions: [{ actions, dataActions }],
  };
  expect((await arm("PUT", `${id}?api-version=2022-04-01`, { properties })).status).toBe(201);
  const end = clock.now() + untilWithdrawn;
  await clock.until(async () => clock.now() >= end);
}

type Rights = Pick<RoleSpec, "actions" | "dataActions">;

/** What the app was refused since the record had `from` lines. */
const refused = (world: TestWorld, from = 0): readonly Exchange[] =>
  world
    .record()
    .slice(from)
    .filter(({ caller, status }) => caller === "app" && status === 403);

/** A journey ends by itself, or with the first refusal, which is all that is asked. */
type Journey = (world: TestWorld, from: number) => Promise<unknown>;

async function ended(world: TestWorld, id: string, from: number): Promise<void> {
  await world.clock.until(async () => {
    if (refused(world, from).length > 0) return true;
    return isFinal((await world.call<{ state: BuildState }>("GET", `builds/${id}`)).body.state);
  });
}

/** A profile that needs every right there is for it: a network that comes and goes, and a script. */
const everything = { subnets: "temporary", scripts: [{ name: "smoke", text: "exit 0" }] };

async function verified(world: TestWorld, from: number): Promise<Problem | undefined> {
  await seedVerification(world);
  const image = await publish(world, "1.0.0");
  const shared = await share(world);
  const asked = [
    { image: shared, profile: "all", region: "westeurope" },
    { image, profile: "all", gate: true },
    { image, profile: "all", fault: { kind: "provisioningFails" as const } },
  ];
  for (const { fault, ...request } of asked) {
    setBootFault(world.azure.world, image, fault);
    const { id } = (await world.call<{ id: string }>("POST", "verifications", request)).body;
    let problem: Problem | undefined;
    await world.clock.until(async () => {
      if (refused(world, from).length > 0) return true;
      const { state, open, ...view } = (await world.call<Verification>("GET", `verifications/${id}`)).body;
      problem = view.problem;
      return isVerified(state) && !open;
    });
    // What it lacks where machines are to stand is seen before Azure refuses it.
    if (problem?.code === "ConsumerRightsMissing") return problem;
    if (refused(world, from).length > 0) return undefined;
  }
  return undefined;
}

const bodies = (estate: Estate) => {
  const sample = sampleTemplate(estate);
  const { properties } = sample;
  const from = (source: object) => ({ ...sample, properties: { ...properties, source } });
  const script = { type: "Shell", name: "s", scriptUri: "https://stscripts.blob.core.windows.net/scripts/setup.sh" };
  return [
    sample,
    from({ type: "SharedImageVersion", imageVersionId: `${estate.definition}/versions/latest` }),
    from({ type: "ManagedImage", imageId: `${estate.imagesGroup}/providers/Microsoft.Compute/images/base` }),
    { ...sample, properties: { ...properties, customize: [script] } },
    { ...sample, properties: { ...properties, stagingResourceGroup: estate.networkGroup } },
  ];
};

const plans: Journey = async ({ call, estate }) => {
  for (const body of bodies(estate))
    await call("POST", "plans", { template: { resourceGroupId: estate.imagesGroup, name: "planned", body } });
};

const appears: Journey = async (world, from) => {
  const { arm, estate } = world;
  await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
  const path = `builds?templateId=${encodeURIComponent(estate.template)}`;
  let id: string | undefined;
  await world.clock.until(async () => {
    id = (await world.call<{ value: { id: string }[] }>("GET", path)).body.value[0]?.id;
    return id !== undefined || refused(world, from).length > 0;
  });
  if (id) await ended(world, id, from);
};

const taken: Journey = async (world, from) => {
  await appears(world, from);
  const { id } = (await world.call<{ id: string }>("POST", "undo", { all: true }, approver)).body;
  await world.clock.until(
    async () =>
      refused(world, from).length > 0 ||
      (await world.call<{ state: string }>("GET", `undo/${id}`)).body.state === "done",
  );
};

async function started(world: TestWorld, name: string, from: number): Promise<string> {
  const { estate, call, clock } = world;
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  const { id } = (await call<{ id: string }>("POST", "builds", { template })).body;
  const state = async () => (await call<{ state: BuildState }>("GET", `builds/${id}`)).body.state;
  await clock.until(async () => {
    const now = await state();
    return now === "running" || isFinal(now) || refused(world, from).length > 0;
  });
  return id;
}

const cancelled: Journey = async (world, from) => {
  const id = await started(world, "cancelled", from);
  await world.call("POST", `builds/${id}/cancel`);
  await ended(world, id, from);
};

const borrowed: Journey = async (world, from) => {
  await appears(world, from);
  const order = { templateId: world.estate.template, grants: "justInTime" };
  const { id } = (await world.call<{ id: string }>("POST", "builds", order)).body;
  await ended(world, id, from);
};

const logged: Journey = async (world, from) => {
  const id = await started(world, "logged", from);
  const { clock } = world;
  const end = clock.now() + 10 * minutes;
  await clock.until(async () => clock.now() >= end);
  const { url, keys } = world.host;
  await (await fetch(`${url}/api/builds/${id}/log`, { headers: { "x-functions-key": keys.function } })).text();
};

const scheduled: Journey = async (world, from) => {
  const { arm, estate, clock, call } = world;
  const version = "api-version=2024-02-01";
  // Another journey may have left it.
  const { status } = await arm("PUT", `${estate.template}?${version}`, sampleTemplate(estate));
  expect([201, 409]).toContain(status);
  const wish = { templateId: estate.template, cron: "0 0 * * * *" };
  const { id } = (await call<{ id: string }>("PUT", "schedules", wish, approver)).body;
  const turns = async () => (await call<{ turns: object[] }>("GET", `schedules/${id}`)).body.turns.length;
  await clock.until(async () => (await turns()) > 0 || refused(world, from).length > 0);
};

/** A channel moved back, a version revoked and one removed: with every read that finds out who uses images. */
const curated: Journey = async (world, from) => {
  const { call, clock, estate } = world;
  const stops = () => refused(world, from).length > 0;
  const versions = [await publish(world, "0.9.0"), await publish(world, "0.9.1"), await publish(world, "0.9.2")];
  const wish = { definitionId: estate.definition, channel: "canary", version: "0.9.1", reason: "a test" };
  const { id } = (await call<{ id: string }>("POST", "channels", { ...wish, kind: "rollBack" })).body;
  const over = async (path: string, states: readonly string[]) =>
    clock.until(async () => stops() || states.includes((await call<{ state: string }>("GET", path)).body.state));
  await over(`channel-moves/${id}`, ["done", "refused", "failed"]);
  if (stops()) return undefined;
  const plan = await call<{ id: string; hash: string; plans: { blockers: string[]; remove: string[] }[] }>(
    "POST",
    "retention",
    { definitionIds: [estate.definition] },
  );
  const blockers = plan.body.plans?.flatMap((one) => one.blockers) ?? [];
  if (blockers.length > 0 || stops()) return blockers;
  expect(plan.body.plans[0]?.remove).toContain(versions[0]);
  await call("POST", `retention/${plan.body.id}/apply`, { hash: plan.body.hash }, approver);
  await over(`retention/${plan.body.id}`, ["applied"]);
  return undefined;
};

/** A Windows machine whose password a vault keeps. A vault is not ARM: what it refuses is told by the verification, in its end or its timeline. */
const passworded: Journey = async (world, from) => {
  const { arm, call, clock, estate } = world;
  await seedVerification(world);
  const location = "westeurope";
  const vault = { location, properties: { enableRbacAuthorization: true } };
  expect((await arm("PUT", `${vaultIn(estate)}?api-version=2023-07-01`, vault)).status).toBeLessThan(300);
  const definition = await makeDefinition(world, "windows-2025", "Windows");
  await clock.advance(minutes);
  const image = await publish(world, "1.0.0", { definition, osType: "Windows" });
  const { id } = (await call<{ id: string }>("POST", "verifications", { image, profile: "windows" })).body;
  let problem: Problem | undefined;
  await clock.until(async () => {
    const { state, open, timeline, ...view } = (await call<VerificationView>("GET", `verifications/${id}`)).body;
    problem = view.problem ?? timeline.find((line) => line.problem)?.problem;
    return refused(world, from).length > 0 || problem?.code === "VaultForbidden" || (isVerified(state) && !open);
  });
  return problem;
};

/** An image shared by role and a gallery directly, and both taken back. */
const shared: Journey = async (world, from) => {
  const { call, clock, estate } = world;
  const [principalId, subscriptionId] = shareWith;
  const stops = () => refused(world, from).length > 0;
  for (const whom of [{ principalId, principalType: "ServicePrincipal" }, { subscriptionId }]) {
    const wish = { imageId: estate.definition, with: whom };
    const { id } = (await call<{ id: string }>("POST", "shares", wish, approver)).body;
    const state = async () => (await call<{ state: string }>("GET", `shares/${id}`)).body.state;
    await clock.until(async () => stops() || (await state()) === "shared");
    if (stops()) return;
    await call("DELETE", `shares/${id}`, undefined, approver);
    await clock.until(async () => stops() || (await state()) === "removed");
    if (stops()) return;
  }
};

/** What people do with Goldsmith; the first ones tell of most rights, so they are tried first. */
const journeys = {
  plans,
  appears,
  taken,
  cancelled,
  borrowed,
  logged,
  scheduled,
  verified,
  passworded,
  curated,
  shared,
};
type Name = keyof typeof journeys;

/** The journey that a right is there for, where it is not planning (reading) or the building of a template (writing). */
const elsewhere: Readonly<Record<string, Name>> = {
  "Microsoft.Network/networkSecurityGroups/securityRules/read": "taken",
  "Microsoft.Network/virtualNetworks/subnets/read": "appears",
  "Microsoft.VirtualMachineImages/imageTemplates/runOutputs/read": "appears",
  "Microsoft.VirtualMachineImages/imageTemplates/triggers/read": "borrowed",
  "Microsoft.VirtualMachineImages/imageTemplates/cancel/action": "cancelled",
  "Microsoft.Network/networkSecurityGroups/securityRules/delete": "taken",
  "Microsoft.Authorization/roleAssignments/delete": "taken",
  "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read": "scheduled",
  "Microsoft.Compute/locations/sharedGalleries/images/read": "verified",
  "Microsoft.Compute/locations/sharedGalleries/images/versions/read": "verified",
  "Microsoft.Compute/skus/read": "verified",
  "Microsoft.ContainerInstance/containerGroups/read": "logged",
  "Microsoft.ContainerInstance/containerGroups/containers/logs/read": "logged",
};

// The registrar's role is held only where GOLDSMITH_REGISTER_PROVIDERS is true, which it is on no journey here.
const rolesOnJourneys = appRoles.filter(({ key }) => key !== "appRegistrar");
// What a build's log is read with is held under a condition, and tried by the tests of logs.
const rights = rolesOnJourneys.flatMap(({ key, actions, dataActions }) =>
  [...actions, ...(key === "appPasswordKeeper" ? dataActions : [])].map((action) => {
    const proving = key === "appVerifier" || key === "appGatekeeper";
    const curating = key === "appCurator" || key === "appUsageReader";
    if (key === "appPasswordKeeper") return { key, action, journey: "passworded" as const };
    if (/^app(Gallery)?Sharer$/.test(key)) return { key, action, journey: "shared" as const };
    const usual: Name = proving ? "verified" : curating ? "curated" : key === "appReader" ? "plans" : "appears";
    return { key, action, journey: elsewhere[action] ?? usual };
  }),
);

test("with all its rights the app is refused nothing, on any journey", async () => {
  const world = await startEstate();
  try {
    for (const journey of Object.values(journeys)) await journey(world, 0);
    expect(refused(world)).toEqual([]);
    // Or the journeys would tell nothing: each left its mark.
    const done = world.record().filter(({ caller }) => caller === "app");
    const marks = [
      /POST .*\/run\b/,
      /POST .*\/cancel\b/,
      /DELETE .*roleAssignments/,
      /DELETE .*securityRules/,
      /GET .*\/triggers/,
      /POST .*\/share\?/,
    ];
    for (const mark of marks)
      expect(done.some(({ method, url, status }) => mark.test(`${method} ${url}`) && status < 300)).toBe(true);
  } finally {
    await world.stop();
  }
});

/** A role must allow something. */
const harmless = ["Microsoft.Resources/subscriptions/read"];

function without(key: string, action: string): Rights {
  const role = roleSpec(key);
  const rest = (all: readonly string[]) => all.filter((one) => one !== action);
  const actions = rest(role.actions);
  return { actions: actions.length > 0 ? actions : harmless, dataActions: rest(role.dataActions) };
}

/** Here every role is held at the subscription; in a deployment each is only where it is for. */
const rolesWith = (action: string) =>
  rolesOnJourneys.filter(({ actions }) => actions.includes(action)).map(({ key }) => key);

describe("every right of the app is needed", () => {
  let shared: TestWorld;
  beforeAll(async () => {
    shared = await startEstate();
  });
  afterAll(() => shared.stop());

  // A plan changes nothing, so one world serves for all.
  test.each(rights.filter(({ journey }) => journey === "plans"))(
    "$key: without $action plans are refused",
    async ({ key, action }) => {
      await setActions(shared, key, without(key, action));
      const from = shared.record().length;
      await plans(shared, from);
      expect(refused(shared, from)[0]).toMatchObject({ status: 403, caller: "app" });
    },
  );

  // A list hides what may not be read: the right is missed by the plan, which then removes nothing.
  test.each(rights.filter(({ journey }) => journey === "curated"))(
    "$key: without $action nothing is removed",
    async ({ key, action }) => {
      const world = await startEstate();
      try {
        for (const role of rolesWith(action)) await setActions(world, role, without(role, action));
        const blockers = await curated(world, world.record().length);
        if (key === "appUsageReader") expect(blockers).not.toEqual([]);
        else expect(refused(world)[0]).toMatchObject({ status: 403, caller: "app" });
      } finally {
        await world.stop();
      }
    },
  );

  // What a verification makes is gone when it has ended, or is swept once the right is there again.
  test.each(rights.filter(({ journey }) => journey === "verified"))(
    "$key: without $action verifications are refused",
    async ({ action }) => {
      for (const role of rolesWith(action)) await setActions(shared, role, without(role, action));
      const from = shared.record().length;
      const problem = await verified(shared, from);
      for (const role of rolesWith(action)) await setActions(shared, role, roleSpec(role));
      if (problem) expect(problem.detail).toContain(action);
      else expect(refused(shared, from)[0]).toMatchObject({ status: 403, caller: "app" });
    },
  );

  test.each(rights.filter(({ journey }) => journey === "passworded"))(
    "$key: without $action no password is kept, or none is removed",
    async ({ key, action }) => {
      await setActions(shared, key, without(key, action));
      const from = shared.record().length;
      const problem = (await passworded(shared, from)) as Problem | undefined;
      await setActions(shared, key, roleSpec(key));
      if (refused(shared, from).length === 0) expect(problem).toMatchObject({ code: "VaultForbidden" });
    },
  );

  test.each(rights.filter(({ journey }) => !["plans", "verified", "passworded", "curated"].includes(journey)))(
    "$key: without $action the journey $journey is refused",
    async ({ key, action, journey }) => {
      const world = await startEstate();
      try {
        await setActions(world, key, without(key, action));
        await journeys[journey](world, 0);
        expect(refused(world)[0]).toMatchObject({ status: 403, caller: "app" });
      } finally {
        await world.stop();
      }
    },
  );
});

/** Of the second identity, which is there only where roles are managed; it writes a role before the first grant of it. */
describe("every right of the second identity is needed", () => {
  const everyRight = roleManagerRoles.flatMap(({ key, actions }) => actions.map((action) => ({ key, action })));

  /** What became of a build whose roles are not there yet, and what the second identity was answered meanwhile. */
  const built = async (world: TestWorld) => {
    const { estate, call, record, azure } = world;
    const template = { resourceGroupId: estate.imagesGroup, name: "managed", body: sampleTemplate(estate) };
    const build = await world.built((await call<{ id: string }>("POST", "builds", { template })).body.id);
    const manager = azure.settings.roleManager?.principalId;
    return { build, answers: record().flatMap(({ caller, status }) => (caller === manager ? [status] : [])) };
  };

  test("with all of them it is refused nothing", async () => {
    const world = await startEstate(true);
    try {
      const { build, answers } = await built(world);
      expect(build.state).toBe("succeeded");
      expect(new Set(answers)).toEqual(new Set([201]));
    } finally {
      await world.stop();
    }
  });

  test.each(everyRight)("$key: without $action nothing is granted, and the build says why", async ({ key, action }) => {
    const world = await startEstate(true);
    try {
      await setActions(world, key, without(key, action));
      const { build, answers } = await built(world);
      expect(answers).toContain(403);
      expect(answers).not.toContain(201);
      expect(build).toMatchObject({ state: "refused", problem: { code: "AuthorizationFailed", action } });
      const granted = world.record().filter(({ method, url }) => method === "PUT" && /roleAssignments/.test(url));
      expect(granted.filter(({ caller }) => caller === "app")).toEqual([]);
    } finally {
      await world.stop();
    }
  });
});
