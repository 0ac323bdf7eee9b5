import { Refused } from "../../shared/problem.ts";
import { play } from "../support/play.ts";
import { aGrant, anOrder, aSmoothBuild } from "./scene.ts";

const settled = ["claimTemplate", "enterState", "announce", "planTemplate"];
const ending = ["collectArtifacts", "releaseTemplate", "endBuild", "announce"];

const granted = (at: number) => {
  const moment = new Date(at).toISOString();
  return { youngestGrant: moment, youngestEarly: moment, settle: 300 };
};

test("a build with nothing to change plans, runs, collects and tells, and asks for nothing else", async () => {
  const played = await play("buildImage", anOrder(), { activities: aSmoothBuild() });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(played.calls).toEqual([
    ...settled,
    "readTemplate",
    "enterState",
    "startRun",
    "readRun",
    "readRun",
    "readRun",
    ...ending,
  ]);
  expect(played.warnings).toEqual([]);
});

test("a right that is missing is granted, and trusted only when it is old enough", async () => {
  const start = Date.UTC(2026, 0, 1);
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(1),
      planTemplate: async () => ({
        hash: "h",
        contentHash: "c",
        changes: [aGrant],
        early: [aGrant.name],
        template: { exists: true },
      }),
      checkChanges: async () => ({ cancelAsked: false, standing: true, ...granted(start) }),
    },
  });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(played.calls).toContain("applyChange");
  expect(played.minutes).toBeGreaterThanOrEqual(5);
  expect(played.minutes).toBeLessThan(5.5);
});

test("rights to distribute ripen while the build runs: nobody waits for them", async () => {
  const youngestGrant = new Date(Date.UTC(2026, 0, 1)).toISOString();
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(1),
      planTemplate: async () => ({
        hash: "h",
        contentHash: "c",
        changes: [aGrant],
        early: [],
        template: { exists: true },
      }),
      checkChanges: async () => ({ cancelAsked: false, standing: true, youngestGrant }),
    },
  });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(played.minutes).toBeLessThan(0.5);
});

test.each([
  ["was asked for while the right was young is run again, however long the run took", 0, "succeeded", 2],
  ["was asked for when the right had had its time is believed", 20, "failed", 1],
] as const)("a run refused for a right just granted that %s", async (_, minutesBefore, state, runs) => {
  const at = new Date(Date.UTC(2026, 0, 1) - minutesBefore * 60_000).toISOString();
  let started = 0;
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(),
      planTemplate: async () => ({
        hash: "h",
        contentHash: "c",
        changes: [aGrant],
        early: [],
        template: { exists: true },
      }),
      checkChanges: async () => ({ cancelAsked: false, standing: true, youngestGrant: at }),
      startRun: async () => {
        started++;
        return { timeoutMinutes: 240 };
      },
      readRun: async () =>
        started < 2
          ? { kind: "ended", end: { kind: "failed", startedAt: at, refusedGrant: { at } } }
          : { kind: "ended", end: { kind: "succeeded" } },
    },
  });
  expect(played.output).toMatchObject({ state });
  expect(started).toBe(runs);
});

test("a plan with a blocker ends refused, and nothing is written", async () => {
  const blocker = { code: "OutsideFence", title: "The scope lies outside the fence" };
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(),
      planTemplate: async () => ({
        hash: "h",
        contentHash: "c",
        changes: [aGrant],
        early: [],
        blocker,
        template: { exists: true },
      }),
    },
  });
  expect(played.output).toEqual({ state: "refused", problem: blocker });
  expect(played.calls).not.toContain("applyChange");
  expect(played.calls).not.toContain("startRun");
});

test("a plan other than the approved one is refused", async () => {
  const played = await play("buildImage", anOrder({ planHash: "sha256:old" }), { activities: aSmoothBuild() });
  expect(played.output).toMatchObject({ state: "refused", problem: { code: "PlanChanged" } });
});

test("a refusal of Azure is tried once and ends the build; a fault is tried again", async () => {
  let tries = 0;
  const refused = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(),
      startRun: async () => {
        tries++;
        throw new Refused({ code: "AuthorizationFailed", title: "no" });
      },
    },
  });
  expect(refused.output).toMatchObject({ state: "refused", problem: { code: "AuthorizationFailed" } });
  expect(tries).toBe(1);
  const flaky = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(),
      startRun: async () => {
        if (++tries < 4) throw new Error("503");
        return { timeoutMinutes: 240 };
      },
    },
  });
  expect(flaky.output).toEqual({ state: "succeeded" });
  expect(tries).toBe(4);
});

