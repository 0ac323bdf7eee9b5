import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Command } from "commander";
import pc from "picocolors";
import { sharedClock } from "../clock.ts";
import type { CrashPoint } from "./engine/commit.ts";
import { type HostLogLine, startHost } from "./index.ts";
import { localTenant } from "./localTenant.ts";
import { useVirtualTime } from "./virtualTime.ts";

interface Flags {
  readonly port: string;
  readonly data: string;
  readonly app: string;
  readonly speed: string;
  readonly openKeys?: boolean;
  readonly auth?: boolean;
  readonly quiet?: boolean;
}

const program = new Command("host")
  .description("Runs the app on the embedded Functions host")
  .option("--port <number>", "port to listen on", "7071")
  .option("--data <directory>", "where orchestrations and keys are kept", ".goldsmith")
  .option("--app <directory>", "the app: a folder with package.json and host.json", ".")
  .option("--speed <number>", "emulated seconds per real second", "1")
  .option("--open-keys", "do not ask for function keys")
  .option("--auth", "sign callers in at the emulated tenant, as App Service does in front of an app")
  .option("--quiet", "print warnings and errors only");

/** Settings that are not set yet; what the shell says wins. */
function addToEnvironment(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) process.env[name] ??= String(value);
}

/** Node reads this variable when it starts; settings that came later must be trusted by hand. */
function trustAuthorities(file: unknown): void {
  if (typeof file === "string" && existsSync(file))
    setDefaultCACertificates([...getCACertificates("default"), readFileSync(file, "utf8")]);
}

function readJson(file: string): Record<string, unknown> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
}

const paint = { warning: pc.yellow, error: pc.red, critical: pc.red } as Partial<
  Record<string, (text: string) => string>
>;

function print(line: HostLogLine, quiet: boolean): void {
  const grave = line.level in paint;
  if (line.code === "dethroned") process.exitCode = 1;
  if (quiet && !grave) return;
  const time = new Date(line.at).toISOString().slice(11, 19);
  const text = `${time} ${line.level.padEnd(11)} ${line.function ?? line.category}: ${line.message}`;
  (grave ? process.stderr : process.stdout).write(`${paint[line.level]?.(text) ?? text}\n`);
}

/** Where a crash test wants the process to die: `HOST_CRASH=activityRan:0.01`. */
function crashFrom(setting: string | undefined): ((point: CrashPoint) => void) | undefined {
  if (!setting) return undefined;
  const [wanted, chance = "1"] = setting.split(":");
  return (point) => {
    if (point === wanted && Math.random() < Number(chance)) process.kill(process.pid, "SIGKILL");
  };
}

async function run(flags: Flags): Promise<void> {
  const data = resolve(flags.data);
  const app = resolve(flags.app);
  mkdirSync(data, { recursive: true });
  const prepared = readJson(join(data, "host.env.json"));
  trustAuthorities(prepared.NODE_EXTRA_CA_CERTS);
  addToEnvironment(prepared);
  addToEnvironment((readJson(join(app, "local.settings.json")).Values as Record<string, unknown>) ?? {});
  const clock = sharedClock(data, Number(flags.speed));
  if (clock.speed !== 1) useVirtualTime(clock);
  const crash = crashFrom(process.env.HOST_CRASH);
  const host = await startHost({
    appDirectory: app,
    dataDirectory: data,
    port: Number(flags.port),
    clock,
    keys: flags.openKeys ? "open" : "enforced",
    ...(flags.auth && { auth: "entra", entra: localTenant(data) }),
    ...(process.env.HOST_UNKIND && { unkind: JSON.parse(process.env.HOST_UNKIND) }),
    ...(crash && { crash }),
    log: (line) => print(line, flags.quiet ?? false),
  });
  process.stdout.write(`Functions: ${host.functions.join(", ")}\n`);
  process.stdout.write(`host ready on ${host.url} (speed ${clock.speed}, data in ${flags.data})\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void host.stop().then(() => process.exit(0)));
}

program.parse();
run(program.opts<Flags>()).catch((error: unknown) => {
  process.stderr.write(`${pc.red(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(1);
});
