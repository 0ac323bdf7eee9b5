import { defaultSwitches } from "../../../local/azure/switches.ts";
import { guid } from "../../../shared/decide/guid.ts";
import { matchesAction } from "../../../shared/decide/permissions/grants.ts";
import { roleDefinitionId, templateRoles } from "../../../shared/decide/permissions/roles.ts";
import type { Change } from "../../../shared/decide/planning/plan.ts";
import { contentHash } from "../../../shared/decide/template/contentHash.ts";
import { type Cloud, startCloud } from "./support/emulator.ts";
import { buildEstate, type Estate } from "./support/estate.ts";
import { faultOf, refusal } from "./support/refusal.ts";

let cloud: Cloud;
let estate: Estate;
const subscriptionId = () => cloud.emulator.settings.subscriptionId;
const roleIds = () => templateRoles.map((role) => roleDefinitionId("local", subscriptionId(), role.key));

beforeAll(async () => {
  const registeredProviders = defaultSwitches.registeredProviders.filter((name) => name !== "Microsoft.EventGrid");
  cloud = await startCloud({ registeredProviders });
  estate = await buildEstate(cloud);
});
afterAll(() => cloud.stop());

const assign = (roleKey: string, scope: string): Extract<Change, { kind: "assignRole" }> => {
  const roleDefinition = roleDefinitionId("local", subscriptionId(), roleKey);
  const name = guid(scope.toLowerCase(), estate.principalId, roleKey);
  return {
    kind: "assignRole",
    name,
    scope,
    principalId: estate.principalId,
    roleDefinitionId: roleDefinition,
    roleKey,
    requirements: [],
  };
};

it("reads all facts of a template with the app's own rights, in few requests", async () => {
  const withNetwork = {
    ...estate.body,
    properties: { ...estate.body.properties, vmProfile: { vnetConfig: { subnetId: estate.subnet } } },
  };
  let requests = 0;
  const facts = await cloud.azure.traced(
    () => cloud.azure.readFacts({ id: estate.template, exists: false, body: withNetwork }, roleIds()),
    (notes) => {
      requests = notes.length;
    },
  );
  expect(facts.unread).toEqual([]);
  expect(facts.identity).toMatchObject({ id: estate.identity, principalId: estate.principalId });
  expect(facts.grants).toEqual([]);
  expect(Object.keys(facts.roles)).toHaveLength(templateRoles.length);
  expect(facts.targets[estate.definition.toLowerCase()]).toMatchObject({ exists: true, osType: "Linux" });
  expect(facts.targets[estate.gallery.toLowerCase()]?.tags).toEqual({ owner: "images" });
  expect(facts.subnets[estate.subnet.toLowerCase()]).toMatchObject({
    prefixes: ["10.0.1.0/24"],
    privateLinkServiceNetworkPolicies: "Enabled",
    nsg: {
      rules: expect.arrayContaining([
        expect.objectContaining({ name: "deny-all" }),
        expect.objectContaining({ name: "DenyAllInBound" }),
      ]),
    },
  });
  expect(facts.providers["Microsoft.VirtualMachineImages"]).toBeDefined();
  // Identity, assignments, definitions, gallery chain, network, providers, other templates, the region's container cores, and five questions about policies.
  expect(facts.identityUses).toEqual([]);
  expect(Object.values(facts.assignmentCounts ?? {})).toEqual([expect.any(Number)]);
  expect(requests).toBeLessThanOrEqual(18);
});

it("assigns a role once, however often it is asked, and sees it stand", async () => {
  const change = assign("galleryPublisher", estate.gallery);
  expect(await cloud.azure.assignRole(change, "for the test")).toBe("made");
  await cloud.until(() => cloud.azure.changeStands(change));
  expect(await cloud.azure.assignRole(change, "for the test")).toBe("made");
  expect(await cloud.azure.readGrant(estate.gallery, change.name)).toMatchObject({
    principalId: estate.principalId,
    description: "for the test",
  });
  const twin = { ...change, name: guid("another", "name") };
  await cloud.until(async () => (await cloud.azure.assignRole(twin, "").catch(() => "not seen")) === "stood");
  expect(await cloud.azure.changeStands(twin)).toBe(true);
  const facts = await cloud.azure.readFacts({ id: estate.template, exists: false, body: estate.body }, roleIds());
  expect(facts.grants.map((grant) => grant.scope.toLowerCase())).toEqual([estate.gallery.toLowerCase()]);
});

