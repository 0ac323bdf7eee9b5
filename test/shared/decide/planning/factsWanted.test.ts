import { factsWanted, neededProviders } from "../../../../shared/decide/planning/factsWanted.ts";
import * as estate from "../estate.ts";

const { galleryId, subscription, template, templateId } = estate;
const wanted = (properties = {}, accounts = {}) =>
  factsWanted({ id: templateId, body: template(properties) }, accounts);
const images = `${subscription}/resourceGroups/images`;

test("a plain template asks for its identity, its gallery chain and its own group", () => {
  expect(wanted()).toEqual({
    identityIds: [estate.identityId],
    scopes: [estate.definitionId, estate.identityId],
    containers: [images, galleryId, `${subscription}/resourceGroups/galleries`],
    subnetIds: [],
    grantScopes: [galleryId, `${subscription}/resourceGroups/galleries`],
    providers: neededProviders,
    storageAccountNames: [],
  });
});

test("a gallery source asks for its version to be resolved, and for its chain", () => {
  const source = { type: "SharedImageVersion", imageVersionId: estate.sourceVersionId };
  expect(wanted({ source }).sourceVersionId).toBe(estate.sourceVersionId);
  expect(wanted({ source }).containers).toContain(estate.sourceVersionId.replace(/\/images.*/, ""));
});

test("an existing network asks for both subnets and their network", () => {
  const vnetConfig = { subnetId: estate.buildSubnetId, containerInstanceSubnetId: estate.containerSubnetId };
  const asked = wanted({ vmProfile: { vnetConfig, userAssignedIdentities: [estate.vmIdentityId] } });
  expect(asked.subnetIds).toEqual([estate.buildSubnetId, estate.containerSubnetId]);
  expect(asked.scopes.filter((id) => id === estate.vnetId)).toHaveLength(1);
  expect(asked.grantScopes).toEqual(expect.arrayContaining([estate.vnetId, estate.vmIdentityId]));
  expect(asked.identityIds).toEqual([estate.identityId, estate.vmIdentityId]);
});

test("an own staging group is looked up, and its grants", () => {
  const asked = wanted({ stagingResourceGroup: estate.stagingId });
  expect(asked.scopes).toContain(estate.stagingId);
  expect(asked.grantScopes).toContain(estate.stagingId);
});

test("scripts ask for their account by name, then for their container by id", () => {
  const customize = [{ type: "Shell", scriptUri: "https://Scripts01.blob.core.windows.net/a/b.sh" }];
  expect(wanted({ customize }).storageAccountNames).toEqual(["scripts01"]);
  const resolved = wanted({ customize }, { scripts01: estate.accountId });
  expect(resolved.grantScopes).toContain(`${estate.accountId}/blobServices/default/containers/a`);
  expect(resolved.scopes).toContain(estate.accountId);
});

test("nothing is asked twice in different casing", () => {
  const second = { ...estate.galleryTarget, galleryImageId: estate.definitionId.toLowerCase() };
  expect(wanted({ distribute: [estate.galleryTarget, second] }).scopes).toEqual(wanted().scopes);
});

test("a body of rubbish asks for next to nothing and breaks nothing", () => {
  const rubbish = {
    source: 7,
    distribute: "x",
    vmProfile: [null],
    customize: { a: 1 },
    validate: "no",
    stagingResourceGroup: 9,
  };
  const asked = factsWanted({ id: "nonsense", body: { properties: rubbish } });
  expect(asked).toMatchObject({ identityIds: [], scopes: [], subnetIds: [], grantScopes: [], storageAccountNames: [] });
});
