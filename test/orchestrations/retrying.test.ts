import { play } from "../support/play.ts";
import { anOrder, aSmoothBuild } from "./scene.ts";

const failing = (code: string, times: number) => {
  let runs = 0;
  return {
    ...aSmoothBuild(),
    startRun: async () => {
      runs++;
      return { timeoutMinutes: 60 };
    },
    readRun: async () =>
      runs <= times
        ? {
            kind: "ended" as const,
            end: { kind: "failed" as const, startedAt: `2026-01-01T0${runs}:00:00Z`, problem: { code, title: "no" } },
          }
        : { kind: "ended" as const, end: { kind: "succeeded" as const } },
  };
};
const runsOf = (calls: readonly string[]) => calls.filter((call) => call === "startRun").length;

test("a failure that passes is tried again after a while, and is not taken for the new run", async () => {
  const played = await play("buildImage", anOrder(), { activities: failing("ContainerQuotaExceeded", 2) });
  expect(played.output).toEqual({ state: "succeeded" });
  expect(runsOf(played.calls)).toBe(3);
  expect(played.minutes).toBeCloseTo(30, 0);
  const last = played.inputs.filter(({ name }) => name === "startRun").at(-1);
  expect(last?.input).toMatchObject({
    previousStart: "2026-01-01T02:00:00Z",
    because: "no (ContainerQuotaExceeded), try 3",
  });
});

test("trying again has an end", async () => {
  const played = await play("buildImage", anOrder(), { activities: failing("ContainerQuotaExceeded", 99) });
  expect(played.output).toMatchObject({ state: "failed", problem: { code: "ContainerQuotaExceeded" } });
  expect(runsOf(played.calls)).toBe(4);
});

test("a partial success says which targets got nothing", async () => {
  const played = await play("buildImage", anOrder(), {
    activities: {
      ...aSmoothBuild(),
      readRun: async () => ({
        kind: "ended",
        end: { kind: "partiallySucceeded", problem: { code: "DistributionFailed", title: "no", detail: "It failed." } },
      }),
      collectArtifacts: async () => ({ missing: ["vhd"], byHand: ["az rest --method put …"] }),
    },
  });
  expect(played.output).toMatchObject({
    state: "partiallySucceeded",
    problem: {
      detail: "Not made: vhd. It failed.",
      fix: ["POST /api/builds/b1/retry makes what is missing from the image that was made", "az rest --method put …"],
    },
  });
});

test("a failure that stays is not tried again", async () => {
  const played = await play("buildImage", anOrder(), { activities: failing("PackerBuildFailed", 99) });
  expect(played.output).toMatchObject({ state: "failed" });
  expect(runsOf(played.calls)).toBe(1);
});

describe("an image whose run gave up waiting", () => {
  const timedOutRun = {
    kind: "ended" as const,
    end: {
      kind: "failed" as const,
      startedAt: "2026-01-01T00:01:00Z",
      problem: { code: "DistributionTimedOut", title: "It stopped waiting", stage: "distributing" },
    },
  };
  const looking = (found: readonly ("there" | "coming" | "none" | "failed")[]) => {
    const left = [...found];
    return {
      ...aSmoothBuild(),
      readRun: async () => timedOutRun,
      lookForImage: async () => ({ found: left.shift() ?? found.at(-1) ?? ("none" as const), cancelAsked: false }),
    };
  };
  const ended = (found: Parameters<typeof looking>[0]) => play("buildImage", anOrder(), { activities: looking(found) });

  test("and appears afterwards is a success that came late", async () => {
    const played = await ended(["coming", "coming", "there"]);
    expect(played.output).toEqual({ state: "succeeded", late: true });
    expect(played.calls.filter((call) => call === "lookForImage")).toHaveLength(3);
    expect(played.inputs.filter(({ name }) => name === "endBuild").at(-1)?.input).toMatchObject({ late: true });
  });

  test("is given up where there is no trace of it, or it failed, with the failure as it was", async () => {
    const never = await ended(["none"]);
    expect(never.output).toMatchObject({ state: "failed", problem: { code: "DistributionTimedOut" } });
    expect(never.minutes).toBeLessThan(20);
    expect((await ended(["coming", "failed"])).output).toMatchObject({ state: "failed" });
  });

  test("is looked for some hours, with a short history, and can be cancelled meanwhile", async () => {
    const played = await ended(["coming"]);
    expect(played.output).toMatchObject({ state: "failed" });
    expect(played.minutes).toBeGreaterThan(175);
    expect(played.longestHistory).toBeLessThan(150);
    const cancelled = {
      ...looking(["coming"]),
      lookForImage: async () => ({ found: "coming" as const, cancelAsked: true }),
    };
    expect((await play("buildImage", anOrder(), { activities: cancelled })).output).toEqual({ state: "cancelled" });
  });
});

test("a run of others is followed, and never asked for again", async () => {
  const order = anOrder({ adopt: { contentHash: "sha256:c" } });
  const played = await play("buildImage", order, { activities: failing("ContainerQuotaExceeded", 99) });
  expect(played.output).toMatchObject({ state: "failed", problem: { code: "ContainerQuotaExceeded" } });
  expect(runsOf(played.calls)).toBe(1);
  expect(played.calls).not.toContain("planTemplate");
});

test("a cancellation is noticed within a minute or two while a build waits to try again", async () => {
  let looks = 0;
  const activities = {
    ...failing("ContainerQuotaExceeded", 99),
    lookForCancel: async () => ({ cancelAsked: ++looks > 2 }),
  };
  const played = await play("buildImage", anOrder(), { activities });
  expect(played.output).toEqual({ state: "cancelled" });
  expect(played.minutes).toBeLessThan(5);
});
