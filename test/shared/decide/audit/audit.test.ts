import {
  type AuditedTemplate,
  type AuditQuestion,
  auditDiff,
  type LedgerFacts,
} from "../../../../shared/decide/audit/audit.ts";
import { roleDefinitionId } from "../../../../shared/decide/permissions/roles.ts";
import type { Facts, TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import type { Change } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import * as estate from "../estate.ts";

const { facts, galleryId, grant, policy, subscription, template, templateId } = estate;
const groupId = `${subscription}/resourceGroups/galleries`;
const roleId = (key: string) => roleDefinitionId("test", policy.roleSubscriptionId, key);

function audited(body: TemplateBody, more: Partial<Facts> = {}): AuditedTemplate {
  const read = facts(body, more);
  return { facts: read, plan: planBuild(read, policy) };
}

const question = (templates: readonly AuditedTemplate[], ledger: readonly LedgerFacts[] = []): AuditQuestion => ({
  templates,
  ledger,
  allTemplates: true,
});

/** The grants that a plan makes, as they stand afterwards and as the ledger has them. */
const bare = audited(template());
const assignments = bare.plan.changes.filter(
  (change): change is Extract<Change, { kind: "assignRole" }> => change.kind === "assignRole",
);
const grants = assignments.map((change) => ({
  ...grant(change.scope, change.roleDefinitionId),
  id: `${change.scope}/providers/Microsoft.Authorization/roleAssignments/${change.name}`,
}));
const ledger: readonly LedgerFacts[] = assignments.map((change) => ({ change, templateId, state: "made" }));
const kinds = (asked: AuditQuestion) => auditDiff(asked).map((finding) => finding.kind);

test("what stands as required is no finding", () => {
  expect(auditDiff(question([audited(template(), { grants })], ledger))).toEqual([]);
});

describe("a missing right", () => {
  const found = auditDiff(question([bare]));

  test("is found with scope, principal, role and what to do", () => {
    expect(found.map((finding) => [finding.kind, finding.scope])).toEqual(
      expect.arrayContaining([
        ["missing", galleryId],
        ["missing", groupId],
      ]),
    );
    expect(found[0]?.fix.length).toBeGreaterThan(0);
  });

  test("has the same id in every audit, and in any casing", () => {
    const lower = { ...estate.galleryTarget, galleryImageId: estate.definitionId.toLowerCase() };
    const again = auditDiff(question([audited(template({ distribute: [lower] }))]));
    expect(again.map((finding) => finding.id)).toEqual(found.map((finding) => finding.id));
  });

  test("that two templates miss is one finding with both", () => {
    const second = audited(template());
    const other = { ...second, plan: { ...second.plan, templateId: `${templateId}2` } };
    const both = auditDiff(question([bare, other]));
    expect(both.map((finding) => finding.id)).toEqual(found.map((finding) => finding.id));
    expect(both[0]?.templateIds).toEqual([templateId, `${templateId}2`]);
  });
});

describe("a grant of ours that nobody needs any more", () => {
  const imageOnly = audited(template({ distribute: [estate.imageTarget] }), {
    grants: [...grants, grant(`${subscription}/resourceGroups/output`, roleId("imageWriter"))],
  });

  test("is excess", () => {
    const found = auditDiff(question([imageOnly], ledger)).filter((finding) => finding.kind === "excess");
    expect(found.map((finding) => finding.scope).sort()).toEqual([galleryId, groupId].sort());
    expect(found[0]?.assignmentId).toContain("/roleAssignments/");
  });

  test("is not excess where not every use of the identity was seen", () => {
    expect(kinds({ ...question([imageOnly], ledger), allTemplates: false })).toEqual([]);
  });

  test("is not excess while another template needs it", () => {
    expect(kinds(question([imageOnly, audited(template(), { grants })], ledger))).toEqual([]);
  });

  test("is not ours if it stood before, was only intended, or is undone", () => {
    for (const state of ["stood", "intended", "undone"] as const)
      expect(
        kinds(
          question(
            [imageOnly],
            ledger.map((entry) => ({ ...entry, state })),
          ),
        ),
      ).toEqual([]);
  });

  test("is no finding once it is gone", () => {
    const gone = audited(template({ distribute: [estate.imageTarget] }), {
      grants: [grant(`${subscription}/resourceGroups/output`, roleId("imageWriter"))],
    });
    expect(kinds(question([gone], ledger))).toEqual([]);
  });
});

test("a grant that the ledger has and Azure has not is a difference, besides being missing", () => {
  expect(kinds(question([bare], ledger))).toEqual(expect.arrayContaining(["missing", "ledgerDiffers"]));
});

test("a role that somebody edited is found while a template needs it", () => {
  const roles = Object.fromEntries(
    Object.entries(estate.ownRoles).map(([id, role]) => [id, { ...role, actions: ["*"] }]),
  );
  expect(kinds(question([audited(template(), { roles })]))).toContain("roleEdited");
});

test("a subnet that somebody changed back is network drift", () => {
  const body = template({ vmProfile: { vnetConfig: { subnetId: estate.buildSubnetId } } });
  const subnets = estate.byId([estate.subnet(estate.buildSubnetId, { privateLinkServiceNetworkPolicies: "Enabled" })]);
  const found = auditDiff(question([audited(body, { subnets })])).find((finding) => finding.kind === "networkDrift");
  expect(found).toMatchObject({
    scope: estate.buildSubnetId,
    title: "privateLinkServiceNetworkPolicies is Enabled, not Disabled",
  });
});

describe("a grant of somebody else's that templates rest on", () => {
  const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
  const roles = {
    ...estate.ownRoles,
    [contributor]: estate.standingRole(`/r/${contributor}`, "Contributor", ["*"]),
    microsoft: estate.standingRole("/r/microsoft", "Azure Image Builder Service Image Creation Role", [
      "Microsoft.Compute/galleries/read",
      "Microsoft.Compute/galleries/images/read",
      "Microsoft.Compute/galleries/images/versions/read",
      "Microsoft.Compute/galleries/images/versions/write",
    ]),
  };
  const found = (grants: Facts["grants"], more: Partial<AuditQuestion> = {}) =>
    auditDiff({ ...question([audited(template(), { grants, roles })]), ...more });

  test("is wider than needed where it is Contributor, and what is enough is said", () => {
    const held = grant(groupId, `/r/${contributor}`);
    expect(found([held])).toMatchObject([
      { kind: "wider", scope: groupId, assignmentId: held.id, templateIds: [templateId] },
    ]);
    expect(found([held])[0]?.fix[0]).toContain("Goldsmith gallery publisher (test) at");
  });

  test("is wider than needed where only its scope is", () => {
    const held = { ...grants[1]!, id: "/x/roleAssignments/9", scope: subscription };
    expect(found([grants[0]!, held]).map((finding) => finding.kind)).toEqual(["wider"]);
  });

  test("is as narrow as ours where somebody followed Microsoft's document", () => {
    expect(found([grant(galleryId, "/r/microsoft"), grants[1]!])).toEqual([]);
  });

  test("is not judged under a condition, nor where not every use was seen", () => {
    const held = grant(groupId, `/r/${contributor}`);
    expect(found([...grants, { ...held, condition: "x" }])).toEqual([]);
    expect(found([held], { allTemplates: false })).toEqual([]);
  });

  test("is no matter of ours where no template rests on it", () => {
    expect(found([...grants, grant(`${subscription}/resourceGroups/far`, `/r/${contributor}`)])).toEqual([]);
  });

  test("is right where the template needs just that: Contributor on its staging group", () => {
    const body = template({ stagingResourceGroup: estate.stagingId });
    const targets = { ...facts(body).targets, ...estate.byId([estate.target(estate.stagingId)]) };
    const held = [...grants, { ...grant(estate.stagingId, `/r/${contributor}`), id: "/x/roleAssignments/8" }];
    expect(kinds(question([audited(body, { grants: held, roles, targets })]))).toEqual([]);
  });
});

describe("a grant to an identity that was deleted", () => {
  const gone = ledger[0]!;
  const anew = { id: estate.identityId, principalId: "aaaaaaaa-0000-4000-8000-000000000009", clientId: "c" };
  const orphans = (templates: readonly AuditedTemplate[]) =>
    auditDiff(question(templates, [gone])).filter((finding) => finding.kind === "orphaned");

  test("is orphaned once the identity is made anew", () => {
    const [finding] = orphans([audited(template(), { identity: anew })]);
    expect(finding).toMatchObject({
      scope: gone.change.kind === "assignRole" && gone.change.scope,
      principalId: estate.principalId,
    });
  });

  test("is orphaned while the identity is missing", () => {
    const { identity: _, ...read } = facts(template());
    expect(orphans([{ facts: read, plan: planBuild(read, policy) }])).toHaveLength(1);
  });

  test("is not called so because the identity could not be read", () => {
    const { identity: _, ...read } = facts(template());
    const blind = { ...read, unread: [{ code: "AuthorizationFailed", title: "", scope: estate.identityId }] };
    expect(orphans([{ facts: blind, plan: planBuild(blind, policy) }])).toEqual([]);
  });

  test("is not called so while it is the identity's", () => expect(orphans([bare])).toEqual([]));
});
