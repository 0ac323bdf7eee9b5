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
  expect(last?.input).toMatchObject({ previousStart: "2026-01-01T02:00:00Z" });
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
      collectArtifacts: async () => ({ missing: ["vhd"] }),
    },
  });
  expect(played.output).toMatchObject({
    state: "partiallySucceeded",
    problem: { detail: "Not made: vhd. It failed." },
  });
});

test("a failure that stays is not tried again", async () => {
  const played = await play("buildImage", anOrder(), { activities: failing("PackerBuildFailed", 99) });
  expect(played.output).toMatchObject({ state: "failed" });
  expect(runsOf(played.calls)).toBe(1);
});
