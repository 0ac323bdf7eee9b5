import { type AuditedTemplate, type AuditQuestion, auditDiff, type LedgerFacts } from "../../../shared/decide/audit.ts";
import type { Facts, TemplateBody } from "../../../shared/decide/facts.ts";
import type { Change } from "../../../shared/decide/plan.ts";
import { planBuild } from "../../../shared/decide/planBuild.ts";
import { roleDefinitionId } from "../../../shared/decide/roles.ts";
import * as estate from "./estate.ts";

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
