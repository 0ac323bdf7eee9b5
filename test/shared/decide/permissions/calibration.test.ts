import {
  judgeEtags,
  judgeIfMatch,
  judgeOperation,
  judgeRights,
  judgeSpread,
  judgeStatus,
  type Observation,
  probes,
  type Verdict,
  verdictOn,
} from "../../../../shared/decide/permissions/calibration.ts";
import type { EvidenceDocument } from "../../../../shared/decide/permissions/measured.ts";
import { roleSpec } from "../../../../shared/decide/permissions/roles.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import { facts, policy, template } from "../estate.ts";

const taken: Verdict = { kind: "taken" };
const refused: Verdict = { kind: "refused", text: "AuthorizationFailed" };
const other: Verdict = { kind: "other", text: "quota exceeded" };

/** All probes, each as `fared` says; what it does not say was taken and built. */
function seen(fared: Readonly<Record<string, Omit<Observation, "probe">>>): readonly Observation[] {
  return probes().map((probe) => ({ probe, ...(fared[probe.name] ?? { submitted: taken, built: taken }) }));
}
const answer = (observations: readonly Observation[], question: string) =>
  judgeRights(observations).find((one) => one.question === question)?.answer;
const images = "galleryNeedsImagesRights";
const early = "rightsCheckedAtSubmission";

describe("rights", () => {
  test("each probe lacks exactly one thing, and the control nothing", () => {
    const all = roleSpec("galleryPublisher").actions;
    const lacking = probes().flatMap(({ about, grants }) =>
      typeof about === "object" ? [all.filter((one) => !grants.galleryPublisher?.includes(one))] : [],
    );
    expect(lacking).toEqual(all.map((one) => [one]));
    expect(probes().filter(({ about }) => about === "control")).toHaveLength(1);
  });

  const table: [name: string, fared: Parameters<typeof seen>[0], question: string, expected: unknown][] = [
    ["built without: not needed", {}, images, false],
    ["the build refused without: needed", { noimages: { submitted: taken, built: refused } }, images, true],
    ["the submission refused without: needed", { noimages: { submitted: refused } }, images, true],
    ["failed otherwise: open", { noimages: { submitted: taken, built: other } }, images, null],
    ["submitted, but not built: open", { noimages: { submitted: taken } }, images, null],
    [
      "the control failed: open",
      { control: { submitted: taken, built: other }, noimages: { submitted: refused } },
      images,
      null,
    ],
    [
      "the control was refused: open",
      { control: { submitted: refused }, noimages: { submitted: refused } },
      images,
      null,
    ],
    ["nothing was refused at submission", { nothing: { submitted: refused } }, early, true],
    ["nothing was taken", { nothing: { submitted: taken } }, early, false],
    ["nothing failed otherwise: open", { nothing: { submitted: other } }, early, null],
    ["all were refused: open", { nothing: { submitted: refused }, control: { submitted: refused } }, early, null],
  ];
  test.each(table)("%s", (_, fared, question, expected) => {
    expect(answer(seen(fared), question)).toBe(expected);
  });

  test("only a failure that speaks of authorization is one", () => {
    expect(verdictOn(undefined).kind).toBe("taken");
    expect(verdictOn("Not authorized to access the resource: /x").kind).toBe("refused");
    expect(verdictOn("Failed: Azure Container Instances quota exceeded").kind).toBe("other");
  });
});

test.each([
  [judgeIfMatch(412), true],
  [judgeIfMatch(200), false],
  [judgeIfMatch(409), null],
  [judgeEtags("a", "b"), true],
  [judgeEtags("a", "a"), false],
  [judgeEtags("", "b"), null],
  [judgeStatus("guardStatus", 405, "A second run"), 405],
  [judgeStatus("guardStatus", 202, "A second run"), null],
  [judgeStatus("guardStatus", 503, "A second run"), null],
  [judgeStatus("repeatedPutStatus", 202, "The same", true), 202],
  [judgeOperation("Failed"), "Failed"],
  [judgeOperation("InProgress"), null],
  [judgeOperation(undefined), null],
  [judgeSpread("grantSeconds", { before: 60.4, at: 90.6 }, "never"), 91],
  [judgeSpread("grantSeconds", undefined, "never"), null],
])("%j is answered with %s", ({ answer: found, how }, expected) => {
  expect(found).toBe(expected);
  expect(how).not.toBe("");
});

describe("requirements cite what was measured", () => {
  const at = "2026-11-25T10:00:00.000Z";
  const place = { version: 1, subscriptionId: "sub-1", location: "westeurope" } as const;
  const evidence = (question: EvidenceDocument["measurements"][number]["question"], found: boolean | null) => ({
    ...place,
    measurements: [{ question, answer: found, how: "", at }],
  });
  const needs = (document: EvidenceDocument | undefined, requirementSet: "documented" | "minimal") =>
    planBuild(facts(template()), { ...policy, requirementSet, ...(document ? { evidence: document } : {}) })
      .requirements;
  const writer = (document: EvidenceDocument | undefined, set: "documented" | "minimal") =>
    needs(document, set).find(({ id }) => id === "distribute/0/images");

  test("needed: measured, with date and place, also where the smallest set was wanted", () => {
    const wanted = {
      evidence: "measured",
      measured: "needed: measured on 2026-11-25 in subscription sub-1 (westeurope)",
    };
    expect(writer(evidence(images, true), "documented")).toMatchObject(wanted);
    expect(writer(evidence(images, true), "minimal")).toMatchObject(wanted);
  });

  test("not needed: the documents' set keeps it and says so, the smallest set leaves it out", () => {
    const kept = writer(evidence(images, false), "documented");
    expect(kept?.evidence).toBe("documented");
    expect(kept?.measured).toMatch(/^not needed: measured on 2026-11-25/);
    expect(writer(evidence(images, false), "minimal")).toBeUndefined();
  });

  test("open, or never asked: as without", () => {
    expect(needs(evidence(images, null), "documented")).toEqual(needs(undefined, "documented"));
    expect(writer(evidence(images, null), "minimal")).toBeUndefined();
  });

  test("a role is measured once every action of it was found needed, and cites the oldest", () => {
    const actions = roleSpec("galleryPublisher").actions;
    const each = actions.map((action, day) => ({
      question: `action/galleryPublisher/${action}` as const,
      answer: true,
      how: "",
      at: `2026-11-2${9 - day}T10:00:00.000Z`,
    }));
    const publisher = (measurements: EvidenceDocument["measurements"]) =>
      needs({ ...place, measurements }, "documented").find(({ id }) => id === "distribute/0/gallery");
    expect(publisher(each)).toMatchObject({ evidence: "measured", measured: expect.stringContaining("2026-11-26") });
    expect(publisher(each.slice(1))).toMatchObject({ evidence: "documented" });
  });
});
