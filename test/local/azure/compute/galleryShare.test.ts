import { type Estate, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
let gallery: string;
beforeAll(async () => {
  estate = await startEstate();
  gallery = `${estate.group}/providers/Microsoft.Compute/galleries/open`;
  await estate.made(gallery, { location: "westeurope", properties: { sharingProfile: { permissions: "Groups" } } });
});
afterAll(() => estate?.stop());

const guid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const subscriptions = (from: number, to: number) => [
  { type: "Subscriptions", ids: Array.from({ length: to - from + 1 }, (_, i) => guid(from + i)) },
];
const share = (operationType: string, groups: object[] = [], by = estate.arm, at = gallery) =>
  by("POST", `${at}/share`, { operationType, groups });
const groups = async () =>
  (await estate.arm("GET", `${gallery}?$expand=SharingProfile/Groups`)).body.properties.sharingProfile.groups;
const shared = async (operationType: string, asked: object[] = []) => {
  const reply = await share(operationType, asked);
  expect([reply.status, reply.body]).toEqual([202, { operationType, groups: asked }]);
  expect((await estate.settled(reply)).body.status).toBe("Succeeded");
};

test("Groups are added and removed, in force once the operation has ended, and shown only where asked for", async () => {
  const reply = await share("Add", subscriptions(1, 1));
  expect(await groups()).toBeUndefined();
  expect((await share("Add", subscriptions(2, 2))).body.error.code).toBe("Conflict");
  await estate.settled(reply);
  await shared("Add", [...subscriptions(1, 2), { type: "AADTenants", ids: [guid(9)] }]);
  expect(await groups()).toEqual([...subscriptions(1, 2), { type: "AADTenants", ids: [guid(9)] }]);
  expect((await estate.arm("GET", gallery)).body.properties.sharingProfile).toEqual({ permissions: "Groups" });
  await shared("Remove", subscriptions(1, 1));
  await shared("Remove", subscriptions(1, 1));
  expect(await groups()).toEqual([...subscriptions(2, 2), { type: "AADTenants", ids: [guid(9)] }]);
  await shared("Reset");
  expect(await groups()).toEqual([]);
});

test("More than 30 subscriptions or 5 tenants are refused, and nothing is changed", async () => {
  await shared("Add", subscriptions(1, 30));
  for (const more of [subscriptions(31, 31), [{ ...subscriptions(1, 6)[0], type: "AADTenants" }]])
    expect([(await share("Add", more)).status, (await groups())[0].ids.length]).toEqual([400, 30]);
  await shared("Reset");
});

test.each([
  ["Publish", [], 400],
  ["Add", [{ type: "Friends", ids: [guid(1)] }], 400],
  ["Add", [{ type: "Subscriptions", ids: ["mine"] }], 400],
  ["EnableCommunity", [], 501],
])("%s of %j is refused", async (operationType, asked, status) => {
  expect((await share(operationType, asked)).status).toBe(status);
});

test("A gallery that was not made for it cannot be shared directly, and stays so", async () => {
  const closed = estate.definition.replace(/\/images\/ubuntu$/, "");
  expect((await share("Add", subscriptions(1, 1), estate.arm, closed)).body.error.code).toBe("OperationNotAllowed");
  const changed = await estate.arm("PATCH", closed, { properties: { sharingProfile: { permissions: "Groups" } } });
  expect(changed.body.error.code).toBe("PropertyChangeNotAllowed");
  const written = await estate.arm("PUT", gallery, {
    location: "westeurope",
    properties: { sharingProfile: { permissions: "Groups", groups: subscriptions(1, 1) } },
  });
  await estate.settled(written);
  expect(await groups()).toEqual([]);
});

test("The right to write a gallery is none to share it", async () => {
  const { principalId } = estate.bench.azure.world.principals.create("writer", "ServicePrincipal");
  estate.grant(["Microsoft.Compute/galleries/write", "Microsoft.Compute/galleries/read"], gallery, { principalId });
  const refused = await share("Add", subscriptions(1, 1), estate.as(principalId));
  expect([refused.status, refused.body.error.code]).toEqual([403, "AuthorizationFailed"]);
  expect(refused.body.error.message).toContain("Microsoft.Compute/galleries/share/action");
});
