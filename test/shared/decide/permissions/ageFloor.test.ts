import fc from "fast-check";
import { grantAgeFloor, type PropagationSample } from "../../../../shared/decide/permissions/ageFloor.ts";

const sample = (seconds: number, afterRefusal = false): PropagationSample => ({
  at: "2026-01-01T00:00:00Z",
  buildId: "b",
  seconds,
  afterRefusal,
});

test("where nothing was measured, the setting holds", () => {
  expect(grantAgeFloor([], 300, 900)).toBe(300);
});

test("a clean success lets the next grant be trusted at half its age, down to 30 seconds", () => {
  const floors = [300];
  for (let build = 0; build < 6; build++)
    floors.push(
      grantAgeFloor(
        floors.map((seconds) => sample(seconds)),
        300,
        900,
      ),
    );
  expect(floors).toEqual([300, 150, 75, 38, 30, 30, 30]);
});

test("a refusal shows how long it really takes, and that is waited for from then on", () => {
  expect(grantAgeFloor([sample(300), sample(75), sample(240, true)], 300, 900)).toBe(240);
  expect(grantAgeFloor([sample(540, true)], 300, 900)).toBe(540);
});

test("no measurement leads beyond the bounds", () => {
  const samples = fc.array(fc.tuple(fc.nat(5000), fc.boolean()).map(([seconds, refused]) => sample(seconds, refused)));
  fc.assert(
    fc.property(samples, fc.integer({ min: 0, max: 900 }), (measured, fallback) => {
      const floor = grantAgeFloor(measured, fallback, 900);
      return floor >= Math.min(30, fallback) && floor <= 900;
    }),
  );
});
