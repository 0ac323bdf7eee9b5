import { runOutcome } from "../../../../shared/decide/builds/outcome.ts";
import type { RunStatus, TemplateFacts } from "../../../../shared/decide/planning/facts.ts";
import { template, templateId } from "../estate.ts";

const never = "0001-01-01T00:00:00Z";
const start = "2025-04-01T10:00:00.738099365Z";
const end = "2025-04-01T10:20:00.1Z";

function after(lastRun: RunStatus | undefined, more: Partial<TemplateFacts> = {}): TemplateFacts {
  return {
    id: templateId,
    exists: true,
    body: template(),
    provisioningState: "Succeeded",
    ...(lastRun ? { lastRun } : {}),
    ...more,
  };
}

const cases: readonly (readonly [string, RunStatus | undefined, string])[] = [
  [
    "just asked for (recorded)",
    { startTime: start, endTime: never, runState: "Running", runSubState: "Queued", message: "" },
    "running",
  ],
  [
    "being cancelled (recorded)",
    { startTime: start, endTime: never, runState: "Canceling", message: "Canceling image build" },
    "running",
  ],
  ["done (recorded)", { startTime: start, endTime: end, runState: "Succeeded", message: "" }, "succeeded"],
  ["done in odd casing", { startTime: start, endTime: end, runState: "SUCCEEDED" }, "succeeded"],
  ["done but without an end yet", { startTime: start, endTime: never, runState: "Succeeded" }, "running"],
  [
    "partly done",
    {
      startTime: start,
      endTime: end,
      runState: "PartiallySucceeded",
      message: "Failed in distributing 1 images out of total 2",
    },
    "partiallySucceeded",
  ],
  ["failed", { startTime: start, endTime: end, runState: "Failed", message: "PackerBuildFailed" }, "failed"],
  ["cancelled", { startTime: start, endTime: end, runState: "Canceled" }, "cancelled"],
  ["cancelled, with nobody writing the end", { startTime: start, endTime: never, runState: "Canceled" }, "cancelled"],
  ["cancelled in British spelling", { startTime: start, endTime: end, runState: "Cancelled" }, "cancelled"],
  ["new, a state nobody documents", { startTime: start, runState: "new" }, "running"],
  ["in a state of the future", { startTime: start, endTime: end, runState: "Hibernating" }, "running"],
  ["not there yet", undefined, "running"],
];

test.each(cases)("a run that is %s counts as it should", (_, lastRun, kind) => {
  expect(runOutcome(after(lastRun)).kind).toBe(kind);
});

test("a run under way says its stage", () => {
  expect(runOutcome(after(cases[0]?.[1]))).toEqual({ kind: "running", subState: "Queued" });
  expect(runOutcome(after(cases[1]?.[1]))).toEqual({ kind: "running", subState: "Canceling" });
});

test("a failed run carries the service's words and what they mean", () => {
  const outcome = runOutcome(after(cases[6]?.[1]));
  expect(outcome).toMatchObject({
    kind: "failed",
    message: "PackerBuildFailed",
    problem: { code: "PackerBuildFailed" },
  });
});

test("the run before is not taken for ours, by its very start or an earlier one", () => {
  const old = { startTime: start, endTime: end, runState: "Failed", message: "old" };
  expect(runOutcome(after(old), start).kind).toBe("running");
  expect(runOutcome(after(old), "2025-04-01T11:00:00Z").kind).toBe("running");
  expect(runOutcome(after(old), "2025-04-01T09:00:00Z").kind).toBe("failed");
  expect(runOutcome(after({ ...old, startTime: "2025-04-01T10:00:00.739Z" }), start).kind).toBe("failed");
});

test("a template that never came to be cannot be waited for", () => {
  const failed = after(undefined, {
    provisioningState: "Failed",
    provisioningError: { code: "BadSourceType", message: "no such source" },
  });
  expect(runOutcome(failed)).toMatchObject({ kind: "failed", problem: { code: "SourceBad", stage: "creating" } });
});
