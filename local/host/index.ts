import type { Clock } from "../clock.ts";
import { type RunningApp, runApp } from "./app.ts";
import { readHostConfig } from "./config.ts";
import type { CrashPoint } from "./engine/commit.ts";
import { type Engine, openEngine } from "./engine/index.ts";
import type { Sync } from "./engine/schema.ts";
import { stopGrace, withinGrace } from "./grace.ts";
import type { EntraSettings } from "./http/authentication.ts";
import { type Door, openDoor } from "./http/listen.ts";
import { type HostKeys, readOrMakeKeys } from "./keys.ts";
import type { HostLogLine, Log } from "./log.ts";
import { machineRealm, setEnvironment } from "./realm.ts";
import type { Unkindness } from "./unkind.ts";

export type { EntraSettings } from "./http/authentication.ts";
export type { HostKeys } from "./keys.ts";
export type { HostLogLine } from "./log.ts";
export type { Unkindness } from "./unkind.ts";

export interface HostOptions {
  /** The app's folder: package.json (`main`), host.json. */
  readonly appDirectory: string;
  /** Where hub.db and keys.json live; one host at a time. */
  readonly dataDirectory: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly clock: Clock;
  /** Whether functions, webhooks and admin endpoints ask for their keys, as in Azure (default). */
  readonly keys?: "enforced" | "open";
  /** Built-in authentication in front of the functions, as App Service has it. */
  readonly auth?: "off" | "entra";
  /** Where callers sign in; needed with `auth: "entra"`. */
  readonly entra?: EntraSettings;
  readonly log?: (line: HostLogLine) => void;
  readonly unkind?: Unkindness;
  /** Environment variables for the app, put back at `stop`. Under Jest the only way to give it any. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Address to listen on; default 127.0.0.1. */
  readonly hostname?: string;
  /** How commits reach the disk; anything but FULL (default) is for benchmarks. */
  readonly sync?: Sync;
  /** Called at points where a crash test may kill the process. */
  readonly crash?: (point: CrashPoint) => void;
  /** Real ms that running code of the app gets to end at `stop` (default 5,000); what has not ended runs again later. */
  readonly stopGrace?: number;
}

/** A running host. */
export interface Host {
  readonly port: number;
  /** `http://localhost:PORT`. */
  readonly url: string;
  readonly keys: HostKeys;
  /** Names of the app's functions. */
  readonly functions: readonly string[];
  /** Lets what runs end, runs the app's `appTerminate` hooks and frees the data directory. */
  stop(): Promise<void>;
}

/**
 * Starts a Functions host over an app. Rejects when another host works on the data directory (`OwnedElsewhere`), when the
 * port is taken, or with what the app throws while it is loaded.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const release = options.clock.hold();
  const log: Log = (line) => options.log?.({ at: Math.floor(options.clock.now()), ...line });
  const undo: (() => void | Promise<void>)[] = [release];
  try {
    return await start(options, log, undo);
  } catch (error) {
    for (const one of undo.reverse()) await one();
    throw error;
  } finally {
    release();
  }
}

async function start(options: HostOptions, log: Log, undo: (() => void | Promise<void>)[]): Promise<Host> {
  const early = setEnvironment(options.environment ?? {});
  undo.push(early);
  const config = readHostConfig(options.appDirectory, machineRealm().environment);
  let stop = async (): Promise<void> => {};
  const engine = openEngine({
    directory: options.dataDirectory,
    clock: options.clock,
    log,
    concurrency: { orchestrators: config.orchestrators, activities: config.activities },
    replaceRunning: config.replaceRunning,
    dethroned(error) {
      log({ level: "critical", category: "host.durable", code: "dethroned", message: String(error) });
      void stop();
    },
    ...(options.sync && { sync: options.sync }),
    ...(options.unkind && { unkind: options.unkind }),
    ...(options.crash && { crash: options.crash }),
  });
  undo.push(() => engine.stop(0));
  const keys = readOrMakeKeys(options.dataDirectory);
  const [door, rpcDoor] = await openDoors(options, undo);
  const late = setEnvironment(hostEnvironment(door.port));
  undo.push(late);
  const app = await runApp({ options, config, keys, engine, log, port: door.port, rpcPort: rpcDoor.port });
  door.answerWith(app.front);
  rpcDoor.answerWith(app.rpc);
  app.begin();
  stop = once(() => shutDown(app, engine, [door, rpcDoor], [late, early], options.stopGrace ?? stopGrace));
  return { port: door.port, url: `http://localhost:${door.port}`, keys, functions: app.functions, stop };
}

async function openDoors(options: HostOptions, undo: (() => void | Promise<void>)[]): Promise<[Door, Door]> {
  const door = await openDoor(options.hostname ?? "127.0.0.1", options.port);
  undo.push(door.close);
  const rpc = await openDoor("127.0.0.1", 0);
  undo.push(rpc.close);
  return [door, rpc];
}

/** Without WEBSITE_HOSTNAME the SDK rewrites every durable address to localhost:7071. */
function hostEnvironment(port: number): Record<string, string> {
  const { environment } = machineRealm();
  return {
    WEBSITE_HOSTNAME: `localhost:${port}`,
    FUNCTIONS_WORKER_RUNTIME: environment.FUNCTIONS_WORKER_RUNTIME ?? "node",
    FUNCTIONS_EXTENSION_VERSION: environment.FUNCTIONS_EXTENSION_VERSION ?? "~4",
    AZURE_FUNCTIONS_ENVIRONMENT: environment.AZURE_FUNCTIONS_ENVIRONMENT ?? "Development",
  };
}

async function shutDown(
  app: RunningApp,
  engine: Engine,
  doors: readonly Door[],
  environments: readonly (() => void)[],
  grace: number,
): Promise<void> {
  await withinGrace(app.stop(), grace);
  await engine.stop(grace);
  for (const door of doors) await door.close();
  for (const restore of environments) restore();
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
