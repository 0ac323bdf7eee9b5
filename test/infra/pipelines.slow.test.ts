import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type BuildState, isFinal } from "../../shared/build.ts";
import { letPass } from "../cli/goldsmith.ts";
import { templateFile } from "../cli/place.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { entra, somebody, tokenOf } from "../support/entra.ts";

/** The steps of the Azure DevOps template, run as the agent runs them; only `az` is one that gives the tenant's token. */
const directory = mkdtempSync(join(tmpdir(), "devops-"));
let world: TestWorld;

interface Step {
  readonly task?: string;
  readonly condition?: string;
  readonly inputs?: { readonly inlineScript?: string };
  readonly env?: Readonly<Record<string, string>>;
}
const pipeline = parse(readFileSync("infra/pipelines/goldsmith.yml", "utf8")) as {
  readonly parameters: readonly { readonly name: string; readonly default?: unknown }[];
  readonly steps: readonly Step[];
};
const [work, cleanUp] = pipeline.steps.filter(({ task }) => task === "AzureCLI@2");

beforeAll(async () => {
  world = await startWorld({ settings: { GOLDSMITH_AUTH: "entra" }, host: { auth: "entra", entra } });
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await world?.stop();
  await endStorage();
});

/** What the agent makes of a template expression or variable. */
function filled(text: string, given: Readonly<Record<string, string>>): string {
  return text
    .replace(/\$\{\{ parameters\.(\w+) \}\}/g, (_, name: string) => {
      const declared = pipeline.parameters.find((one) => one.name === name);
      if (!declared) throw new Error(`no parameter ${name}`);
      const value = String(given[name] ?? declared.default);
      return value === "true" || value === "false" ? value[0]?.toUpperCase() + value.slice(1) : value;
    })
    .replace("$(Agent.BuildDirectory)/s/goldsmith", process.cwd());
}

async function run(
  step: Step | undefined,
  given: Readonly<Record<string, string>>,
  agent: Readonly<Record<string, string>>,
  role = "Builder",
) {
  const token = {
    accessToken: tokenOf(world.clock.now(), role),
    expires_on: Math.floor(Date.now() / 1000) + 3600,
    tokenType: "Bearer",
  };
  const wanted = "account get-access-token --output json --resource api://goldsmith";
  writeFileSync(
    join(directory, "az"),
    `#!/bin/sh\n[ "$*" = "${wanted}" ] || exit 9\necho '${JSON.stringify(token)}'\n`,
    { mode: 0o755 },
  );
  const parameters = { url: world.host.url, audience: "api://goldsmith", serviceConnection: "goldsmith", ...given };
  const named = Object.entries(step?.env ?? {}).map(([name, value]) => [name, filled(value, parameters)]);
  const env = {
    PATH: `${directory}:${process.env.PATH}`,
    TF_BUILD: "True",
    AGENT_TEMPDIRECTORY: directory,
    BUILD_REASON: "IndividualCI",
    GOLDSMITH_POLL: "0.1",
    ...Object.fromEntries(named),
    ...agent,
  };
  const child = spawn("bash", ["-c", String(step?.inputs?.inlineScript)], { env, cwd: directory });
  let [out, over] = ["", false];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part) => {
      out += part;
    });
  child.on("close", () => {
    over = true;
  });
  await letPass(world, () => over, 60_000);
  const outputs = [...out.matchAll(/^##vso\[task\.setvariable variable=(\w+)[^\]]*\](.*)$/gm)];
  return { exit: child.exitCode, out, outputs: Object.fromEntries(outputs.map(([, name, value]) => [name, value])) };
}

const asReader = () => ({ "x-functions-key": "", authorization: `Bearer ${tokenOf(world.clock.now(), "Reader")}` });

test("on main it builds as the connection's identity: id, state, image and plan are outputs", async () => {
  const { exit, outputs } = await run(work, { template: templateFile(world, "devops") }, {});
  expect([exit, outputs]).toMatchObject([
    0,
    {
      state: "succeeded",
      imageVersionId: expect.stringContaining("/versions/"),
      planHash: expect.stringMatching(/^sha256:/),
    },
  ]);
  const { body } = await world.call("GET", `builds/${outputs.buildId}`, undefined, asReader());
  expect(body.origin).toEqual({ kind: "http", who: somebody });
});

test("a pull request gets the plan in its summary and may fail on missing rights; nothing is built", async () => {
  const given = { template: templateFile(world, "devops-pr"), failOnMissingRights: "false" };
  const planned = await run(work, given, { BUILD_REASON: "PullRequest" });
  expect([planned.exit, planned.out]).toEqual([0, expect.stringContaining("##vso[task.uploadsummary]")]);
  expect(readFileSync(join(directory, "plan.md"), "utf8")).toContain("Goldsmith plan for");
  const { body } = await world.call<{ value: unknown[] }>("GET", "builds", undefined, asReader());
  expect(body.value).toHaveLength(1);
});

test("the next step ends the build of a cancelled job", async () => {
  expect(cleanUp?.condition).toContain("canceled()");
  const template = {
    resourceGroupId: world.estate.imagesGroup,
    ...JSON.parse(readFileSync(templateFile(world, "left"), "utf8")),
  };
  const headers = { ...asReader(), authorization: `Bearer ${tokenOf(world.clock.now(), "Builder")}` };
  const { body } = await world.call<{ id: string }>("POST", "builds", { template }, headers);
  expect((await run(cleanUp, {}, { GOLDSMITHBUILD: body.id })).exit).toBe(0);
  const stateOf = async () => (await world.call("GET", `builds/${body.id}`, undefined, asReader())).body.state;
  await world.clock.until(async () => isFinal((await stateOf()) as BuildState));
  expect(await stateOf()).toBe("cancelled");
});

test("who lacks the role fails the step with the cause as an issue", async () => {
  const { exit, out } = await run(work, { template: templateFile(world, "refused") }, {}, "Reader");
  expect(exit).not.toBe(0);
  expect(out).toMatch(/^##vso\[task\.logissue type=error;code=AppRoleMissing\]/m);
});

test("what the template uses is there: every parameter, and the bundle", () => {
  const text = readFileSync("infra/pipelines/goldsmith.yml", "utf8");
  const used = [...text.matchAll(/\{\{ parameters\.(\w+) \}\}/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(pipeline.parameters.map(({ name }) => name)));
  expect(existsSync("dist/cli/goldsmith.mjs")).toBe(true);
});
