import { ownerOf, usesOf } from "../../../../shared/decide/permissions/sharedIdentity.ts";
import type { IdentityUse } from "../../../../shared/decide/planning/facts.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import type { Fence } from "../../../../shared/decide/planning/policy.ts";
import { facts, identityId, policy, subscription, template, templateId } from "../estate.ts";

const templateIn = (group: string, name = "t") =>
  `${subscription}/resourceGroups/${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
const group = (name: string) => `${subscription}/resourceGroups/${name}`;
const own = templateId.split("/providers/")[0] ?? "";
const fenceOf = (more: Partial<Fence> = {}): Fence => ({ ...policy.fence, scopes: [subscription], ...more });

function plan(uses: readonly IdentityUse[] | undefined, fence = fenceOf(), mode: "act" | "advise" = "act") {
  const { identityUses: _, ...read } = facts(template());
  return planBuild({ ...read, ...(uses ? { identityUses: uses } : {}) }, { ...policy, fence, mode });
}
const codes = (problems: readonly { readonly code: string }[]) => problems.map(({ code }) => code);
const use = (id: string, as: IdentityUse["as"] = "template"): IdentityUse => ({ templateId: id, as });

test("the narrowest named scope says whose a template is; the fence's operator answers for the rest of it", () => {
  const owners = [
    { name: "platform", scopes: [subscription] },
    { name: "images", scopes: [group("images")] },
  ];
  expect(ownerOf(fenceOf({ owners }), templateIn("IMAGES"))).toBe("images");
  expect(ownerOf(fenceOf({ owners }), templateIn("other"))).toBe("platform");
  expect(ownerOf(fenceOf(), templateIn("other"))).toBe("");
  expect(ownerOf(fenceOf({ scopes: [group("images")] }), templateIn("images2"))).toBeUndefined();
});

test("templates of one owner may share an identity, and the plan lists them", () => {
  const made = plan([use(templateIn("other"))]);
  expect(made.blockers).toEqual([]);
  expect(made.identityUses).toEqual([use(templateIn("other"))]);
});

const theirs = templateIn("theirs");
const split = fenceOf({ owners: [{ name: "them", scopes: [group("theirs")] }] });
const narrow = fenceOf({ scopes: [own, `${group("galleries")}`] });

test.each([
  ["outside the fence", narrow, use(theirs), "somebody outside the fence"],
  ["of another named owner", split, use(theirs), "them"],
  ["outside the fence, on its build VM", narrow, use(theirs, "buildVm"), "on its build VM"],
])("an identity that a template %s uses gets nothing", (_, fence, other, word) => {
  const { blockers, changes } = plan([other], fence);
  expect(changes.length).toBeGreaterThan(0);
  const shared = blockers.filter(({ code }) => code === "IdentityShared");
  expect(shared).toMatchObject([{ scope: identityId }]);
  expect(shared[0]?.detail).toContain(theirs);
  expect(shared[0]?.detail).toContain(word);
  expect(codes(plan([other], fence, "advise").warnings)).toContain("IdentityShared");
});

test("one owner of both scopes may share, also where one of them lies outside the fence", () => {
  const owners = [{ name: "us", scopes: [own, group("theirs")] }];
  expect(codes(plan([use(theirs)], fenceOf({ ...narrow, owners })).blockers)).not.toContain("IdentityShared");
});

test("where nothing is granted, sharing is told and not refused", () => {
  const grants = plan([]).changes.flatMap((change) =>
    change.kind === "assignRole"
      ? [
          {
            id: `${change.scope}/x`,
            scope: change.scope,
            principalId: change.principalId,
            roleDefinitionId: change.roleDefinitionId,
          },
        ]
      : [],
  );
  const made = planBuild({ ...facts(template()), grants, identityUses: [use(theirs)] }, { ...policy, fence: split });
  expect(made.changes).toEqual([]);
  expect(codes(made.blockers)).not.toContain("IdentityShared");
  expect(codes(made.warnings)).toContain("IdentityShared");
});

test("where templates may not be listed, the plan says what it could not see", () => {
  expect(codes(plan(undefined).warnings)).toContain("IdentityUsersUnknown");
});

test("uses are found in any casing, once each, and never in the template itself", () => {
  const templates = [
    { id: templateId.toUpperCase(), own: [identityId], onVm: [] },
    { id: templateIn("b"), own: [identityId.toLowerCase()], onVm: [identityId] },
    { id: templateIn("a"), own: ["/other"], onVm: [identityId.toUpperCase()] },
    { id: templateIn("c"), own: ["/other"], onVm: [] },
  ];
  expect(usesOf(identityId, templateId, templates)).toEqual([
    use(templateIn("a"), "buildVm"),
    use(templateIn("b"), "template"),
  ]);
});
