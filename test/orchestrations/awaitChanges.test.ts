import { play } from "../support/play.ts";
import { aGrant } from "./scene.ts";

const origin = Date.UTC(2026, 0, 1);
const order = {
  buildId: "b1",
  changes: [aGrant],
  early: [aGrant.name],
  own: true,
  settle: 60,
  deadline: new Date(origin + 3_600_000).toISOString(),
};
type Says = "allowed" | "notYet" | "silent";

/** A grant just made, an age floor of five minutes, and an oracle that says so in turn, the last for ever; none without. */
const waiting = (says?: readonly Says[], cancelAfter = Number.POSITIVE_INFINITY) => {
  let asked = 0;
  const grantedAt = new Date(origin).toISOString();
  const reading = { cancelAsked: false, standing: true, youngestGrant: grantedAt, youngestEarly: grantedAt };
  return play("awaitChanges", order, {
    activities: {
      checkChanges: async () => ({ ...reading, settle: 300, ...(says ? { oracleFor: 900 } : {}) }),
      lookForCancel: async () => ({ cancelAsked: false }),
      askOracle: async () => {
        asked += 1;
        const word = says?.[Math.min(asked, says.length) - 1] ?? "silent";
        return { cancelAsked: asked > cancelAfter, says: word };
      },
    },
  });
};

test("without an oracle grants are tried at the age floor, and nobody is asked", async () => {
  const played = await waiting();
  expect(played.minutes).toBeCloseTo(5, 0);
  expect(played.calls).not.toContain("askOracle");
});

test("an oracle's word ends the wait, below the age floor and above it", async () => {
  expect((await waiting(["notYet", "allowed"])).minutes).toBeLessThan(0.5);
  const late = await waiting([...Array<Says>(8).fill("notYet"), "allowed"]);
  expect(late.minutes).toBeGreaterThan(5);
  expect(late.output).toMatchObject({ kind: "standing" });
});

test("an oracle that falls silent is left, and the age floor counts", async () => {
  expect((await waiting(["silent"])).minutes).toBeCloseTo(5, 0);
  const fallen = await waiting(["notYet", "notYet", "silent"]);
  expect(fallen.minutes).toBeCloseTo(5, 0);
  expect(fallen.calls.filter((call) => call === "askOracle")).toHaveLength(3);
});

test("an oracle that never says yes is believed for a quarter of an hour, with a short history", async () => {
  const played = await waiting(["notYet"]);
  expect(played.minutes).toBeCloseTo(15, 0);
  expect(played.output).toMatchObject({ kind: "standing" });
  expect(played.longestHistory).toBeLessThan(150);
});

test("a cancellation is noticed while the oracle is asked", async () => {
  expect((await waiting(["notYet"], 2)).output).toEqual({ kind: "cancelled" });
});
