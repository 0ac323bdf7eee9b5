import { Refused } from "../../shared/problem.ts";
import { play, type Scene } from "../support/play.ts";
import { anOrder, aSmoothBuild } from "./scene.ts";

const principal = { principalId: "p", principalType: "User", scope: "version" } as const;
const order = anOrder({ share: [principal] });
const refused = new Refused({ code: "No", title: "no" });

/** A build that shares; each share is over after so many looks, or refused. */
function sharing(shares: Readonly<Record<string, number | "refused">>, more: Scene["activities"] = {}) {
  const looks: Record<string, number> = {};
  const ended: unknown[] = [];
  const activities: Scene["activities"] = {
    ...aSmoothBuild(1),
    openShares: async () => ({ shareIds: Object.keys(shares) }),
    applyShare: async ({ shareId }) => {
      if (shares[shareId] === "refused") throw refused;
      looks[shareId] = (looks[shareId] ?? 0) + 1;
      return { over: looks[shareId] >= Number(shares[shareId]) };
    },
    endShare: async ({ shareId, problem }) => {
      ended.push([shareId, problem?.code]);
      return {};
    },
    ...more,
  };
  return { activities, ended };
}

test("what was published is shared once the template is let go, each share looked at until it is there, and then the build ends", async () => {
  const { activities, ended } = sharing({ a: 1, b: 3 });
  const played = await play("buildImage", order, { activities });
  expect(played.output).toEqual({ state: "succeeded" });
  const from = played.calls.indexOf("releaseTemplate");
  const b = ["applyShare", "applyShare", "applyShare", "endShare"];
  expect(played.calls.slice(from)).toEqual([
    ...["releaseTemplate", "enterState", "openShares", "applyShare", "endShare"],
    ...[...b, "endBuild", "announce"],
  ]);
  expect(ended).toEqual([
    ["a", undefined],
    ["b", undefined],
  ]);
  expect(played.warnings).toEqual([]);
});

test("what is refused is told, the others are shared all the same, and the image is built", async () => {
  const { activities, ended } = sharing({ a: "refused", b: 1, c: "refused" });
  const played = await play("buildImage", order, { activities });
  expect(played.output).toEqual({ state: "succeeded", problem: { code: "No", title: "no", stage: "sharing" } });
  expect(ended).toEqual([
    ["a", "No"],
    ["b", undefined],
    ["c", "No"],
  ]);
});

test("a gallery that is never done with being changed is given up after ten minutes", async () => {
  const { activities, ended } = sharing({ a: 1000 });
  const played = await play("carryShare", { shareId: "a" }, { activities });
  expect(ended).toEqual([["a", "NotSharedInTime"]]);
  expect(played.minutes).toBeLessThan(11);
});

test("what fails when it is written down keeps no build from ending", async () => {
  const broken = sharing({ a: 1 }, { openShares: async () => Promise.reject(new Error("no storage")) });
  const played = await play("buildImage", order, { activities: broken.activities });
  expect(played.output).toMatchObject({ state: "succeeded", problem: { code: "StepFailed", stage: "sharing" } });
  expect(played.calls).toContain("endBuild");
});

test("nothing is shared of a build that failed, that nobody asked to share, or that was cancelled by then", async () => {
  const calls = async (more: Scene["activities"], asked = order) =>
    (await play("buildImage", asked, { activities: sharing({ a: 1 }, more).activities })).calls;
  expect(await calls({ readRun: async () => ({ kind: "ended", end: { kind: "failed" } }) })).not.toContain(
    "openShares",
  );
  expect(await calls({}, anOrder())).not.toContain("openShares");
  const late = { enterState: async ({ state }: { state: string }) => ({ cancelAsked: state === "sharing" }) };
  expect(await calls(late)).not.toContain("openShares");
});
