import { Refused } from "../../shared/problem.ts";
import { play, type Scene } from "../support/play.ts";

const order = { verificationId: "v1" };

/** A verification whose machine boots at the second look, with one script. */
function aGoodImage(over: Scene["activities"] = {}): Scene["activities"] {
  let looks = 0;
  return {
    enterVerification: async () => ({}),
    checkVerification: async () => ({
      kind: "ready",
      machines: 1,
      temporary: true,
      minutes: 30,
      scripts: [{ name: "smoke", minutes: 5 }],
    }),
    makeTestNetwork: async () => ({ standing: true }),
    makeTestInterface: async () => ({ standing: true }),
    makeTestMachine: async () => ({}),
    readTestMachines: async () => ({ cancelAsked: false, stage: ++looks > 1 ? "ready" : "booting" }),
    readFailure: async () => ({ problem: { code: "Broken", title: "broken" } }),
    keepConsole: async () => ({}),
    startScript: async () => ({}),
    readScript: async () => ({ cancelAsked: false, over: true, passed: true }),
    listTestResources: async () => ({ ids: ["vm", "nic", "disk"] }),
    removeTestResource: async () => ({ gone: true }),
    closeVerification: async () => ({}),
    endVerification: async ({ state, problem }) => ({ state, ...(problem ? { problem } : {}) }),
    readGate: async () => ({ gate: false }),
    ...over,
  };
}

const removed = (inputs: readonly { readonly name: string; readonly input: unknown }[]) =>
  inputs
    .filter(({ name }) => name === "removeTestResource")
    .map(({ input }) => (input as { resourceId: string }).resourceId);

test("what boots and passes is proven, and removed, machines first", async () => {
  const played = await play("verifyImage", order, { activities: aGoodImage() });
  expect(played.output).toEqual({ state: "proven" });
  expect(removed(played.inputs)).toEqual(["vm", "nic", "disk"]);
  expect(played.warnings).toEqual([]);
});

const endings: readonly (readonly [string, Scene["activities"], string, string | undefined])[] = [
  ["does not boot", { readTestMachines: async () => ({ cancelAsked: false, stage: "failed" }) }, "failed", "Broken"],
  [
    "never shows itself",
    { readTestMachines: async () => ({ cancelAsked: false, stage: "booting" }) },
    "timedOut",
    "BootTimedOut",
  ],
  ["is cancelled", { readTestMachines: async () => ({ cancelAsked: true, stage: "booting" }) }, "cancelled", undefined],
  [
    "fails a script",
    { readScript: async () => ({ cancelAsked: false, over: true, passed: false }) },
    "failed",
    "Broken",
  ],
  [
    "hangs in a script",
    { readScript: async () => ({ cancelAsked: false, over: false, passed: false }) },
    "timedOut",
    "ScriptTimedOut",
  ],
  [
    "may not be made",
    { makeTestMachine: async () => Promise.reject(new Refused({ code: "Denied", title: "no" })) },
    "refused",
    "Denied",
  ],
  [
    "cannot be read",
    { readTestMachines: async () => Promise.reject(new Refused({ code: "Denied", title: "no" })) },
    "refused",
    "Denied",
  ],
  ["never gets its interface", { makeTestInterface: async () => ({ standing: false }) }, "refused", "NetworkNotReady"],
  [
    "meets an Azure that is away",
    { makeTestMachine: async () => Promise.reject(new Error("503")) },
    "failed",
    "StepFailed",
  ],
];

test.each(endings)("a machine that %s is removed all the same", async (_, over, state, code) => {
  const played = await play("verifyImage", order, { activities: aGoodImage(over) });
  const { problem, ...end } = played.output as { state: string; problem?: { code: string } };
  expect([end.state, problem?.code]).toEqual([state, code]);
  expect(removed(played.inputs)).toEqual(["vm", "nic", "disk"]);
  expect(played.calls).toContain("closeVerification");
  expect(played.longestHistory).toBeLessThan(250);
});

test("what cannot be removed for hours is left open, for the sweep", async () => {
  const activities = aGoodImage({ removeTestResource: async () => ({ gone: false }) });
  const played = await play("verifyImage", order, { activities });
  expect(played.output).toEqual({ state: "proven" });
  expect(played.calls).not.toContain("closeVerification");
  expect(played.longestHistory).toBeLessThan(250);
});

test("the sweep removes what is left and ends the verification", async () => {
  const played = await play("sweepVerification", order, { activities: aGoodImage() });
  expect(removed(played.inputs)).toEqual(["vm", "nic", "disk"]);
  const { input } = played.inputs.find(({ name }) => name === "endVerification") ?? {};
  expect(input).toMatchObject({ verificationId: "v1", state: "failed", problem: { code: "Abandoned" } });
});

test("an image that is still being replicated is waited for, with a history that does not grow", async () => {
  let looks = 0;
  const activities = aGoodImage({
    checkVerification: async () => ({
      kind: ++looks < 100 ? "waiting" : "ready",
      machines: 1,
      temporary: false,
      minutes: 30,
      scripts: [],
    }),
  });
  const played = await play("verifyImage", order, { activities });
  expect(played.output).toEqual({ state: "proven" });
  expect(played.longestHistory).toBeLessThan(250);
});
