import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";

/** infra/predown.sh as azd runs it, against the app; its pauses are no pauses here, because the app's time is stepped. */
let world: TestWorld;
const directory = mkdtempSync(join(tmpdir(), "predown-"));

beforeAll(async () => {
  writeFileSync(join(directory, "sleep"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  world = await startWorld();
  const { arm, estate } = world;
  await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
  await world.built(await world.buildOf(estate.template));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await world.stop();
  await endStorage();
});

async function predown(
  authorization: string | undefined,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const env = {
    PATH: `${directory}:${process.env.PATH}`,
    GOLDSMITH_URL: world.host.url,
    ...(authorization ? { GOLDSMITH_AUTHORIZATION: authorization } : {}),
  };
  const child: ChildProcess = spawn("sh", ["infra/predown.sh"], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (text += part));
  let code: number | null | undefined;
  child.on("close", (status) => (code = status));
  await world.clock.until(() => code !== undefined);
  return { code: code ?? null, text };
}

async function madeByApp(): Promise<string[]> {
  const { arm, azure, estate } = world;
  const list = `${estate.subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;
  type Listed = { value: { id: string; properties: { createdBy: string } }[] };
  const { value } = (await arm("GET", list)).body as Listed;
  return value.filter(({ properties }) => properties.createdBy === azure.settings.app.principalId).map(({ id }) => id);
}

test("without a key, or with one that may not, nothing is taken down: the script fails", async () => {
  expect((await predown(undefined)).code).not.toBe(0);
  expect((await predown(`x-functions-key: ${"f".repeat(40)}`)).code).not.toBe(0);
  expect((await madeByApp()).length).toBeGreaterThan(0);
});

test("every grant and network change is taken back, told entry by entry, and only then does it end", async () => {
  const { code, text } = await predown(`x-functions-key: ${"m".repeat(40)}`);
  expect(code).toBe(0);
  const { state, lines } = JSON.parse(text.split("\n").find((line) => line.startsWith("{")) ?? "{}");
  expect(state).toBe("done");
  expect(lines.length).toBeGreaterThan(4);
  expect(await madeByApp()).toEqual([]);
});
