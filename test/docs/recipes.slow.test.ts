import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { letPass } from "../cli/goldsmith.ts";
import { profiles, seedVerification } from "../journeys/proving.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { blocksOf, commandsOf, pages } from "./pages.ts";

/** The recipes, run as readers would, chapter by chapter, in one folder and against one world. */
const directory = mkdtempSync(join(tmpdir(), "recipes-"));
const blocks = ["README.md", "docs/recipes.md", "docs/cli.md", "docs/builds.md"].flatMap(blocksOf);
const file = (name: string) => readFileSync(join(directory, name), "utf8");
const followed = new Set<string>();
let world: TestWorld;

beforeAll(async () => {
  const program = `${process.execPath} --disable-warning=ExperimentalWarning ${resolve("dist/cli/goldsmith.mjs")}`;
  writeFileSync(join(directory, "goldsmith"), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  writeFileSync(join(directory, "npx"), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  world = await startWorld({
    settings: (estate) => ({
      ...profiles()(estate),
      GOLDSMITH_CHANNELS: JSON.stringify({ canary: {} }),
      GOLDSMITH_KEEP: JSON.stringify([{ scope: estate.subscription, keepLast: 1, keepDays: 0 }]),
    }),
  });
  await seedVerification(world);
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await world?.stop();
  await endStorage();
});

/** What a reader writes in place of the page's examples. */
const own = (text: string) =>
  text
    .replaceAll("http://localhost:7071", world.host.url)
    .replace(/^npm run build\n/m, "")
    .replaceAll(/https:\/\/(your-goldsmith|<your app>)\.azurewebsites\.net/g, world.host.url)
    .replaceAll("<a function key>", "f".repeat(40))
    .replaceAll("/subscriptions/…/imageTemplates/", world.estate.template.replace(/[^/]+$/, ""))
    .replaceAll("/subscriptions/…", world.estate.subscription)
    .replaceAll("the-function-key", "f".repeat(40))
    .replaceAll("the-master-key", "m".repeat(40))
    .replaceAll("/subscriptions/00000000-0000-0000-0000-000000000000", world.estate.subscription);

async function follow(chapter: string, fill: (text: string) => string, wanted = /^export |^\w+=/m) {
  followed.add(chapter);
  const template = blocks.find(({ language }) => language === "json")?.text ?? "";
  writeFileSync(join(directory, "image.json"), fill(template));
  const script = blocks
    .filter((one) => one.chapter === chapter && one.language === "sh")
    .filter(({ text }) => commandsOf(text).length > 0 || wanted.test(text))
    .map(({ text }) => own(text))
    .join("\n");
  const env = {
    PATH: `${directory}${delimiter}${process.env.PATH}`,
    HOME: directory,
    BUILD_NUMBER: "4711",
    URL: world.host.url,
    MASTER_KEY: "m".repeat(40),
  };
  const child = spawn("bash", ["-e", "-c", script], { cwd: directory, env: { ...env, GOLDSMITH_POLL: "0.2" } });
  let [out, over] = ["", false];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part) => {
      out += part;
    });
  child.on("close", () => {
    over = true;
  });
  await letPass(world, () => over, 150_000);
  return { exit: child.exitCode, out };
}

const filled = (text: string) => text.replaceAll("/subscriptions/$\u007bsubscription}", world.estate.subscription);

test("somebody trying it", async () => {
  const { exit, out } = await follow("Somebody trying it", (text) => text);
  expect([exit, out]).toEqual([
    0,
    expect.stringMatching(/nothing was written[\s\S]*^state +succeeded$[\s\S]*^ubuntu-2404-\w+ +succeeded/m),
  ]);
}, 160_000);

test("the pipeline engineer", async () => {
  const { exit, out } = await follow("Pipeline engineer", filled);
  expect([exit, out]).toEqual([0, expect.stringContaining("nothing to make good")]);
  expect(file("plan.md")).toContain("sha256:");
  expect(JSON.parse(file("build.json"))).toMatchObject({ state: "succeeded" });
}, 160_000);

test("the platform owner", async () => {
  const { exit, out } = await follow("Platform owner", filled);
  expect([exit, out]).toEqual([
    0,
    expect.stringMatching(/builds took it[\s\S]*^state +proven$[\s\S]*^canary +0\.0\.1$/m),
  ]);
}, 160_000);

test("the first commands of docs/cli.md", async () => {
  const { exit, out } = await follow("", filled);
  expect([exit, out]).toEqual([0, expect.stringMatching(/^Plan for [\s\S]*^state +succeeded$/m)]);
}, 160_000);

test("the schedule of docs/builds.md", async () => {
  const { exit, out } = await follow("Scheduled rebuilds", filled, /api\/schedules/);
  expect([exit, out]).toEqual([0, expect.stringContaining('"cron":"0 0 4 * * 1"')]);
});

test("the README's first call", async () => {
  const kept = { functionKey: "f".repeat(40), subscriptionId: world.estate.subscription.split("/")[2] };
  mkdirSync(join(directory, ".goldsmith"), { recursive: true });
  writeFileSync(join(directory, ".goldsmith/azure.json"), JSON.stringify(kept));
  const { exit, out } = await follow("A first call", filled);
  expect([exit, out]).toEqual([
    0,
    expect.stringMatching(/^Plan for [\s\S]*^state +succeeded$[\s\S]*"value":\[\{"id":"ubuntu-2404-/m),
  ]);
}, 160_000);

test("the security owner, after somebody took a grant away", async () => {
  const gallery = world.estate.definition.split("/images/")[0];
  const list = await world.arm(
    "GET",
    `${gallery}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`,
  );
  const grants = (list.body as { value: { id: string }[] }).value.filter(({ id }) => id.includes("/galleries/gold/"));
  expect(grants).not.toEqual([]);
  for (const { id } of grants) await world.arm("DELETE", `${id}?api-version=2022-04-01`);
  const { exit, out } = await follow("Security owner", filled);
  expect([exit, out]).toEqual([0, expect.stringMatching(/made +\S+[\s\S]*A good role[\s\S]*undone/)]);
  expect(file("rights.bicep")).toContain("targetScope");
}, 160_000);

test("no commands of any page were left out, but those of calibrate, which test/cli/calibrateCommand.slow.test.ts runs", () => {
  const ours = new Set(blocks.map(({ page }) => page));
  const left = pages()
    .flatMap(blocksOf)
    .filter(({ language, text }) => language === "sh" && commandsOf(text).length > 0)
    .filter(({ page, chapter }) => !ours.has(page) || !followed.has(chapter));
  expect(left.map(({ page, chapter }) => `${page}: ${chapter}`)).toEqual(["docs/cli.md: Calibrate"]);
});