it("is refused a role that the app's own condition does not let it give", async () => {
  const contributor = assign("contributor", estate.group);
  const problem = await refusal(cloud.azure.assignRole(contributor, ""));
  expect(problem).toMatchObject({
    code: "AuthorizationFailed",
    status: 403,
    principalId: cloud.emulator.settings.app.principalId,
  });
  expect(matchesAction(problem.action ?? "", "Microsoft.Authorization/roleAssignments/write")).toBe(true);
});

it("reads the definitions that were deployed", async () => {
  const [first] = templateRoles;
  const role = await cloud.azure.readRole(roleDefinitionId("local", subscriptionId(), first!.key));
  expect([...(role?.actions ?? [])].sort()).toEqual([...first!.actions].sort());
  expect(
    await cloud.azure.readRole(
      `${cloud.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid("none")}`,
    ),
  ).toBeUndefined();
});

it("changes the subnet's policy and nothing else, once", async () => {
  const change = {
    kind: "setSubnetPolicy",
    subnetId: estate.subnet,
    property: "privateLinkServiceNetworkPolicies",
    value: "Disabled",
    was: "Enabled",
  } as const;
  const before = await cloud.azure.readSubnet(estate.subnet);
  expect(await cloud.azure.changeStands(change)).toBe(false);
  expect(await cloud.azure.changeSubnet(change)).toBe("started");
  await cloud.until(() => cloud.azure.changeStands(change));
  expect(await cloud.azure.changeSubnet(change)).toBe("stood");
  const after = await cloud.azure.readSubnet(estate.subnet);
  expect(after).toEqual({ ...before, privateLinkServiceNetworkPolicies: "Disabled", etag: after?.etag });
});

it("adds a security rule once", async () => {
  const change: Extract<Change, { kind: "addSecurityRule" }> = {
    kind: "addSecurityRule",
    nsgId: estate.nsg,
    rule: {
      name: "Goldsmith-probe-60000-60001",
      description: "Goldsmith: probes.",
      priority: 3999,
      direction: "Inbound",
      access: "Allow",
      protocol: "Tcp",
      sourceAddressPrefix: "AzureLoadBalancer",
      sourcePortRange: "*",
      destinationAddressPrefix: "VirtualNetwork",
      destinationPortRange: "60000-60001",
    },
  };
  expect(await cloud.azure.changeStands(change)).toBe(false);
  expect(await cloud.azure.addSecurityRule(change)).toBe("started");
  await cloud.until(() => cloud.azure.changeStands(change));
  expect(await cloud.azure.addSecurityRule(change)).toBe("stood");
  const names = (await cloud.azure.readSubnet(estate.subnet))?.nsg?.rules.map((rule) => rule.name);
  expect(names?.slice().sort()).toEqual(expect.arrayContaining(["Goldsmith-probe-60000-60001", "deny-all"]));
});

