import { sampleTemplate } from "../../local/estate.ts";
import type { Plan } from "../../shared/decide/plan.ts";
import { endStorage, startWorld, type TestWorld, type WorldOptions } from "./world.ts";

afterAll(endStorage);

const networkVersion = "api-version=2024-01-01";
const templateVersion = "api-version=2024-02-01";
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const minute = 60_000;

let watched: string | undefined;

/** A world whose Goldsmith builds only what it is asked to: it watches a group without templates, whose id only a world can tell. */
async function startQuiet(
  settings: Record<string, string> = {},
  switches: WorldOptions["switches"] = {},
): Promise<TestWorld> {
  if (watched === undefined) {
    const first = await startWorld();
    watched = first.estate.networkGroup;
    await first.stop();
  }
  return startWorld({ settings: { GOLDSMITH_WATCH: watched, ...settings }, switches });
}

interface Vnet {
  readonly subnetId?: string;
  readonly containerInstanceSubnetId?: string;
  readonly proxyVmSize?: string;
}

const bodyWith = ({ estate }: TestWorld, vnetConfig: Vnet, more: object = {}) => {
  const sample = sampleTemplate(estate);
  const vmProfile = { ...sample.properties.vmProfile, vnetConfig };
  return { ...sample, properties: { ...sample.properties, ...more, vmProfile } };
};

const networkOf = ({ estate }: TestWorld, name: string) =>
  `${estate.networkGroup}/providers/Microsoft.Network/virtualNetworks/${name}`;
const templateOf = ({ estate }: TestWorld, name: string) => estate.template.replace(/[^/]+$/, name);

async function pass({ clock }: TestWorld, ms: number): Promise<void> {
  const end = clock.now() + ms;
  await clock.until(async () => clock.now() >= end);
}

async function put(world: TestWorld, id: string, body: object, version = networkVersion): Promise<void> {
  const { status, body: answer } = await world.arm("PUT", `${id}?${version}`, body);
  if (status >= 300) throw new Error(`${id}: ${status} ${JSON.stringify(answer)}`);
}

