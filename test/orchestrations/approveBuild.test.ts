import { Refused } from "../../shared/problem.ts";
import { play, type Scene } from "../support/play.ts";
import { anOrder, aSmoothBuild } from "./scene.ts";

const decideBy = "2026-01-04T00:00:00.000Z";
const order = anOrder({ approval: { hours: 72 } });

/** A build that waits; somebody decides at an emulated minute, or nobody ever does. */
function waiting(
  kind: "approved" | "rejected" | "expired" | "cancelled",
  looks: number,
  more: Scene["activities"] = {},
): Scene["activities"] {
  let left = looks;
  return {
    ...aSmoothBuild(1),
    gateTemplate: async () => ({ changed: false }),
    askApproval: async () => ({ decideBy }),
    lookForDecision: async () => (--left > 0 ? { kind: "none", pause: 600 } : { kind, pause: 0 }),
    concludeApproval: async () => (kind === "approved" ? {} : { problem: { code: "Why", title: "why" } }),
    readApproved: async () => ({ kind: "open" }),
    ...more,
  };
}

test("the template is let go before anybody is waited for, and the end is told after it", async () => {
  const played = await play("buildImage", order, { activities: waiting("approved", 3) });
  expect(played.output).toEqual({ state: "succeeded" });
  const from = played.calls.indexOf("releaseTemplate");
  expect(played.calls.slice(from)).toEqual([
    "releaseTemplate",
    "askApproval",
    "announce",
    "lookForDecision",
    "lookForDecision",
    "lookForDecision",
    "concludeApproval",
    "readApproved",
    "endBuild",
    "announce",
  ]);
  expect(played.warnings).toEqual([]);
});

test("who decides wakes it, long before it would look by itself", async () => {
  let decided = false;
  const activities = waiting("approved", 1, {
    lookForDecision: async () => {
      const seen = decided;
      decided = true;
      return seen ? { kind: "approved", pause: 0 } : { kind: "none", pause: 36_000 };
    },
  });
  const events = [{ minute: 5, instance: "b1:decision", name: "decided" }];
  const played = await play("buildImage", order, { activities, events });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(played.minutes).toBeLessThan(6);
});

test.each([
  ["rejected", "refused"],
  ["expired", "timedOut"],
  ["cancelled", "cancelled"],
] as const)("what is %s ends %s", async (kind, state) => {
  const played = await play("buildImage", order, { activities: waiting(kind, 1) });
  expect(played.output).toEqual({ state, problem: { code: "Why", title: "why" } });
  expect(played.calls).not.toContain("readApproved");
});

test("three days of waiting leave a short history", async () => {
  const played = await play("buildImage", order, { activities: waiting("approved", 432), hours: 80 });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(played.longestHistory).toBeLessThan(120);
});

test("nobody is asked about a build that failed, or that published nothing to approve", async () => {
  const failed = waiting("approved", 1, { readRun: async () => ({ kind: "ended", end: { kind: "failed" } }) });
  expect((await play("buildImage", order, { activities: failed })).calls).not.toContain("askApproval");
  const nothing = waiting("approved", 1, { askApproval: async () => ({}) });
  const played = await play("buildImage", order, { activities: nothing });
  expect([played.output, played.calls.includes("lookForDecision")]).toEqual([{ state: "succeeded" }, false]);
});

test("what Azure refuses ends the build with its reason", async () => {
  const refusing = waiting("approved", 1, {
    concludeApproval: async () => {
      throw new Refused({ code: "VersionReplaced", title: "replaced" });
    },
  });
  const played = await play("buildImage", order, { activities: refusing });
  expect(played.output).toMatchObject({ state: "refused", problem: { code: "VersionReplaced" } });
  expect(played.calls.slice(-2)).toEqual(["endBuild", "announce"]);
});

test("a move that needs no approval looks for none, and one that was rejected moves nothing", async () => {
  const activities: Scene["activities"] = {
    lookForDecision: async () => ({ kind: "rejected", pause: 0 }),
    moveChannel: async () => ({ exclude: [] }),
    endMove: async () => ({}),
  };
  expect((await play("carryMove", { moveId: "m1" }, { activities })).calls).toEqual(["moveChannel", "endMove"]);
  const waits = await play("carryMove", { moveId: "m1", decideBy }, { activities });
  expect([waits.output, waits.calls]).toEqual([{ state: "rejected" }, ["lookForDecision", "endMove"]]);
});
