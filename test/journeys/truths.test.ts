import { defaultSwitches, type Switches } from "../../local/azure/switches.ts";
import { switchPositions } from "../../local/azure/switchReading.ts";
import { ends, journeyOf, noTruths, truths } from "./truths.ts";

type Name = keyof Switches;
const names = Object.keys(defaultSwitches) as Name[];

/** Whether some journey that shows the switch is made with it in this position. */
const isSeen = (name: Name, position: unknown) =>
  truths
    .filter(({ journey }) => journey === (journeyOf[name] ?? "build"))
    .some(({ switches }) => JSON.stringify(switches[name] ?? defaultSwitches[name]) === JSON.stringify(position));

test("every switch that is true or false, or one of a few, is seen in every position by a journey that shows it", () => {
  const positions = Object.entries(switchPositions) as [Name, readonly unknown[]][];
  expect(positions.length).toBeGreaterThanOrEqual(14);
  const unseen = positions.flatMap(([name, all]) =>
    all.filter((one) => !isSeen(name, one)).map((one) => `${name}=${one}`),
  );
  expect(unseen).toEqual([]);
});

test("spans and shares that nobody has established are seen at their ends", () => {
  const wanted = ends.flatMap((end) => Object.entries(end) as [Name, unknown][]);
  expect(wanted.filter(([name, position]) => !isSeen(name, position))).toEqual([]);
});

test("no switch is forgotten: each has positions, has ends, or says why it is no truth", () => {
  const ended = new Set(ends.flatMap((end) => Object.keys(end)));
  const known = (name: Name) =>
    [name in switchPositions, ended.has(name), noTruths[name] !== undefined].filter(Boolean);
  expect(names.filter((name) => known(name).length !== 1)).toEqual([]);
});
