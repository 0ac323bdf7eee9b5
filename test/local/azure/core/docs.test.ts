import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operationsTable } from "../../../../local/azure/operationsTable.ts";
import { defaultSwitches } from "../../../../local/azure/switches.ts";
import { readSwitches, readSwitchFlag } from "../../../../local/azure/switchReading.ts";

const page = readFileSync(join(process.cwd(), "docs", "emulator.md"), "utf8");

test("the page names every group of operations and every switch", () => {
  const groups = new Set(operationsTable.map(({ name }) => name.split("_")[0]));
  const names = [...groups, ...Object.keys(defaultSwitches)];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("every operation has a name of its own", () => {
  const names = operationsTable.map(({ method, path }) => `${method} ${path.toLowerCase().replace(/\{\w+\}/g, "{}")}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("every default would be taken from a command line", () => {
  expect(readSwitches({ ...defaultSwitches })).toEqual(defaultSwitches);
  for (const [name, value] of Object.entries(defaultSwitches))
    expect(readSwitchFlag(`${name}=${Array.isArray(value) ? value.join(",") : value}`)).toEqual({ [name]: value });
});

test.each(["nonsense=1", "guardStatus=418", "eventLoss=2", "networkSeconds=3", "networkSeconds=a,b", "seed"])(
  "the flag %s is refused",
  (flag) => {
    expect(() => readSwitchFlag(flag)).toThrow();
  },
);
