import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionFits } from "../../../../local/host/shim/version.ts";
import { appDirectory, testHost } from "../support.ts";

const rules = { own: "1.9", match: "CurrentOrOlder", otherwise: "Reject" } as const;

test.each([
  [null, true],
  ["1.9", true],
  ["1.8.7", true],
  ["1.10", false],
  ["2", false],
])("a host of version 1.9 that takes its own and older ones takes %j: %j", (version, fits) => {
  expect(versionFits(version, rules)).toBe(fits);
});

test("strict takes its own only, none takes all, and without a version all fit", () => {
  expect([
    versionFits("1.8", { ...rules, match: "Strict" }),
    versionFits("1.9", { ...rules, match: "Strict" }),
  ]).toEqual([false, true]);
  expect(versionFits("7", { ...rules, match: "None" })).toBe(true);
  expect(versionFits("7", { ...rules, own: null })).toBe(true);
});

describe("an app with a default version", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "version-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** The traps app under another host.json. */
  function appOf(version: string, more: object = {}): string {
    const directory = join(root, `app-${version}`);
    mkdirSync(directory, { recursive: true });
    const durableTask = { hubName: "Versions", defaultVersion: version, ...more };
    writeFileSync(join(directory, "host.json"), JSON.stringify({ version: "2.0", extensions: { durableTask } }));
    writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "commonjs", main: "index.js" }));
    const code = readFileSync(join(appDirectory("traps"), "index.js"), "utf8");
    const library = JSON.stringify(join(process.cwd(), "node_modules/durable-functions"));
    writeFileSync(join(directory, "index.js"), code.replace('"durable-functions"', library));
    return directory;
  }

  test("runs instances of an older release; those of a newer one wait for a host that fits, or fail", async () => {
    const directory = join(root, "data");
    const old = await testHost("traps", { directory, appDirectory: appOf("1.0") });
    const waiting = await old.begin("waitsForEv");
    await old.clock.advance(1_000);
    await old.stop();

    const next = await testHost("traps", { directory, appDirectory: appOf("2.0") });
    await next.raise(waiting, "ev", "across releases");
    expect((await next.ended(waiting)).output).toBe("across releases");
    const newer = await next.begin("waitsForEv");
    await next.clock.advance(1_000);
    await next.stop();

    const back = await testHost("traps", { directory, appDirectory: appOf("1.0") });
    await back.raise(newer, "ev", 1);
    await back.clock.advance(60_000);
    expect((await back.status(newer)).runtimeStatus).toBe("Running");
    expect(back.traps()).toContain("poison");
    await back.stop();

    const failing = await testHost("traps", {
      directory,
      appDirectory: appOf("1.0", { versionFailureStrategy: "Fail" }),
    });
    expect((await failing.ended(newer)).output).toContain("does not match");
    await failing.stop();
  });
});

test("a disabled activity fails, a disabled orchestrator cannot be started", async () => {
  const environment = { "AzureWebJobs.fail.Disabled": "true", "AzureWebJobs.quoted.Disabled": "true" };
  const host = await testHost("traps", { environment });
  expect((await host.ended(await host.begin("failing"))).output).toContain("is disabled");
  await expect(host.begin("quoted")).rejects.toThrow("400");
  await host.stop();
});
