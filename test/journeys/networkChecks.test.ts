import { sampleTemplate } from "../../local/estate.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
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
    const unknown = (await planned(world, "closed-plan", body)).blockers;
    expect(unknown).toEqual([expect.objectContaining({ code: "StorageEndpointMissing", scope: at("containers") })]);
    expect(await builtByHand(world, "unknown", body)).toMatch(/Downloading external file/);
    const subnet = (await world.arm("GET", `${at("containers")}?${networkVersion}`)).body as { properties: object };
    const serviceEndpoints = [{ service: "Microsoft.Storage" }];
    await put(world, at("containers"), { properties: { ...subnet.properties, serviceEndpoints } });
    await pass(world, minute);
    expect((await planned(world, "closed-plan", body)).blockers).toEqual([]);
    // The account is reached; that the identity may not read the blob is another matter.
    expect(await builtByHand(world, "open", body)).toMatch(/Not authorized to access the resource/);
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

describe("policies on what the service deploys", () => {
  const authorization = "providers/Microsoft.Authorization";
  const storage = "Microsoft.Storage/storageAccounts";
  const is = (field: string, equals: string) => ({ field, equals });
  const isNot = (field: string, notEquals: string | boolean) => ({ field, notEquals });
  const both = (...allOf: object[]) => ({ allOf });
  const sharedKey = both(is("type", storage), isNot(`${storage}/allowSharedKeyAccess`, "false"));
  const publicNetwork = both(is("type", storage), isNot(`${storage}/publicNetworkAccess`, "Disabled"));

  const deny = { effect: "deny" };

  /** The platform team defines a policy and assigns it to the subscription. */
  async function assigned(world: TestWorld, name: string, condition: object, effect: object = deny): Promise<string> {
    // biome-ignore lint/suspicious/noThenProperty: that is what a rule's effect is called
    const policyRule = { if: condition, then: effect };
    const { subscription } = world.estate;
    const definition = `${subscription}/${authorization}/policyDefinitions/${name}`;
    const assignment = `${subscription}/${authorization}/policyAssignments/${name}`;
    await put(world, definition, { properties: { mode: "All", policyRule } }, "api-version=2023-04-01");
    await put(world, assignment, { properties: { policyDefinitionId: definition } }, "api-version=2023-04-01");
    return assignment;
  }

  let world: TestWorld;
  beforeAll(async () => {
    world = await startQuiet();
    await allowAll(world);
  }, 60_000);
  afterAll(() => world.stop());
  let assignment: string;
  afterEach(async () => {
    await world.arm("DELETE", `${assignment}?api-version=2023-04-01`);
    await pass(world, 6 * minute);
  });

  const denied: [name: string, condition: object][] = [
    ["shared keys", sharedKey],
    ["public network", publicNetwork],
    ["container groups", is("type", "Microsoft.ContainerInstance/containerGroups")],
    ["virtual machines", is("type", "Microsoft.Compute/virtualMachines")],
    [
      "groups without an owner",
      both(is("type", "Microsoft.Resources/subscriptions/resourceGroups"), { field: "tags['owner']", exists: "false" }),
    ],
  ];

  test.each(denied)("%s denied: by hand it fails; Goldsmith says so before, with the fix", async (about, condition) => {
    const name = `deny-${about.replaceAll(" ", "-")}`;
    assignment = await assigned(world, name, condition);
    const byHand = await builtByHand(world, name, bodyWith(world, {}));
    expect(byHand).toMatch(/disallowed by policy/);
    const { blockers } = await planned(world, `${name}-plan`, bodyWith(world, {}));
    expect(blockers).toEqual([expect.objectContaining({ code: "PolicyForbidsStaging" })]);
    expect(blockers[0]?.detail).toContain(assignment);
    expect(blockers[0]?.fix?.join(" ")).toMatch(/stagingResourceGroup.*az policy exemption create/);
  });

  test("an own staging group that is exempt, as the fix says, builds", async () => {
    assignment = await assigned(world, "deny-keys", sharedKey);
    const { estate } = world;
    const staging = `${estate.subscription}/resourceGroups/rg-staging`;
    await put(world, staging, { location: "westeurope" }, "api-version=2024-03-01");
    const body = bodyWith(world, {}, { stagingResourceGroup: staging });
    expect((await planned(world, "exempt", body)).blockers.map(({ code }) => code)).toEqual(["PolicyForbidsStaging"]);
    const exemption = `${staging}/${authorization}/policyExemptions/goldsmith-staging`;
    const properties = { policyAssignmentId: assignment, exemptionCategory: "Waiver" };
    await put(world, exemption, { properties }, "api-version=2022-07-01-preview");
    expect((await planned(world, "exempt", body)).blockers).toEqual([]);
    expect(await builtByHand(world, "exempt", body)).toMatch(/^Succeeded/);
  });

  test("keys switched off by a modifying policy are a warning: the service cannot work with the account", async () => {
    const roleDefinitionIds = [
      "/providers/Microsoft.Authorization/roleDefinitions/17d1049b-9a84-46fb-8f53-869881c3d3ab",
    ];
    const operations = [{ operation: "addOrReplace", field: `${storage}/allowSharedKeyAccess`, value: false }];
    const modify = { effect: "modify", details: { roleDefinitionIds, operations } };
    assignment = await assigned(world, "keys-off", sharedKey, modify);
    expect(await builtByHand(world, "keys-off", bodyWith(world, {}))).toMatch(
      /Key based authentication is not permitted/,
    );
    const { blockers, warnings } = await planned(world, "keys-off-plan", bodyWith(world, {}));
    expect(blockers).toEqual([]);
    const warned = warnings.find(({ code }) => code === "PolicyChangesStaging");
    expect(warned?.detail).toMatch(/allowSharedKeyAccess to false/i);
  });

  test("a denied vault stands only in the way of Windows, whose certificate it keeps", async () => {
    const vault = "Microsoft.KeyVault/vaults";
    const condition = both(is("type", vault), isNot(`${vault}/publicNetworkAccess`, "Disabled"));
    assignment = await assigned(world, "vaults", condition);
    const linux = await planned(world, "vault-linux", bodyWith(world, {}));
    expect(linux.blockers).toEqual([]);
    expect(linux.warnings.map(({ code }) => code)).toContain("PolicyForbidsStaging");
    expect(await builtByHand(world, "vault-linux", bodyWith(world, {}))).toMatch(/^Succeeded/);
    const source = {
      type: "PlatformImage",
      publisher: "MicrosoftWindowsServer",
      offer: "WindowsServer",
      sku: "2022-datacenter-azure-edition",
      version: "latest",
    };
    const distribute = [{ type: "VHD", runOutputName: "disk" }];
    const body = bodyWith(world, {}, { source, distribute, customize: [] });
    expect((await planned(world, "vault-windows", body)).blockers.map(({ code }) => code)).toEqual([
      "PolicyForbidsStaging",
    ]);
    expect(await builtByHand(world, "vault-windows", body)).toMatch(/disallowed by policy/);
  });
});
