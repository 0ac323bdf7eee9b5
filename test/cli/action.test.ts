import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "../../shared/build.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { letPass } from "./goldsmith.ts";
import { folder, templateFile } from "./place.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

/** Runs what `action.yml` names as the runner does: inputs as variables, outputs and summary as files. */
async function act(inputs: Readonly<Record<string, string>>, stopWhen?: (log: string) => boolean) {
  const here = folder();
  const [outputFile, summaryFile] = [join(here, "output"), join(here, "summary")];
  for (const file of [outputFile, summaryFile]) writeFileSync(file, "");
  const given = { url: world.host.url, key: "f".repeat(40), ...inputs };
  const child = spawn(process.execPath, [String(/main: (\S+)/.exec(readFileSync("action.yml", "utf8"))?.[1])], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      GITHUB_ACTIONS: "true",
      CI: "true",
      GOLDSMITH_POLL: "0.1",
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    },
  });
  let log = "";
  let stopped = false;
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      log += String(chunk);
    });
  await letPass(world, () => {
    if (!stopped && stopWhen?.(log)) stopped = child.kill("SIGINT");
    return child.exitCode !== null;
  });
  return {
    exit: child.exitCode,
    log,
    outputs: outputsOf(readFileSync(outputFile, "utf8")),
    summary: readFileSync(summaryFile, "utf8"),
  };
}

/** The runner's reading of its file: `name<<end`, lines, `end`. */
function outputsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)];
  return Object.fromEntries(found.map(([, name, , value]) => [String(name), String(value)]));
}

test("on a pull request it summarizes the plan and counts missing rights; failing on them is a choice", async () => {
  const template = templateFile(world, "pull-request");
  const { exit, log, outputs, summary } = await act({ command: "plan", template });
  expect([exit, log.includes("::error")]).toEqual([0, false]);
  expect(Number(outputs["rights-missing"])).toBeGreaterThan(0);
  expect(summary).toContain(String(outputs["plan-hash"]));
  expect((await act({ command: "plan", template, "fail-on-missing-rights": "true" })).exit).toBe(4);
});

test("on main it builds: image version, state and plan hash are outputs, the key is masked", async () => {
  const template = templateFile(world, "on-main");
  const { exit, log, outputs, summary } = await act({ template });
  expect(exit).toBe(0);
  expect(outputs).toMatchObject({ state: "succeeded", "plan-hash": expect.stringMatching(/^sha256:/) });
  expect(outputs["image-version-id"]).toMatch(/\/images\/ubuntu-2404\/versions\//);
  expect(summary).toContain(outputs["image-version-id"]);
  expect(log.split("f".repeat(40))).toHaveLength(2);
  expect(log).toContain(`::add-mask::${"f".repeat(40)}`);
});

test("a cancelled job cancels its build", async () => {
  const template = templateFile(world, "job-cancelled");
  const { exit } = await act({ template }, (log) => /creating|running/.test(log));
  expect(exit).toBe(130);
  const { body } = await world.call<{ value: Build[] }>("GET", "builds?limit=1");
  expect((await world.built(String(body.value[0]?.id))).state).toBe("cancelled");
});

test("what cannot work is an error in the log, and the step fails", async () => {
  const nowhere = await act({ template: "no-such-file.json" });
  expect([nowhere.exit, /^::error title=NotATemplate::/m.test(nowhere.log)]).toEqual([2, true]);
  const wrong = await act({ template: "x", command: "bake" });
  expect([wrong.exit, wrong.log.includes("plan or build")]).toEqual([2, true]);
});
