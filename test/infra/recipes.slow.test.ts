import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { entra, somebody, tokenOf } from "../support/entra.ts";

/** The scripts of the recipes in docs/operations.md, run as a pipeline runs them; only `az` is one that gives the tenant's token. */
const directory = mkdtempSync(join(tmpdir(), "recipe-"));
let world: TestWorld;

interface Github {
  readonly jobs: { readonly build: { readonly steps: readonly { readonly run?: string }[] } };
}
interface DevOps {
  readonly steps: readonly { readonly inputs: { readonly inlineScript: string } }[];
}
const blocks = [...readFileSync("docs/operations.md", "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
  ([, one = ""]) => one,
);
const recipes = {
  "GitHub Actions": (parse(blocks[0] ?? "") as Github).jobs.build.steps.find(({ run }) => run)?.run,
  "Azure DevOps": (parse(blocks[1] ?? "") as DevOps).steps[0]?.inputs.inlineScript,
};

beforeAll(async () => {
  world = await startWorld({ settings: { GOLDSMITH_AUTH: "entra" }, host: { auth: "entra", entra } });
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await world.stop();
  await endStorage();
});

async function run(
  script: string,
  role: string,
  name: string,
): Promise<{ readonly code: number | null; readonly out: string }> {
  const az = `#!/bin/sh\n[ "$*" = "account get-access-token --resource api://goldsmith --query accessToken --output tsv" ] || exit 9\necho ${tokenOf(world.clock.now(), role)}\n`;
  writeFileSync(join(directory, "az"), az, { mode: 0o755 });
  const { estate, host } = world;
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  writeFileSync(join(directory, "build.json"), JSON.stringify({ template }));
  const env = { PATH: `${directory}:${process.env.PATH}`, APP_ID: "goldsmith", GOLDSMITH_URL: host.url };
  const child = spawn("bash", ["-e", "-c", script], { env, cwd: directory });
  let out = "";
  child.stdout.on("data", (part) => {
    out += part;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out };
}

test.each(Object.entries(recipes))(
  "%s starts a build with its identity's token, and the build says who asked",
  async (pipeline, script = "") => {
    const { code, out } = await run(script, "Builder", pipeline.split(" ")[0]?.toLowerCase() ?? "");
    expect(code).toBe(0);
    const headers = { "x-functions-key": "", authorization: `Bearer ${tokenOf(world.clock.now(), "Reader")}` };
    const { body } = await world.call("GET", `builds/${JSON.parse(out).id}`, undefined, headers);
    expect(body.origin).toEqual({ kind: "http", who: somebody });
  },
);

test.each(Object.entries(recipes))("%s fails its step where the role is missing", async (_, script = "") => {
  const { code, out } = await run(script, "Reader", "refused");
  expect([code, JSON.parse(out).code]).toEqual([22, "AppRoleMissing"]);
});