describe("a template's life", () => {
  it("fails without rights, is deleted, and is created anew once they stand and work", async () => {
    const { template, body, principalId, group } = estate;
    for (const grant of await grantsOf(principalId)) await revoke(grant);
    expect(await cloud.azure.readTemplate(template)).toBeUndefined();
    expect(await cloud.azure.createTemplate(template, { ...body, comments: "not for ARM", dependsOn: [] })).toBe(
      "started",
    );
    await cloud.until(async () => (await cloud.azure.readTemplate(template))?.provisioningState === "Failed");
    const failed = await cloud.azure.readTemplate(template);
    expect(failed?.provisioningError?.message).toContain(estate.gallery.slice(-4));
    expect(failed?.body.properties).toMatchObject(body.properties ?? {});
    expect(await cloud.azure.createTemplate(template, body)).toBe("exists");

    for (const [role, scope] of [
      ["galleryPublisher", estate.gallery],
      ["imageWriter", group],
    ] as const)
      await cloud.azure.assignRole(assign(role, scope), "");
    await cloud.clock.advance(600_000);
    expect(await cloud.azure.deleteTemplate(template)).toBe("started");
    await cloud.until(async () => (await cloud.azure.readTemplate(template)) === undefined);
    expect(await cloud.azure.deleteTemplate(template)).toBe("gone");
    expect(await cloud.azure.createTemplate(template, failed?.body ?? {})).toBe("started");
    await cloud.until(async () => (await cloud.azure.readTemplate(template))?.provisioningState === "Succeeded");
    expect((await cloud.azure.listTemplates(cloud.subscription)).map((one) => one.id.toLowerCase())).toEqual([
      template.toLowerCase(),
    ]);
  });

  it("runs once at a time, and leaves an image version with its replication", async () => {
    const { template } = estate;
    expect(await cloud.azure.cancelRun(template)).toBe("nothingToCancel");
    expect(await cloud.azure.startRun(template)).toBe("accepted");
    expect(await cloud.azure.startRun(template)).toBe("busy");
    await expect(cloud.azure.deleteTemplate(template)).rejects.toThrow("cannot be deleted now");
    expect((await cloud.azure.readTemplate(template))?.lastRun).toMatchObject({
      runState: "Running",
      startTime: expect.any(String),
    });
    expect((await cloud.azure.readTemplate(template))?.lastRun?.endTime).toBeUndefined();
    await cloud.until(async () => (await cloud.azure.readTemplate(template))?.lastRun?.runState !== "Running");
    expect((await cloud.azure.readTemplate(template))?.lastRun).toMatchObject({
      runState: "Succeeded",
      endTime: expect.any(String),
    });
    const [output] = await cloud.azure.readRunOutputs(template);
    expect(output).toMatchObject({ name: "gold", provisioningState: "Succeeded" });
    const version = await cloud.azure.readImageVersion(output?.artifactId ?? "");
    expect(version).toMatchObject({ provisioningState: "Succeeded", regions: [{ state: "Completed", progress: 100 }] });
  });

  it("keeps what only the newest version of the API knows, also when it is read and created anew", async () => {
    const id = `${estate.template}-newest`;
    const properties = { ...estate.body.properties, additionalDataDisks: [{ sizeGB: 4 }] };
    const body = { ...estate.body, apiVersion: "2025-10-01", properties };
    const settled = async () => (await cloud.azure.readTemplate(id))?.provisioningState === "Succeeded";
    await cloud.azure.createTemplate(id, body);
    await cloud.until(settled);
    const read = (await cloud.azure.readTemplate(id))?.body;
    expect(read?.properties).toMatchObject({ additionalDataDisks: [{ sizeGB: 4 }] });
    await cloud.azure.deleteTemplate(id);
    await cloud.until(async () => (await cloud.azure.readTemplate(id)) === undefined);
    await cloud.azure.createTemplate(id, read ?? {});
    await cloud.until(settled);
    const again = (await cloud.azure.readTemplate(id))?.body ?? {};
    expect([contentHash(read ?? {}), contentHash(again)]).toEqual([contentHash(body), contentHash(body)]);
  });

  it("resolves the latest version of a gallery source to what was built", async () => {
    const source = { type: "SharedImageVersion", imageVersionId: `${estate.definition}/versions/latest` };
    const body = { ...estate.body, properties: { ...estate.body.properties, source } };
    const facts = await cloud.azure.readFacts({ id: `${estate.template}-2`, exists: false, body }, []);
    const [output] = await cloud.azure.readRunOutputs(estate.template);
    expect(facts.resolvedSource).toMatch(/\/versions\/\d+\.\d+\.\d+$/);
    expect(facts.resolvedSource?.toLowerCase()).toBe(output?.artifactId?.toLowerCase());
  });

  it("is cancelled when asked", async () => {
    const { template } = estate;
    expect(await cloud.azure.startRun(template)).toBe("accepted");
    await cloud.clock.advance(60_000);
    expect(await cloud.azure.cancelRun(template)).toBe("accepted");
    await cloud.until(async () => (await cloud.azure.readTemplate(template))?.lastRun?.runState === "Canceled");
  });
});

