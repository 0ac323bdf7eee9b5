import type { TemplateFacts } from "../../../shared/decide/planning/facts.ts";
import { keptFacts } from "../../../shared/decide/planning/keptFacts.ts";
import {
  assignment,
  definition,
  gallery,
  group,
  identity,
  nsg,
  principalId,
  role,
  subnet,
  subscription,
  template,
  vnet,
} from "./support/ids.ts";
import { faultOf } from "./support/refusal.ts";
import { armError, type Stub, startStub } from "./support/stub.ts";

const ours = ["a", "b", "c", "d"].map((letter) => role(`${letter.repeat(8)}-0000-0000-0000-000000000000`));
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const wanted: TemplateFacts = {
  id: template,
  exists: true,
  body: {
    location: "westeurope",
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
    properties: {
      source: { type: "SharedImageVersion", imageVersionId: `${definition}/versions/latest` },
      distribute: [{ type: "SharedImage", runOutputName: "gold", galleryImageId: definition }],
      vmProfile: { vnetConfig: { subnetId: subnet } },
    },
  },
};
const grants = `GET ${subscription}/providers/Microsoft.Authorization/roleAssignments`;
const definitions = `GET ${subscription}/providers/Microsoft.Authorization/roleDefinitions`;
const roleJson = (id: string, roleName = "x") => ({
  id,
  properties: { roleName, permissions: [{ actions: ["*"], notActions: [] }], assignableScopes: ["/"] },
});
const grantJson = (scope: string, name: string, more: object = {}) => ({
  id: assignment(scope === "/" ? "" : scope, name),
  name,
  properties: { scope, principalId, roleDefinitionId: role(contributor), ...more },
});
const versionJson = (name: string, more: object = {}, region = "West Europe") => ({
  id: `${definition}/versions/${name}`,
  name,
  properties: { provisioningState: "Succeeded", publishingProfile: { targetRegions: [{ name: region }], ...more } },
});

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => {
  stub.reset();
  stub.on(`GET ${identity}`, {
    status: 200,
    body: { id: identity, location: "westeurope", tags: {}, properties: { principalId, clientId: "c" } },
  });
  stub.on(grants, {
    status: 200,
    body: { value: [grantJson(group, "g1"), grantJson("/", "g2"), grantJson(group, "g3", { principalId: "other" })] },
  });
  stub.on(definitions, {
    status: 200,
    body: {
      value: [...ours.slice(0, 3).map((id) => roleJson(id)), roleJson(role("99999999-0000-0000-0000-000000000000"))],
    },
  });
  stub.on(`GET ${ours[3]}`, armError(404, "RoleDefinitionDoesNotExist", "no"));
  stub.on(`GET ${role(contributor)}`, { status: 200, body: roleJson(role(contributor), "Contributor") });
  stub.on(`GET ${group}`, {
    status: 200,
    body: { id: group, location: "westeurope", tags: { goldsmith: principalId } },
  });
  stub.on(`GET ${gallery}`, { status: 200, body: { id: gallery, location: "westeurope", tags: { owner: "me" } } });
  stub.on(`GET ${definition}`, {
    status: 200,
    body: { id: definition, location: "westeurope", properties: { osType: "Linux", hyperVGeneration: "V2" } },
  });
  stub.on(`GET ${definition}/versions`, {
    status: 200,
    body: {
      value: [
        versionJson("1.9.0"),
        versionJson("1.10.0"),
        versionJson("2.0.0", { excludeFromLatest: true }),
        versionJson("3.0.0", {}, "North Europe"),
      ],
    },
  });
  stub.on(`GET ${vnet}`, {
    status: 200,
    body: {
      id: vnet,
      location: "westeurope",
      tags: { net: "yes" },
      properties: {
        subnets: [{ id: subnet, properties: { addressPrefixes: ["10.0.0.0/24"], networkSecurityGroup: { id: nsg } } }],
      },
    },
  });
  stub.on(`GET ${nsg}`, { status: 200, body: { id: nsg, location: "westeurope", properties: {} } });
  stub.on(assignments, { status: 200, body: { value: [{ properties: { enforcementMode: "Default" } }] } });
  stub.on(`POST ${subscription}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions`, { status: 200, body: {} });
  stub.on(`GET ${subscription}/providers`, {
    status: 200,
    body: {
      value: [
        { namespace: "microsoft.compute", registrationState: "Registered" },
        { namespace: "Microsoft.Network", registrationState: "NotRegistered" },
      ],
    },
  });
});

const assignments = `GET ${subscription}/providers/Microsoft.Authorization/policyAssignments`;

const typeInCheck = (body: unknown) =>
  (body as { resourceDetails: { resourceContent: { type: string } } }).resourceDetails.resourceContent.type;

