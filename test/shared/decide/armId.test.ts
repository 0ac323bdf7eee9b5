import fc from "fast-check";
import * as armId from "../../../shared/decide/armId.ts";
import { buildSubnetId, galleryId, identityId, subscription, templateId, vnetId } from "./estate.ts";

describe("an ARM id", () => {
  test("is taken apart", () => {
    expect(armId.parseId(buildSubnetId)).toEqual({
      subscriptionId: "11111111-1111-1111-1111-111111111111",
      resourceGroup: "network",
      provider: "Microsoft.Network",
      types: ["virtualNetworks", "subnets"],
      names: ["hub", "build"],
    });
    expect(armId.parseId(subscription)?.types).toEqual([]);
    expect(armId.parseId(`${subscription}/resourceGroups/a`)?.resourceGroup).toBe("a");
    expect(armId.parseId(`${subscription}/providers/Microsoft.Foo/bars/b`)?.resourceGroup).toBeUndefined();
  });

  test.each([
    ["nothing", ""],
    ["no slash in front", galleryId.slice(1)],
    ["a slash at the end", `${galleryId}/`],
    ["a double slash", galleryId.replace("/providers", "//providers")],
    ["a step upwards", `${galleryId}/../other`],
    ["a step that stays", `${subscription}/resourceGroups/./providers/a/b/c`],
    ["an encoded slash", galleryId.replace("gold", "gold%2Fimages%2Fx")],
    ["an encoded dot", galleryId.replace("gold", "%2e%2e")],
    ["a query", `${galleryId}?api-version=1`],
    ["a fragment", `${galleryId}#x`],
    ["a backslash", galleryId.replace("/galleries/", "\\galleries\\")],
    ["a blank", galleryId.replace("gold", "go ld")],
    ["a line break", `${galleryId}\n`],
    ["a null character", `${galleryId}\u0000`],
    ["a type without a name", `${galleryId}/images`],
    ["a provider without a type", `${subscription}/resourceGroups/a/providers/Microsoft.Compute`],
    ["no provider", `${subscription}/resourceGroups/a/galleries/gold`],
    ["a group without a name", `${subscription}/resourceGroups`],
    ["a management group", "/providers/Microsoft.Management/managementGroups/root"],
    ["the root", "/"],
    ["a name that ends in a dot", `${galleryId}.`],
  ])("with %s is none", (_, id) => expect(armId.parseId(id)).toBeUndefined());

  test("of a template is told from others", () => {
    expect(armId.isTemplateId(templateId)).toBe(true);
    expect(armId.isTemplateId(templateId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"))).toBe(true);
    expect(armId.isTemplateId(`${templateId}/runOutputs/a`)).toBe(false);
    expect(armId.isTemplateId(galleryId)).toBe(false);
    expect(armId.isTemplateId(`${subscription}/providers/Microsoft.VirtualMachineImages/imageTemplates/a`)).toBe(false);
  });

  test("has a parent, a group and a last segment", () => {
    expect(armId.parentId(buildSubnetId)).toBe(vnetId);
    expect(armId.parentId(vnetId)).toBe(`${subscription}/resourceGroups/network`);
    expect(armId.parentId(`${subscription}/resourceGroups/network`)).toBe(subscription);
    expect(armId.parentId(subscription)).toBeUndefined();
    expect(armId.resourceGroupId(identityId)).toBe(`${subscription}/resourceGroups/images`);
    expect(armId.lastSegment(identityId)).toBe("aib");
  });

  test("is the same in any casing, with any number of slashes", () => {
    expect(armId.sameId(galleryId, `${galleryId.toUpperCase()}/`)).toBe(true);
    expect(armId.sameId(galleryId, galleryId.replaceAll("/", "//"))).toBe(true);
    expect(armId.sameId(galleryId, `${galleryId}2`)).toBe(false);
    expect(armId.normalize("//")).toBe("/");
  });
});

const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/);
const anyId = fc
  .tuple(name, name, fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 }))
  .map(
    ([group, provider, pairs]) =>
      `${subscription}/resourceGroups/${group}/providers/${provider}/${pairs.flat().join("/")}`,
  );

describe("a scope", () => {
  test("holds itself and what is below it, in any casing", () =>
    fc.assert(
      fc.property(anyId, name, name, (id, type, child) => {
        expect(armId.within(id, id.toLowerCase())).toBe(true);
        expect(armId.within(id.toLowerCase(), `${id}/${type}/${child}`)).toBe(true);
        expect(armId.within(`${id}/${type}/${child}`, id)).toBe(false);
      }),
    ));

  test("never holds a neighbour whose name merely begins the same", () =>
    fc.assert(
      fc.property(anyId, name, name, (id, tail, child) => {
        expect(armId.within(id, `${id}${tail}`)).toBe(false);
        expect(armId.within(id, `${id}${tail}/children/${child}`)).toBe(false);
      }),
    ));

  test("never holds what steps out of it, however it is written", () =>
    fc.assert(
      fc.property(anyId, fc.constantFrom("..", "%2e%2e", ".", "", "%2F", "..%5c", " .."), (id, step) => {
        expect(armId.within(id, `${id}/${step}/${step}/other`)).toBe(false);
        expect(armId.within(`${id}/${step}`, id)).toBe(false);
      }),
    ));

  test("is transitive", () =>
    fc.assert(
      fc.property(anyId, anyId, anyId, (a, b, c) => {
        if (armId.within(a, b) && armId.within(b, c)) expect(armId.within(a, c)).toBe(true);
      }),
    ));
});
