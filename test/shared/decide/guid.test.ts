import fc from "fast-check";
import { guid } from "../../../shared/decide/guid.ts";
import { assignmentName } from "../../../shared/decide/permissions/roles.ts";
import { galleryId, principalId } from "./estate.ts";

test("guid() gives what ARM gives", () => {
  expect(guid("a", "b", "c")).toBe("a98fa280-e03f-5afa-8d8e-92d0a9c201e8");
});

test("guid() is a UUID of version 5 for any parts", () =>
  fc.assert(
    fc.property(fc.array(fc.string()), (parts) => {
      expect(guid(...parts)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  ));

test("an assignment's name depends on scope, principal and role, not on casing", () => {
  const role =
    "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/B24988AC-6180-42a0-ab88-20f7382dd24c";
  const name = assignmentName(galleryId, principalId, role);
  expect(assignmentName(galleryId.toUpperCase(), principalId.toUpperCase(), role.toLowerCase())).toBe(name);
  expect(name).toBe(guid(galleryId.toLowerCase(), principalId, "b24988ac-6180-42a0-ab88-20f7382dd24c"));
  expect(assignmentName(`${galleryId}2`, principalId, role)).not.toBe(name);
  expect(assignmentName(galleryId, principalId.replace("1", "2"), role)).not.toBe(name);
});