it("reads everything a plan needs, each thing once", async () => {
  const facts = await stub.azure.readFacts(wanted, ours);
  expect(facts.unread).toEqual([]);
  expect(facts.identity).toEqual({ id: identity, principalId, clientId: "c" });
  expect(facts.grants.map((grant) => grant.scope)).toEqual([group, "/"]);
  expect(Object.keys(facts.roles).sort()).toEqual([...ours.slice(0, 3).map((id) => id.slice(-36)), contributor].sort());
  expect(facts.targets[gallery.toLowerCase()]).toEqual({
    id: gallery,
    exists: true,
    location: "westeurope",
    tags: { owner: "me" },
  });
  expect(facts.targets[definition.toLowerCase()]).toMatchObject({ osType: "Linux", hyperVGeneration: "V2" });
  expect(facts.targets[vnet.toLowerCase()]).toMatchObject({ tags: { net: "yes" } });
  expect(facts.targets[group.toLowerCase()]).toMatchObject({ tags: { goldsmith: principalId } });
  expect(facts.subnets[subnet.toLowerCase()]).toMatchObject({ prefixes: ["10.0.0.0/24"], nsg: { id: nsg } });
  expect(facts.resolvedSource).toBe(`${definition}/versions/1.10.0`);
  expect(facts.providers).toEqual({ "Microsoft.Compute": "Registered", "Microsoft.Network": "NotRegistered" });
  const checks = stub.requests.filter(({ method }) => method === "POST");
  expect(checks.map(({ body }) => typeInCheck(body)).sort()).toEqual([
    "Microsoft.Compute/virtualMachines",
    "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Resources/subscriptions/resourceGroups",
    "Microsoft.Storage/storageAccounts",
  ]);
  const paths = stub.requests.filter(({ method }) => method === "GET").map((request) => request.path);
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths).toHaveLength(17);
});

it("asks scope by scope where the subscription's list is forbidden", async () => {
  stub.on(grants, armError(403, "AuthorizationFailed", "no"));
  const at = (scope: string) => `GET ${scope}/providers/Microsoft.Authorization/roleAssignments`;
  for (const scope of [gallery, definition, vnet, subnet, group])
    stub.on(at(scope), {
      status: 200,
      body: { value: [grantJson(group, "g1"), grantJson(group, "g4", { principalId: "a-group" })] },
    });
  const facts = await stub.azure.readFacts(wanted, []);
  expect(facts.unread).toEqual([]);
  expect(facts.grants.map((grant) => grant.id)).toEqual([assignment(group, "g1")]);
  const filters = stub.requests
    .filter((request) => request.path.includes("roleAssignments"))
    .map((request) => request.query.get("$filter"));
  expect(filters.slice(1)).toEqual(filters.slice(1).map(() => `atScope() and assignedTo('${principalId}')`));
});

it("keeps what may not be read as a fact about what was asked for", async () => {
  stub.on(
    `GET ${vnet}`,
    armError(
      403,
      "AuthorizationFailed",
      `The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/read' over scope '${vnet}' or the scope is invalid.`,
    ),
  );
  stub.on(`GET ${gallery}`, armError(403, "AuthorizationFailed", "no"));
  const facts = await stub.azure.readFacts(wanted, ours);
  expect(facts.unread.map(({ code, scope }) => `${code} ${scope}`)).toEqual([
    `AuthorizationFailed ${gallery}`,
    `AuthorizationFailed ${vnet}`,
    `AuthorizationFailed ${subnet}`,
  ]);
  expect(facts.unread.at(-1)?.action).toBe("Microsoft.Network/virtualNetworks/read");
  expect(facts.subnets).toEqual({});
  expect(facts.targets[gallery.toLowerCase()]).toBeUndefined();
  expect(facts.targets[definition.toLowerCase()]?.exists).toBe(true);
});

it("says of what does not exist that it does not", async () => {
  stub.on(`GET ${gallery}`, armError(404, "ResourceNotFound", "x"));
  stub.on(`GET ${vnet}`, armError(404, "ResourceNotFound", "x"));
  stub.on(`GET ${definition}/versions`, armError(404, "ParentResourceNotFound", "x"));
  stub.on(`GET ${identity}`, armError(404, "ResourceNotFound", "x"));
  const facts = await stub.azure.readFacts(wanted, []);
  expect(facts.unread).toEqual([]);
  expect(facts.targets[gallery.toLowerCase()]).toEqual({ id: gallery, exists: false, tags: {} });
  expect(facts).toMatchObject({ subnets: {}, grants: [] });
  expect(facts.identity).toBeUndefined();
  expect(facts.resolvedSource).toBeUndefined();
});

it("leaves groups and galleries out where their tags do not matter, unless something in them is missing", async () => {
  const plain = await stub.azure.readFacts(wanted, ours, { tags: false });
  expect(Object.keys(plain.targets).sort()).toEqual([definition, identity, vnet].map((id) => id.toLowerCase()).sort());
  expect(stub.requests.some(({ path }) => [group, gallery].includes(path))).toBe(false);
  stub.on(`GET ${definition}`, armError(404, "ResourceNotFound", "x"));
  const { targets } = await stub.azure.readFacts(wanted, ours, { tags: false });
  expect(targets[gallery.toLowerCase()]?.exists).toBe(true);
});

it("does not read again what was kept: providers, denials, locks, roles, groups and galleries", async () => {
  const kept = keptFacts(await stub.azure.readFacts(wanted, ours));
  if (!kept) throw new Error("nothing was kept");
  const before = stub.requests.length;
  const facts = await stub.azure.readFacts(wanted, ours, { tags: true, kept });
  expect(facts).toMatchObject({ providers: kept.providers, roles: kept.roles, targets: kept.targets });
  const asked = stub.requests.slice(before).map(({ path }) => path.split("/").at(-1));
  for (const list of ["providers", "denyAssignments", "locks", "roleDefinitions", "gold"])
    expect(asked).not.toContain(list);
  expect(asked).toContain("roleAssignments");
});

it("throws a fault where a read may succeed later, instead of planning on half the facts", async () => {
  stub.on(
    `GET ${gallery}`,
    armError(429, "SubscriptionRequestsThrottled", "Please try again after '17' seconds", {}, { "retry-after": "17" }),
  );
  expect(await faultOf(stub.azure.readFacts(wanted, ours))).toContain("17 s");
});