describe("when answers are lost", () => {
  it("a grant that was made is not made twice", async () => {
    const change = assign("imageReader", estate.group);
    await cloud.fault({ method: "PUT", path: "roleAssignments", kind: "acceptedThenReset" });
    expect(await faultOf(cloud.azure.assignRole(change, ""))).toContain("no answer");
    expect(await cloud.azure.assignRole(change, "")).toBe("made");
    await cloud.until(() => cloud.azure.changeStands(change));
    const { grants } = await cloud.azure.readFacts({ id: estate.template, exists: false, body: estate.body }, []);
    const same = grants.filter((grant) => grant.roleDefinitionId === change.roleDefinitionId);
    expect(same.map((grant) => grant.id.split("/").at(-1))).toEqual([change.name]);
  });

  it("a run that was accepted is not asked for twice by the client, and then the service is busy", async () => {
    await cloud.fault({
      method: "POST",
      path: "/run",
      kind: "acceptedThenStatus",
      status: 504,
      code: "GatewayTimeout",
    });
    expect(await faultOf(cloud.azure.startRun(estate.template))).toContain("504 GatewayTimeout");
    expect((await cloud.azure.readTemplate(estate.template))?.lastRun?.runState).toBe("Running");
    expect(await cloud.azure.startRun(estate.template)).toBe("busy");
  });
});

it("leaves the second of two edits of one network to a later attempt, and loses neither", async () => {
  const second = `${estate.vnet}/subnets/containers`;
  await cloud.put(second, "2024-01-01", { properties: { addressPrefix: "10.0.2.0/24" } });
  const serviceName = "Microsoft.ContainerInstance/containerGroups";
  const third = `${estate.vnet}/subnets/other`;
  await cloud.put(third, "2024-01-01", { properties: { addressPrefix: "10.0.3.0/24" } });
  const changes = [second, third].map((subnetId) => ({ kind: "delegateSubnet", subnetId, serviceName }) as const);
  const outcomes = await Promise.allSettled(changes.map((change) => cloud.azure.changeSubnet(change)));
  const [lost] = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
  expect(String(lost?.reason)).toMatch(/AnotherOperationInProgress|PreconditionFailed/);
  await cloud.clock.advance(60_000);
  const again = await Promise.all(changes.map((change) => cloud.azure.changeSubnet(change)));
  expect([...again].sort()).toEqual(["started", "stood"]);
  for (const change of changes) await cloud.until(() => cloud.azure.changeStands(change));
});

it("registers a provider once it may, and sees it registered", async () => {
  const { settings } = cloud.emulator;
  const change = {
    kind: "registerProvider",
    subscriptionId: settings.subscriptionId,
    namespace: "Microsoft.EventGrid",
  } as const;
  expect(await cloud.azure.changeStands(change)).toBe(false);
  const contributor = `${cloud.subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;
  const properties = {
    roleDefinitionId: contributor,
    principalId: settings.app.principalId,
    principalType: "ServicePrincipal",
  };
  await cloud.put(
    `${cloud.subscription}/providers/Microsoft.Authorization/roleAssignments/${guid("app")}`,
    "2022-04-01",
    { properties },
  );
  await cloud.clock.advance(600_000);
  await cloud.azure.registerProvider(change.subscriptionId, change.namespace);
  await cloud.until(() => cloud.azure.changeStands(change));
});

async function grantsOf(principalId: string) {
  const { grants } = await cloud.azure.readFacts({ id: estate.template, exists: false, body: estate.body }, []);
  return grants.filter((grant) => grant.principalId === principalId);
}

async function revoke({ id }: { readonly id: string }) {
  await cloud.remove(id, "2022-04-01");
  await cloud.clock.advance(600_000);
}
