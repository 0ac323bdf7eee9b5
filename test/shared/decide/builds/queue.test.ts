import fc from "fast-check";
import {
  ask,
  expectedStart,
  freeSlots,
  pauseAt,
  positionOf,
  type Slot,
  waiting,
} from "../../../../shared/decide/builds/queue.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const row = (names: string, capacity: { used: number; limit: number }) =>
  [...names].reduce<readonly Slot[]>((slots, name, minute) => ask(slots, name, capacity, at(minute)), []);

test("as many are let in as have room, the others have a place in the order they came", () => {
  const slots = row("abcd", { used: 0, limit: 8 });
  expect(slots.filter(({ granted }) => granted).map(({ buildId }) => buildId)).toEqual(["a", "b"]);
  expect([positionOf(slots, "c"), positionOf(slots, "d"), positionOf(slots, "a")]).toEqual([1, 2, 0]);
});

test("cores that others use leave less room, and a container that is seen is not counted twice", () => {
  const slots = row("ab", { used: 4, limit: 8 });
  expect(waiting(slots).map(({ buildId }) => buildId)).toEqual(["b"]);
  const seen = slots.map((slot) => (slot.granted ? { ...slot, seen: true as const } : slot));
  expect(freeSlots(seen, { used: 4, limit: 8 })).toBe(1);
  expect(freeSlots(slots, { used: 4, limit: 8 })).toBe(0);
});

test("nobody who comes late passes somebody who waits, and several may come in at once", () => {
  const full = row("abc", { used: 0, limit: 4 });
  const left = full.filter(({ buildId }) => buildId !== "a");
  expect(positionOf(ask(left, "d", { used: 0, limit: 4 }, at(9)), "d")).toBe(3);
  const wide = ask(left, "c", { used: 0, limit: 8 }, at(9));
  expect(wide.find(({ buildId }) => buildId === "c")?.granted).toBe(at(9));
});

test("where Azure does not say how much there is, nobody waits", () => {
  expect(ask([], "a", undefined, at(0))[0]?.granted).toBe(at(0));
});

test("never more than fit are let in, whoever asks in whatever order", () => {
  const names = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 40 });
  fc.assert(
    fc.property(names, fc.nat(24), fc.nat(24), (asked, used, limit) => {
      const slots = asked.reduce<readonly Slot[]>((all, name, i) => ask(all, name, { used, limit }, at(i)), []);
      expect(slots.filter(({ granted }) => granted).length).toBeLessThanOrEqual(
        Math.max(0, Math.floor((limit - used) / 4)),
      );
      expect(new Set(slots.map(({ buildId }) => buildId)).size).toBe(slots.length);
    }),
  );
});

test("who waits learns when: with those that end first, and after them in rounds", () => {
  const ends = [at(50), at(20), at(40)];
  expect([1, 2, 3, 4].map((position) => expectedStart(ends, position, 3600))).toEqual([at(20), at(40), at(50), at(80)]);
  expect(expectedStart([], 1, 3600)).toBeUndefined();
  expect([pauseAt(1), pauseAt(2), pauseAt(1000)]).toEqual([15, 18, 300]);
});
