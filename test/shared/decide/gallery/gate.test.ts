import { gatedBody, gateProblems, gateWarnings, ungatedTargets } from "../../../../shared/decide/gallery/gate.ts";

const body = (...distribute: object[]) => ({ location: "westeurope", properties: { distribute } });
const gallery = { type: "SharedImage", runOutputName: "gold" };
const closed = { ...gallery, excludeFromLatest: true };
const vhd = { type: "VHD", runOutputName: "vhd" };

test("gallery targets without excludeFromLatest are named, and closed without touching the others", () => {
  const template = body(vhd, gallery, closed);
  expect(ungatedTargets(template)).toEqual([1]);
  expect(gatedBody(template)).toEqual(body(vhd, closed, closed));
  expect(ungatedTargets(gatedBody(template))).toEqual([]);
});

test.each<[string, ReturnType<typeof body>, "patch" | "keep", readonly string[], readonly string[]]>([
  ["that is closed", body(closed), "keep", [], []],
  ["that is open and may not be changed", body(gallery), "keep", ["NotGated"], []],
  ["that is open and may be changed", body(gallery), "patch", [], ["WillBeGated"]],
  ["that publishes no version", body(vhd), "patch", ["NothingToVerify"], []],
])("a plan of a template %s", (_, template, gate, blockers, warnings) => {
  expect(gateProblems(template, gate).map(({ code }) => code)).toEqual(blockers);
  expect(gateWarnings(template, gate).map(({ code }) => code)).toEqual(warnings);
});
