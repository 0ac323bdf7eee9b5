import type { Decision } from "../../../../shared/approval.ts";
import {
  decisionProblem,
  notApproved,
  type Waiting,
  wantsApproval,
} from "../../../../shared/decide/gallery/approval.ts";
import { isWithheld } from "../../../../shared/decide/gallery/gate.ts";
import { definitionId, galleryId } from "../estate.ts";

const now = "2026-01-02T00:00:00.000Z";
const earlier = "2026-01-01T00:00:00.000Z";
const later = "2026-01-03T00:00:00.000Z";
const waiting: Waiting = {
  what: "the build",
  state: "awaitingApproval",
  waits: true,
  askedBy: "asker",
  decideBy: later,
  seeAt: "/api/builds/b1",
};

test.each<[string, Partial<Waiting>, string | undefined, string | undefined]>([
  ["somebody else decides in time", {}, "other", undefined],
  ["nobody can be told apart: the key decides", {}, undefined, undefined],
  ["who asked is not known", { askedBy: undefined }, "other", undefined],
  ["who asked decides", {}, "asker", "OwnApproval"],
  ["it does not wait", { waits: false, state: "running" }, "other", "NothingToDecide"],
  ["its time is over, though it still waits", { decideBy: earlier }, "other", "NothingToDecide"],
  ["it is decided, though it still waits", { standing: { kind: "rejected", at: earlier } }, "other", "NothingToDecide"],
])("%s", (_, more, who, code) => {
  expect(decisionProblem({ ...waiting, ...more }, who, now)?.code).toBe(code);
});

test("a refusal says what has become of it", () => {
  expect(decisionProblem({ ...waiting, decideBy: earlier }, "other", now)?.title).toBe(
    "The build is not waiting for a decision: expired",
  );
});

test.each<[string, readonly object[], readonly string[], boolean]>([
  ["publishes into a scope", [{ type: "SharedImage", galleryImageId: definitionId }], [galleryId], true],
  ["publishes elsewhere", [{ type: "SharedImage", galleryImageId: definitionId }], ["/subscriptions/other"], false],
  ["publishes into no gallery", [{ type: "VHD" }], [galleryId], false],
  ["is free of scopes", [{ type: "SharedImage", galleryImageId: definitionId }], [], false],
])("a template that %s", (_, distribute, scopes, wanted) => {
  expect(wantsApproval({ location: "westeurope", properties: { distribute } }, { hours: 72, scopes })).toBe(wanted);
});

test.each<[Decision["kind"], string]>([
  ["rejected", "ApprovalRejected"],
  ["expired", "ApprovalExpired"],
  ["cancelled", "ApprovalCancelled"],
])("%s: the build says so, and what to do", (kind, code) => {
  const problem = notApproved({ kind, at: now, who: "other", reason: "wrong kernel" });
  expect(problem).toMatchObject({
    code,
    stage: "approving",
    detail: expect.stringContaining("Decided by other. wrong kernel"),
  });
  expect(problem.fix?.length).toBeGreaterThan(0);
});

test.each([
  [{}, false],
  [{ goldsmithApproval: "pending b1" }, true],
  [{ goldsmithApproval: "rejected b1 2026" }, true],
  [{ goldsmithApproval: "approved b1 2026" }, false],
])("a version tagged %j is withheld: %s", (tags, withheld) => {
  expect(isWithheld(tags)).toBe(withheld);
});
