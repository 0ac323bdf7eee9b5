import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { appDirectory } from "./support.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "main-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  output(): string;
  url(): Promise<string>;
}

/** Runs the command in a process of its own, as `npm run host` does. */
function run(app: string, flags: string[], environment: Record<string, string> = {}): Run {
  const node = resolve(process.cwd(), "node_modules/.bin/node");
  const main = resolve(process.cwd(), "local/host/main.ts");
  const all = [
    "--disable-warning=ExperimentalWarning",
    main,
    "--port",
    "0",
    "--data",
    directory,
    "--app",
    app,
    ...flags,
  ];
  const child = spawn(node, all, { env: { ...process.env, ...environment } });
  let text = "";
  const exit = new Promise<number | null>((done) => child.once("exit", done));
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part) => {
      text += part;
    });
  const ready = async () => {
    for (;;) {
      const found = /host ready on (\S+)/.exec(text);
      if (found) return found[1]!;
      if (child.exitCode !== null) throw new Error(text);
      await new Promise((again) => setTimeout(again, 20));
    }
  };
  return { child, exit, output: () => text, url: ready };
}

test("it runs an app, keeps its keys for itself and stops when told to", async () => {
  const host = run(appDirectory("small"), [], { SMALL_HUB: "one", TICK: "0 0 3 * * *" });
  const url = await host.url();
  expect((await fetch(`${url}/api/hello/you`)).status).toBe(401);
  const keys = JSON.parse(readFileSync(join(directory, "keys.json"), "utf8"));
  expect(statSync(join(directory, "keys.json")).mode & 0o077).toBe(0);
  expect((await fetch(`${url}/api/hello/you?code=${keys.function}`)).status).toBe(200);
  host.child.kill("SIGTERM");
  expect(await host.exit).toBe(0);
  expect(host.output()).not.toContain(keys.master);
});

test("settings come from the shell, then from the data directory, then from local.settings.json", async () => {
  const app = join(directory, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "type": "commonjs", "main": "index.js" }');
  writeFileSync(join(app, "host.json"), '{ "version": "2.0" }');
  const values = { FROM_SHELL: "settings", FROM_FILE: "settings", FROM_SETTINGS: "settings" };
  writeFileSync(join(app, "local.settings.json"), JSON.stringify({ Values: values }));
  writeFileSync(join(directory, "host.env.json"), JSON.stringify({ FROM_SHELL: "file", FROM_FILE: "file" }));
  const library = resolve(process.cwd(), "node_modules/@azure/functions");
  const code = `const { app } = require(${JSON.stringify(library)});
    const { FROM_SHELL, FROM_FILE, FROM_SETTINGS } = process.env;
    app.http("env", { authLevel: "anonymous", handler: () => ({ jsonBody: { FROM_SHELL, FROM_FILE, FROM_SETTINGS, at: Date.now() } }) });`;
  writeFileSync(join(app, "index.js"), code);
  const real = Date.now();
  writeFileSync(join(directory, "clock.json"), JSON.stringify({ real, virtual: real + 1e9, speed: 60 }));
  const host = run(app, ["--speed", "60", "--open-keys"], { FROM_SHELL: "shell" });
  const answer = (await (await fetch(`${await host.url()}/api/env`)).json()) as { at: number };
  expect(answer).toMatchObject({ FROM_SHELL: "shell", FROM_FILE: "file", FROM_SETTINGS: "settings" });
  expect(answer.at).toBeGreaterThanOrEqual(real + 1e9);
  host.child.kill("SIGINT");
  expect(await host.exit).toBe(0);
});

test("a second one on the same data says so and ends with 1", async () => {
  const environment = { SMALL_HUB: "one", TICK: "0 0 3 * * *" };
  const first = run(appDirectory("small"), [], environment);
  await first.url();
  const second = run(appDirectory("small"), [], environment);
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain("another host is working on");
  first.child.kill("SIGKILL");
  await first.exit;
  const third = run(appDirectory("small"), [], environment);
  await third.url();
  third.child.kill("SIGTERM");
  expect(await third.exit).toBe(0);
});

test("a missing setting is named", async () => {
  const host = run(appDirectory("small"), [], { TICK: "0 0 3 * * *" });
  expect(await host.exit).toBe(1);
  expect(host.output()).toContain("set SMALL_HUB");
  expect(existsSync(join(directory, "hub.db"))).toBe(false);
});
