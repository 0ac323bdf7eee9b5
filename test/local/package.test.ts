import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld } from "../journeys/world.ts";

const directory = mkdtempSync(join(tmpdir(), "package-"));
const unpacked = join(directory, "unpacked");
let files: Record<string, Uint8Array>;

function pack(durable: string): Record<string, Uint8Array> {
  const arguments_ = ["--disable-warning=ExperimentalWarning", "local/package.ts"];
  execFileSync("node", [...arguments_, "--durable", durable, "--out", join(directory, durable)]);
  return unzipSync(readFileSync(join(directory, durable, "goldsmith.zip")));
}

const json = (name: string, from = files) => JSON.parse(Buffer.from(from[name] ?? []).toString());

beforeAll(() => {
  files = pack("AzureManaged");
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(unpacked, name)), { recursive: true });
    writeFileSync(join(unpacked, name), content);
  }
});
afterAll(async () => {
  await endStorage();
  rmSync(directory, { recursive: true, force: true });
});

describe("the package", () => {
  test("holds exactly what runs, in at most 1.5 MB", () => {
    expect(Object.keys(files).sort()).toEqual([
      "dist/functions/index.cjs",
      "dist/functions/lazy.cjs",
      "host.json",
      "package.json",
    ]);
    expect(statSync(join(directory, "AzureManaged", "goldsmith.zip")).size).toBeLessThan(1_500_000);
    expect(json("package.json")).toEqual({
      name: "goldsmith",
      version: expect.any(String),
      private: true,
      main: "dist/functions/index.cjs",
      engines: expect.anything(),
    });
  });

  test("has its source map beside it, not in it", () => {
    for (const name of ["index.cjs", "lazy.cjs"]) {
      expect(Buffer.from(files[`dist/functions/${name}`] ?? []).includes("sourceMappingURL")).toBe(false);
      const version = readFileSync(join(directory, "AzureManaged", `${name}.map`));
      expect(json("version", { version }).version).toBe(3);
    }
  });

  test("names no folder of the machine that made it", () => {
    for (const content of Object.values(files)) expect(Buffer.from(content).includes(process.cwd())).toBe(false);
  });

  test("carries the host.json of its backend, and its release as version", () => {
    const durable = (from: Record<string, Uint8Array>) => json("host.json", from).extensions.durableTask;
    const { version } = json("package.json");
    expect(durable(files)).toMatchObject({ defaultVersion: version, hubName: "%TASKHUB_NAME%" });
    expect(durable(files).storageProvider).toEqual({
      type: "azureManaged",
      connectionStringName: "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
    });
    expect(durable(pack("AzureStorage")).storageProvider).toEqual({ type: "AzureStorage" });
  });

  test("runs in an empty folder without node_modules: a template becomes an image", async () => {
    expect(readdirSync(unpacked).sort()).toEqual(["dist", "host.json", "package.json"]);
    const world = await startWorld({ host: { appDirectory: unpacked } });
    try {
      expect((await world.call("GET", "health")).body).toMatchObject({ status: "ok" });
      const { arm, estate } = world;
      await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
      expect(await world.built(await world.buildOf(estate.template))).toMatchObject({ state: "succeeded" });
    } finally {
      await world.stop();
    }
  });
});
