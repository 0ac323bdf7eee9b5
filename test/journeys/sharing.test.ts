import type { Principal } from "../../local/azure/world.ts";
import type { StandingShare } from "../../shared/sharing.ts";
import { publish, sharedId } from "./proving.ts";
import { type AppAnswer, approver, endStorage, isWriteOfApp, startWorld, type TestWorld } from "./world.ts";

const guid = (number: number) => `99999999-0000-4000-8000-${String(number).padStart(12, "0")}`;
const [user, team, pipeline, stranger] = [guid(1), guid(2), guid(3), guid(4)];
const someTenant = guid(5);
const otherSubscription = guid(6);
const shareWith = [user, team, pipeline, someTenant, otherSubscription].map((id) => id ?? "");

let world: TestWorld;
let version: string;
let member: Principal;

beforeAll(async () => {
  world = await startWorld({
    shareWith,
    settings: ({ subscription }) => ({
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      GOLDSMITH_FENCE: JSON.stringify({ scopes: [subscription], shareWith }),
    }),
  });
  const { principals } = world.azure.world;
  principals.create("ada", "User", { principalId: user ?? "" });
  member = principals.create("grace", "User");
  principals.create("team", "Group", { principalId: team ?? "", members: [member.principalId] });
  principals.create("pipeline", "ServicePrincipal", { principalId: pipeline ?? "" });
  principals.create("mallory", "User", { principalId: stranger ?? "" });
  version = await publish(world, "1.0.0");
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

type View = StandingShare & {
  readonly advice: string;
  readonly use: readonly { imageId: string; cli: string; powershell: string; rest: string }[];
};

const gallery = () => world.estate.definition.split("/images/ubuntu")[0] ?? "";
const ask = (imageId: string, grantee: object): Promise<AppAnswer<View>> =>
  world.call<View>("POST", "shares", { imageId, with: grantee }, approver);

/** Shares, and lets it and the grant behind it come to work. */
async function shared(imageId: string, grantee: object): Promise<View> {
  const asked = await ask(imageId, grantee);
  expect(asked).toMatchObject({ status: 202, body: { state: "sharing" } });
  let seen = asked.body;
  await world.clock.until(async () => {
    seen = (await world.call<View>("GET", `shares/${asked.body.id}`)).body;
    return seen.state !== "sharing";
  });
  await world.clock.advance(10 * 60_000);
  return seen;
}

interface Undo {
  readonly state: string;
  readonly lines: readonly { readonly outcome: string; readonly problem?: { readonly code: string } }[];
}

async function undone(asked: AppAnswer<{ id: string }>): Promise<Undo["lines"]> {
  expect(asked.status).toBe(202);
  let seen: Undo | undefined;
  await world.clock.until(async () => {
    seen = (await world.call<Undo>("GET", `undo/${asked.body.id}`)).body;
    return seen.state === "done";
  });
  await world.clock.advance(10 * 60_000);
  return seen?.lines ?? [];
}
const remove = (id: string) => world.call<{ id: string }>("DELETE", `shares/${id}`, undefined, approver);

/** Asks ARM as somebody of the tenant. */
async function as(principalId: string, method: string, path: string, body?: object) {
  const answer = await fetch(`${world.azure.endpoint}${path}`, {
    method,
    headers: { authorization: `Bearer ${world.azure.tokenFor(principalId)}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return answer.status;
}
const reads = (principalId = "", id = version) => as(principalId, "GET", `${id}?api-version=2023-07-03`);

/** Who may do what, and what is shared: all that sharing changes in Azure. */
function standing(): unknown {
  const { store } = world.azure.world;
  return structuredClone([store.list("roleAssignment"), store.resource(gallery())?.body.properties]);
}

const writes = (from: number) => world.record().slice(from).filter(isWriteOfApp);

/** The consumer's own group, in which he may make machines; answers a way to make one from an image. */
async function workshop(principalId: string, subscription = world.estate.subscription) {
  const group = `${subscription}/resourceGroups/rg-consumer`;
  const network = `${group}/providers/Microsoft.Network/virtualNetworks/vnet`;
  const { arm, clock } = world;
  await arm("PUT", `${group}?api-version=2024-03-01`, { location: "westeurope" });
  const addressSpace = { addressPrefixes: ["10.90.0.0/16"] };
  const subnets = [{ name: "machines", properties: { addressPrefix: "10.90.1.0/24" } }];
  await arm("PUT", `${network}?api-version=2024-01-01`, {
    location: "westeurope",
    properties: { addressSpace, subnets },
  });
  const contributor = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;
  const properties = { roleDefinitionId: contributor, principalId, principalType: "User" };
  const assignment = `${group}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}?api-version=2022-04-01`;
  expect((await arm("PUT", assignment, { properties })).status).toBe(201);
  await clock.advance(10 * 60_000);
  return async (name: string, imageReference: object): Promise<number> => {
    const nic = `${group}/providers/Microsoft.Network/networkInterfaces/${name}`;
    const ipConfigurations = [{ name: "ip", properties: { subnet: { id: `${network}/subnets/machines` } } }];
    await as(principalId, "PUT", `${nic}?api-version=2024-01-01`, {
      location: "westeurope",
      properties: { ipConfigurations },
    });
    await clock.advance(60_000);
    const ssh = {
      publicKeys: [{ path: "/home/azureuser/.ssh/authorized_keys", keyData: `ssh-ed25519 ${"A".repeat(68)} test` }],
    };
    return as(
      principalId,
      "PUT",
      `${group}/providers/Microsoft.Compute/virtualMachines/${name}?api-version=2024-07-01`,
      {
        location: "westeurope",
        properties: {
          hardwareProfile: { vmSize: "Standard_D2s_v5" },
          storageProfile: { imageReference, osDisk: { createOption: "FromImage" } },
          osProfile: {
            computerName: name,
            adminUsername: "azureuser",
            linuxConfiguration: { disablePasswordAuthentication: true, ssh },
          },
          networkProfile: { networkInterfaces: [{ id: nic }] },
        },
      },
    );
  };
}

test("a user to whom an image was shared reads it and makes a machine from it, and could not before", async () => {
  const before = standing();
  const make = await workshop(user ?? "");
  const between = standing();
  expect([await reads(user), await make("early", { id: version })]).toEqual([403, 403]);
  const share = await shared(world.estate.definition, { principalId: user, principalType: "User" });
  expect(share).toMatchObject({
    state: "shared",
    advice: expect.stringContaining("Every version of this image"),
    use: [{ imageId: world.estate.definition, cli: expect.stringContaining(`--image '${world.estate.definition}'`) }],
  });
  expect([await reads(user), await make("m1", { id: version })]).toEqual([200, 201]);
  expect(await make("m2", { id: world.estate.definition })).toBe(201);
  expect([await reads(stranger), await reads(user, gallery())]).toEqual([403, 403]);
  expect(await undone(await remove(share.id))).toMatchObject([{ outcome: "undone" }]);
  expect(standing()).toEqual(between);
  expect(standing()).not.toEqual(before); // the consumer's own rights are not ours
  expect([await reads(user), await make("late", { id: version })]).toEqual([403, 403]);
  expect((await world.call<View>("GET", `shares/${share.id}`)).body.state).toBe("removed");
});

test("who is in a group that an image was shared with reads it, of that version only", async () => {
  const another = await publish(world, "1.1.0");
  expect(await reads(member.principalId)).toBe(403);
  const share = await shared(version, { principalId: team, principalType: "Group" });
  expect(share.advice).toContain("the next one needs a share of its own");
  expect([await reads(member.principalId), await reads(member.principalId, another)]).toEqual([200, 403]);
  await undone(await remove(share.id));
  expect(await reads(member.principalId)).toBe(403);
});

test("Reader at a gallery shows the gallery too, and removing twice is harmless", async () => {
  const before = standing();
  const grantee = { principalId: pipeline, principalType: "ServicePrincipal", role: "Reader" };
  const share = await shared(gallery(), grantee);
  expect((await shared(gallery(), grantee)).id).toBe(share.id);
  expect([await reads(pipeline, gallery()), await reads(pipeline)]).toEqual([200, 200]);
  const [first, second] = await Promise.all([remove(share.id), remove(share.id)]);
  expect([await undone(first), await undone(second)]).toMatchObject([[{ outcome: "undone" }], [{ outcome: "undone" }]]);
  expect(await undone(await remove(share.id))).toMatchObject([{ outcome: "undone" }]);
  expect(standing()).toEqual(before);
});

describe("directly", () => {
  test("everybody of a subscription makes machines by the shared id, and not before or after", async () => {
    const { arm, azure, estate } = world;
    const added = await fetch(`${azure.endpoint}/emulator/subscriptions`, {
      method: "POST",
      body: JSON.stringify({ subscriptionId: otherSubscription }),
    });
    expect(added.status).toBe(201);
    for (const name of ["Compute", "Network"])
      await arm(
        "POST",
        `/subscriptions/${otherSubscription}/providers/Microsoft.${name}/register?api-version=2021-04-01`,
      );
    const make = await workshop(user ?? "", `/subscriptions/${otherSubscription}`);
    const before = standing();
    const reference = { sharedGalleryImageId: sharedId(estate) };
    expect(await make("early", reference)).toBe(404);
    const share = await shared(estate.definition, { subscriptionId: otherSubscription });
    expect(share).toMatchObject({ state: "shared", imageId: gallery(), use: [{ imageId: sharedId(estate) }] });
    expect(share.use[0]?.powershell).toContain("-SharedGalleryImageId");
    expect(await make("m1", reference)).toBe(201);
    expect(await undone(await remove(share.id))).toMatchObject([{ outcome: "undone" }]);
    expect(await make("late", reference)).toBe(404);
    expect(standing()).toEqual(withGroups(before));
  });

  /** A gallery that was shared once shows an empty list where it had none. */
  const withGroups = (before: unknown) => {
    const [assignments, properties] = before as [unknown, { sharingProfile: object }];
    return [assignments, { ...properties, sharingProfile: { ...properties.sharingProfile, groups: [] } }];
  };

  test("beyond 5 tenants nothing is asked of Azure, and the gallery says so", async () => {
    const ids = [11, 12, 13, 14, 15].map(guid);
    const path = `${gallery()}/share?api-version=2023-07-03`;
    await world.arm("POST", path, { operationType: "Add", groups: [{ type: "AADTenants", ids }] });
    await world.clock.advance(60_000);
    const from = world.record().length;
    const share = await shared(gallery(), { tenantId: someTenant });
    expect(share).toMatchObject({ state: "refused", problem: { code: "ShareLimitReached", status: 409 } });
    expect(writes(from)).toEqual([]);
    await world.arm("POST", path, { operationType: "Reset" });
    await world.clock.advance(60_000);
    expect(await shared(gallery(), { tenantId: someTenant })).toMatchObject({ state: "shared" });
  });

  test("what others shared is named with its command, and left alone", async () => {
    const { value, foreign } = await around();
    expect(value.some(({ state }) => state === "shared")).toBe(true);
    expect(foreign.map(({ with: whom }) => whom)).not.toContainEqual({ tenantId: someTenant });
    const roleDefinitionId = `${world.estate.subscription}/providers/Microsoft.Authorization/roleDefinitions/cf7c76d2-98a3-4358-a134-615aa78bf44d`;
    const properties = { roleDefinitionId, principalId: user, principalType: "User" };
    const id = `${gallery()}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}`;
    await world.arm("PUT", `${id}?api-version=2022-04-01`, { properties });
    await world.clock.advance(60_000);
    expect((await around()).foreign).toContainEqual({
      imageId: gallery(),
      with: { principalId: user, role: "Compute Gallery Image Reader" },
      command: `az role assignment delete --ids '${id}'`,
    });
    const share = await shared(gallery(), { principalId: user, principalType: "User" });
    expect(share.state).toBe("stood");
    expect(await remove(share.id)).toMatchObject({
      status: 409,
      body: { code: "ForeignShare", fix: [expect.stringContaining(`az role assignment delete --ids '${id}'`)] },
    });
    expect((await world.arm("DELETE", `${id}?api-version=2022-04-01`)).status).toBe(200);
  });

  const around = async () =>
    (
      await world.call<{ value: StandingShare[]; foreign: { with: object }[] }>(
        "GET",
        `shares?imageId=${encodeURIComponent(version)}`,
      )
    ).body;
});

test("outside the fence nothing is read or written, whoever asks", async () => {
  const from = world.record().length;
  const elsewhere = version.replace(/subscriptions\/[^/]+/, "subscriptions/11111111-1111-1111-1111-111111111111");
  const refusals = [
    await ask(version, { principalId: stranger, principalType: "User" }),
    await ask(version, { tenantId: stranger }),
    await ask(gallery(), { subscriptionId: world.estate.subscription.split("/")[2] }),
    await ask(elsewhere, { principalId: user, principalType: "User" }),
  ];
  for (const { status, body } of refusals)
    expect({ status, body }).toMatchObject({ status: 403, body: { code: "OutsideFence" } });
  expect(
    world
      .record()
      .slice(from)
      .filter(({ caller }) => caller === "app"),
  ).toEqual([]);
  expect((await ask(version.replace("1.0.0", "9.9.9"), { principalId: user, principalType: "User" })).status).toBe(404);
  expect((await world.call("POST", "shares", { imageId: version, with: { tenantId: someTenant } })).status).toBe(401);
  expect(writes(from)).toEqual([]);
});

test("who names another type than the directory is refused by Azure, and nothing is left to take back", async () => {
  const share = await shared(version, { principalId: team, principalType: "User" });
  expect(share).toMatchObject({ state: "refused", problem: { code: "UnmatchedPrincipalType" } });
  expect((await world.call<{ entries: number }>("DELETE", `shares/${share.id}`, undefined, approver)).status).toBe(202);
});

test("undoing everything takes shares back too, by role and direct, and nothing of others", async () => {
  const before = standing();
  await shared(world.estate.definition, { principalId: team, principalType: "Group" });
  const lines = await undone(await world.call<{ id: string }>("POST", "undo", { all: true, only: "grants" }, approver));
  expect(lines.map(({ outcome }) => outcome)).toEqual(["undone", "undone"]);
  const [assignments, properties] = standing() as [unknown, { sharingProfile: { groups: object[] } }];
  expect(assignments).toEqual((before as unknown[])[0]);
  expect(properties.sharingProfile.groups).toEqual([]);
});