test("a step that never succeeds fails the build with a problem, and the build is still written down and told", async () => {
  const activities = {
    ...aSmoothBuild(),
    planTemplate: async () => {
      throw new Error("ECONNRESET");
    },
  };
  const played = await play("buildImage", anOrder(), { activities });
  expect(played.output).toMatchObject({ state: "failed", problem: { code: "StepFailed" } });
  expect(played.calls.slice(-3)).toEqual(["releaseTemplate", "endBuild", "announce"]);
});

test("a template that failed for want of rights is deleted, created anew and run", async () => {
  const states = ["Failed", "Succeeded"] as const;
  let look = 0;
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(1),
      planTemplate: async () => ({ hash: "h", contentHash: "c", changes: [], early: [], template: { exists: true } }),
      readTemplate: async () => ({ kind: "settled", state: states[look++] ?? "Succeeded" }),
    },
  });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(played.calls.filter((call) => /Template$/.test(call))).toEqual([
    "claimTemplate",
    "planTemplate",
    "readTemplate",
    "deleteTemplate",
    "createTemplate",
    "readTemplate",
    "releaseTemplate",
  ]);
});

test("a build that another task hub carries by now ends here without a word: its end is told there", async () => {
  const claimTemplate = async () => ({ mine: false, cancelAsked: false, elsewhere: true as const });
  const played = await play("buildImage", anOrder(), { activities: { ...aSmoothBuild(), claimTemplate } });
  expect(played.output).toBeNull();
  expect(played.calls).toEqual(["claimTemplate"]);
});

test("a failed template is left alone where the settings say never", async () => {
  const played = await play("buildImage", anOrder({ recreate: "never" }), {
    activities: { ...aSmoothBuild(), readTemplate: async () => ({ kind: "settled", state: "Failed" }) },
  });
  expect(played.output).toMatchObject({ state: "refused" });
  expect(played.calls).not.toContain("deleteTemplate");
});

test("a template refused for a right that was just granted is created again until the right has spread", async () => {
  const start = Date.UTC(2026, 0, 1);
  let creations = 0;
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(1),
      planTemplate: async () => ({
        hash: "h",
        contentHash: "c",
        changes: [aGrant],
        early: [aGrant.name],
        template: { exists: false },
      }),
      checkChanges: async () => ({ cancelAsked: false, standing: true, ...granted(start) }),
      createTemplate: async () => {
        creations++;
        return { outcome: "started" };
      },
      readTemplate: async () =>
        creations < 3
          ? { kind: "settled", state: "Failed", refusedGrant: {} }
          : { kind: "settled", state: "Succeeded" },
    },
  });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(creations).toBe(3);
});

test("a cancellation asked for before the run ends the build cancelled, without a run", async () => {
  const played = await play("buildImage", anOrder(), {
    activities: { ...aSmoothBuild(), enterState: async ({ state }) => ({ cancelAsked: state === "running" }) },
  });
  expect(played.output).toEqual({ state: "cancelled" });
  expect(played.calls).not.toContain("startRun");
});

test("the history of a 16-hour build is as short as that of a short one", async () => {
  const long = await play("buildImage", anOrder(), {
    activities: { ...aSmoothBuild(193), startRun: async () => ({ timeoutMinutes: 960 }) },
  });
  expect(long.output).toEqual({ state: "succeeded" });
  expect(long.minutes).toBeGreaterThan(959);
  expect(long.longestHistory).toBeLessThanOrEqual(150);
});

test("a network that others changed since the plan is planned anew, and the build goes on", async () => {
  let plans = 0;
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(1),
      planTemplate: async () => {
        plans++;
        return {
          hash: `h${plans}`,
          contentHash: "c",
          changes: [aGrant],
          early: [aGrant.name],
          template: { exists: true },
        };
      },
      applyChange: async () => {
        if (plans < 3) throw new Refused({ code: "SecurityRuleConflict", title: "priority taken" });
        return { outcome: "made" };
      },
    },
  });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(plans).toBe(3);
});