/** The identity may do everything, so that nothing but the network stands in the way. */
async function allowAll(world: TestWorld): Promise<void> {
  const { arm, estate } = world;
  const { body } = await arm("GET", `${estate.identity}?api-version=2023-01-31`);
  const { principalId } = (body as { properties: { principalId: string } }).properties;
  const definitions = `${estate.subscription}/providers/Microsoft.Authorization/roleDefinitions`;
  const name = "aaaaaaaa-0000-4000-8000-000000000001";
  const properties = {
    principalId,
    principalType: "ServicePrincipal",
    roleDefinitionId: `${definitions}/${contributor}`,
  };
  const at = `${estate.subscription}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  await put(world, at, { properties }, "api-version=2022-04-01");
  await pass(world, 10 * minute);
}

interface Standing {
  readonly properties: {
    readonly provisioningState: string;
    readonly provisioningError?: { readonly provisioningErrorCode: string; readonly message: string };
    readonly lastRunStatus?: { readonly runState: string; readonly message?: string };
  };
}

/** Somebody writes a template and runs it by hand, without Goldsmith; what the service makes of it. */
async function builtByHand(world: TestWorld, name: string, body: object): Promise<string> {
  const { arm, clock } = world;
  const id = templateOf(world, name);
  await put(world, id, body, templateVersion);
  const read = async () => ((await arm("GET", `${id}?${templateVersion}`)).body as Standing).properties;
  await clock.until(async () => (await read()).provisioningState !== "Creating");
  const { provisioningError } = await read();
  if (provisioningError) return `Refused: ${provisioningError.message}`;
  expect((await arm("POST", `${id}/run?${templateVersion}`)).status).toBeLessThan(300);
  await clock.until(async () => !["Running", undefined].includes((await read()).lastRunStatus?.runState));
  const { runState, message } = (await read()).lastRunStatus ?? { runState: "" };
  return `${runState}: ${message ?? ""}`;
}

/** The same template, asked of Goldsmith. */
async function builtByGoldsmith(world: TestWorld, name: string) {
  const asked = await world.call<{ id: string }>("POST", "builds", { templateId: templateOf(world, name) });
  expect(asked.status).toBe(202);
  return world.built(asked.body.id);
}

async function planned(world: TestWorld, name: string, body: object): Promise<Plan> {
  const template = { resourceGroupId: world.estate.imagesGroup, name, body };
  const answer = await world.call<Plan>("POST", "plans", { template });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

const aci = [{ name: "aci", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
const web = [{ name: "web", properties: { serviceName: "Microsoft.Web/serverFarms" } }];
const open = { privateLinkServiceNetworkPolicies: "Disabled" };

/** A VNet with one subnet for every mistake, and one in another region. */
async function seedMistakes(world: TestWorld): Promise<void> {
  const { estate } = world;
  const table = (name: string) => `${estate.networkGroup}/providers/Microsoft.Network/routeTables/${name}`;
  const route = (nextHopType: string) => ({
    location: "westeurope",
    properties: { routes: [{ name: "default", properties: { addressPrefix: "0.0.0.0/0", nextHopType } }] },
  });
  await put(world, table("swallows"), route("None"));
  await put(world, table("firewall"), route("VirtualAppliance"));
  const subnet = (name: string, addressPrefix: string, more: object = {}) => ({
    name,
    properties: { addressPrefix, ...more },
  });
  const subnets = [
    subnet("plain", "10.40.1.0/24"),
    subnet("containers", "10.40.2.0/24"),
    subnet("build", "10.40.3.0/24"),
    subnet("tiny", "10.40.4.0/29", open),
    subnet("taken", "10.40.5.0/24", { delegations: web }),
    subnet("swallowed", "10.40.6.0/24", { delegations: aci, routeTable: { id: table("swallows") } }),
    subnet("private", "10.40.7.0/24", { delegations: aci, defaultOutboundAccess: false }),
    subnet("firewalled", "10.40.8.0/24", { delegations: aci, routeTable: { id: table("firewall") } }),
  ];
  const network = (location: string, prefix: string, subnets: object[]) => ({
    location,
    properties: { addressSpace: { addressPrefixes: [prefix] }, subnets },
  });
  await put(world, networkOf(world, "checks"), network("westeurope", "10.40.0.0/16", subnets));
  const north = network("northeurope", "10.50.0.0/16", [subnet("build", "10.50.1.0/24", open)]);
  await put(world, networkOf(world, "north"), north);
  await pass(world, minute);
}

describe("a network that a build would fail in", () => {
  let world: TestWorld;
  const at = (name: string, network = "checks") => `${networkOf(world, network)}/subnets/${name}`;
  beforeAll(async () => {
    world = await startQuiet();
    await allowAll(world);
    await seedMistakes(world);
  }, 60_000);
  afterAll(() => world.stop());

  type Mistake = [name: string, network: () => Vnet, fails: RegExp, code: string, fix: RegExp];
  const withContainers = (name: string): Vnet => ({ subnetId: at("build"), containerInstanceSubnetId: at(name) });
  const refusedBefore: Mistake[] = [
    ["region", () => ({ subnetId: at("build", "north") }), /same region/, "RegionMismatch", /template's region/],
    ["missing-subnet", () => ({ subnetId: at("none") }), /was not found/, "SubnetNotFound", /Create the subnet/],
    [
      "missing-network",
      () => ({ subnetId: at("build", "none") }),
      /was not found/,
      "VirtualNetworkNotFound",
      /Create the virtual network/,
    ],
    ["full", () => ({ subnetId: at("tiny") }), /enough capacity/, "SubnetFull", /Add a prefix/],
    ["delegated", () => ({ subnetId: at("taken") }), /is delegated to/, "InvalidTopology", /without delegation/],
    ["swallowed", () => withContainers("swallowed"), /context deadline exceeded/, "NoWayOut", /next hop/],
    ["private", () => withContainers("private"), /context deadline exceeded/, "NoWayOut", /NAT gateway/],
  ];

  test.each(refusedBefore)(
    "%s: by hand the build fails; Goldsmith says so before, with the fix",
    async (...mistake) => {
      const [name, network, fails, code, fix] = mistake;
      const byHand = await builtByHand(world, name, bodyWith(world, network()));
      expect(byHand).toMatch(/^Failed/);
      expect(byHand).toMatch(fails);
      const runs = () => world.record().filter(({ url, caller }) => caller === "app" && /\/run\?/.test(url)).length;
      const before = runs();
      const build = await builtByGoldsmith(world, name);
      expect(build).toMatchObject({ state: "refused", problem: { code } });
      expect(build.problem?.fix?.join(" ")).toMatch(fix);
      expect(runs()).toBe(before);
    },
  );

  const mended: [name: string, network: () => Vnet, fails: RegExp, change: string][] = [
    ["policy", () => ({ subnetId: at("plain") }), /network policies enabled/, "setSubnetPolicy"],
    ["delegation", () => withContainers("containers"), /requires any of the following delegation/, "delegateSubnet"],
  ];

  test.each(mended)("%s: by hand the build fails; with Goldsmith's one change it succeeds", async (...mistake) => {
    const [name, network, fails, kind] = mistake;
    expect(await builtByHand(world, name, bodyWith(world, network()))).toMatch(fails);
    const build = await builtByGoldsmith(world, name);
    expect(build).toMatchObject({ state: "succeeded" });
    const changes = build.plan?.changes.filter((change) => change.kind !== "assignRole");
    expect(changes).toEqual([expect.objectContaining({ kind })]);
  });

  test("a default route through a firewall is a warning: whether it lets the build through cannot be read", async () => {
    const plan = await planned(world, "firewalled", bodyWith(world, withContainers("firewalled")));
    expect(plan.blockers).toEqual([]);
    expect(plan.warnings).toContainEqual(expect.objectContaining({ code: "OutboundUnclear", scope: at("firewalled") }));
  });

  const invalid: [name: string, network: () => Vnet, pointer: string][] = [
    ["a container subnet alone", () => ({ containerInstanceSubnetId: at("containers") }), "containerInstanceSubnetId"],
    [
      "a proxy beside a container subnet",
      () => ({ ...withContainers("containers"), proxyVmSize: "Standard_A1_v2" }),
      "proxyVmSize",
    ],
    ["one subnet for both", () => withContainers("build"), "containerInstanceSubnetId"],
    [
      "subnets of two networks",
      () => ({ subnetId: at("build"), containerInstanceSubnetId: at("build", "north") }),
      "containerInstanceSubnetId",
    ],
  ];

  test.each(invalid)("%s: the service refuses the template; the plan names the field", async (name, network, field) => {
    const body = bodyWith(world, network());
    const id = templateOf(world, `invalid-${name.replaceAll(" ", "-")}`);
    expect((await world.arm("PUT", `${id}?${templateVersion}`, body)).status).toBe(400);
    const { blockers } = await planned(world, "invalid", body);
    const pointers = blockers
      .filter(({ code }) => code === "InvalidTopology")
      .flatMap(({ errors = [] }) => errors.map(({ pointer }) => pointer));
    expect(pointers).toContain(`/properties/vmProfile/vnetConfig/${field}`);
  });

  test("a storage account that lets nobody in: the service cannot fetch the script; the plan says how it could", async () => {
    const id = `${world.estate.imagesGroup}/providers/Microsoft.Storage/storageAccounts/stclosed`;
    const scriptUri = "https://stclosed.blob.core.windows.net/scripts/setup.sh";
    const customize = [{ type: "Shell", name: "s", scriptUri }];
    const rules = (...ids: string[]) => ({
      location: "westeurope",
      properties: { networkAcls: { defaultAction: "Deny", virtualNetworkRules: ids.map((one) => ({ id: one })) } },
    });
    await put(world, id, rules(), "api-version=2023-05-01");
    const body = bodyWith(world, withContainers("containers"), { customize });
    expect(await builtByHand(world, "closed", body)).toMatch(/Downloading external file/);
    const closed = (await planned(world, "closed-plan", body)).blockers;
    expect(closed).toEqual([expect.objectContaining({ code: "StorageFirewall", scope: id })]);
    await put(world, id, rules(at("containers")), "api-version=2023-05-01");
    expect((await planned(world, "closed-plan", body)).blockers).toEqual([]);
  });

  test("an own staging group that is not empty is refused before the service refuses it", async () => {
    const stagingResourceGroup = world.estate.networkGroup;
    const body = bodyWith(world, withContainers("containers"), { stagingResourceGroup });
    const { blockers } = await planned(world, "staged", body);
    expect(blockers.map(({ code }) => code)).toContain("StagingGroupNotEmpty");
  });

  test("a DDoS protection plan on the network is joined by a right of its own", async () => {
    const plan = `${world.estate.networkGroup}/providers/Microsoft.Network/ddosProtectionPlans/shield`;
    const id = networkOf(world, "shielded");
    const subnets = [{ name: "build", properties: { addressPrefix: "10.60.1.0/24", ...open } }];
    const properties = {
      addressSpace: { addressPrefixes: ["10.60.0.0/16"] },
      subnets,
      ddosProtectionPlan: { id: plan },
    };
    await put(world, id, { location: "westeurope", properties });
    await pass(world, minute);
    const { requirements } = await planned(world, "shielded", bodyWith(world, { subnetId: at("build", "shielded") }));
    expect(requirements).toContainEqual(
      expect.objectContaining({ scope: plan, actions: ["Microsoft.Network/ddosProtectionPlans/join/action"] }),
    );
  });
});

describe("a provider that is not registered", () => {
  const namespace = "Microsoft.ContainerInstance";
  const unregistered = async (settings: Record<string, string>) => {
    const world = await startQuiet(settings);
    await allowAll(world);
    const path = `${world.estate.subscription}/providers/${namespace}`;
    expect((await world.arm("POST", `${path}/unregister?api-version=2021-04-01`)).status).toBe(200);
    await pass(world, 5 * minute);
    return world;
  };

  test("by hand the build fails; Goldsmith refuses it with the command, unless it may register", async () => {
    const world = await unregistered({});
    try {
      const byHand = await builtByHand(world, "provider", bodyWith(world, {}));
      expect(byHand).toMatch(/^Failed: Azure Container Instances provider not registered/);
      const build = await builtByGoldsmith(world, "provider");
      expect(build).toMatchObject({ state: "refused", problem: { code: "ProviderNotRegistered" } });
      expect(build.problem?.fix?.[0]).toContain(`az provider register --namespace ${namespace}`);
    } finally {
      await world.stop();
    }
  });

  test("is registered by Goldsmith where it may, by a right of its own, and the build succeeds", async () => {
    const world = await unregistered({ GOLDSMITH_REGISTER_PROVIDERS: "true" });
    try {
      expect(await builtByHand(world, "provider", bodyWith(world, {}))).toMatch(/^Failed/);
      expect(await builtByGoldsmith(world, "provider")).toMatchObject({ state: "succeeded" });
      const registered = world.record().filter(({ caller, url }) => caller === "app" && /\/register\?/.test(url));
      expect(registered.map(({ status }) => status)).toEqual([200]);
    } finally {
      await world.stop();
    }
  });
});

describe("container cores that are used up", () => {
  test("the second build at a time would fail; the plan warns of it while the first one runs", async () => {
    const world = await startQuiet({}, { containerCores: 4 });
    try {
      await allowAll(world);
      const { arm, clock } = world;
      const codes = async () => (await planned(world, "second", bodyWith(world, {}))).warnings.map(({ code }) => code);
      expect(await codes()).not.toContain("ContainerQuota");
      const first = templateOf(world, "first");
      await put(world, first, bodyWith(world, {}), templateVersion);
      const read = async () => ((await arm("GET", `${first}?${templateVersion}`)).body as Standing).properties;
      await clock.until(async () => (await read()).provisioningState === "Succeeded");
      await arm("POST", `${first}/run?${templateVersion}`);
      await pass(world, 5 * minute);
      expect(await codes()).toContain("ContainerQuota");
      expect(await builtByHand(world, "second", bodyWith(world, {}))).toMatch(/quota exceeded/);
    } finally {
      await world.stop();
    }
  });
});
