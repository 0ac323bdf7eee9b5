import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appSettings } from "../../local/appSettings.ts";
import { localWebhook } from "../../local/azure/deployment.ts";
import { type AzureEmulator, startAzure } from "../../local/azure/index.ts";
import type { Recorder } from "../../local/azure/record.ts";
import type { Switches } from "../../local/azure/switches.ts";
import { type SteppedClock, steppedClock } from "../../local/clock.ts";
import { type Estate, estateOf, seedEstate } from "../../local/estate.ts";
import { type Host, type HostOptions, startHost } from "../../local/host/index.ts";
import type { HostLogLine } from "../../local/host/log.ts";
import { useVirtualTime } from "../../local/host/virtualTime.ts";
import { type Owner, signInAsOwner } from "../../local/owner.ts";
import type { BuildView } from "../../local/sample.ts";
import { type Storage, startStorage } from "../../local/storage.ts";
import { isFinal } from "../../shared/build.ts";

/** One line of the emulator's record. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly caller: string;
  readonly requestBody?: unknown;
  /** Emulated UTC. */
  readonly at: string;
  /** Real milliseconds (`performance.now()`) at which it was answered. */
  readonly realMs: number;
}

/** An answer of the app. */
export interface AppAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** The whole product in one process, in stepped time: the app as it is deployed, its host, the emulated Azure, real storage. */
export interface TestWorld {
  readonly clock: SteppedClock;
  readonly azure: AzureEmulator;
  readonly host: Host;
  readonly estate: Estate;
  readonly arm: Owner;
  readonly warnings: readonly string[];
  /** Where host and emulator keep what they know. */
  readonly directory: string;
  /** Connection string of the storage account that the app keeps everything in. */
  readonly storage: string;
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<AppAnswer<T>>;
  /** Lets time pass until the build has ended and everybody was told (or refused to listen). */
  built(id: string): Promise<BuildView>;
  /** The newest build of a template, once there is one. */
  buildOf(templateId: string): Promise<string>;
  /** What host and app have logged so far. */
  log(): readonly HostLogLine[];
  /** What was asked of ARM so far. */
  record(): readonly Exchange[];
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly switches?: Partial<Switches>;
  /** Settings of the app that differ from the local default; they may speak of the estate. */
  readonly settings?:
    | Readonly<Record<string, string>>
    | ((estate: Estate, azure: AzureEmulator) => Readonly<Record<string, string>>);
  /** Whether the deployment gave the app a second identity, which writes role definitions. */
  readonly managedRoles?: boolean;
  /** `shareWith` of the fence, as the deployment is given it. */
  readonly shareWith?: readonly string[];
  /** Takes every exchange with ARM, headers and answer included; `record` keeps what most tests ask for. */
  readonly listen?: Recorder;
  /** What differs about the host: another folder for the app, authentication in front of it. */
  readonly host?: Pick<Partial<HostOptions>, "appDirectory" | "auth" | "entra" | "sync">;
}

/** Nothing lost and nothing doubled, so that a journey tells of one thing only. */
const calm: Partial<Switches> = { eventLoss: 0, eventDoubling: 0 };

let storage: Promise<Storage> | undefined;
let worlds = 0;
const accounts = Array.from({ length: 40 }, (_, i) => ({
  name: `world${i}`,
  key: Buffer.from(`an account of a test, number ${i}`.padEnd(64, ".")).toString("base64"),
}));

/** One Azurite for all worlds of a test file; every world has an account of its own. */
const sharedStorage = () => (storage ??= startStorage({ ports: { blob: 0, queue: 0, table: 0 }, accounts }));

/** To be called after the last world of a file. */
export async function endStorage(): Promise<void> {
  await (await storage)?.stop();
  storage = undefined;
}

/** What must be undone of a world, last first: a world that does not come up leaves nothing to those that follow in its process. */
type Undo = (() => void | Promise<void>)[];

export async function startWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const undo: Undo = [];
  try {
    return await start(options, undo);
  } catch (error) {
    await undone(undo);
    throw error;
  }
}

async function undone(undo: Undo): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one();
}

async function start(
  { switches = {}, settings = {}, host: hosting = {}, managedRoles = false, shareWith = [], listen }: WorldOptions,
  undo: Undo,
): Promise<TestWorld> {
  const directory = mkdtempSync(join(tmpdir(), "world-"));
  undo.push(() => rmSync(directory, { recursive: true, force: true }));
  const exchanges: Exchange[] = [];
  const clock = steppedClock(afterReconciling(Date.now()));
  undo.push(useVirtualTime(clock));
  const account = accounts[worlds++];
  const connection = (await sharedStorage()).connectionString(account?.name);
  const warnings: string[] = [];
  const logged: HostLogLine[] = [];
  mkdirSync(join(directory, "azure"));
  const keys = makeKeys(directory);
  const port = await freePort();
  const webhook = localWebhook(directory, port);
  const azure = await startAzure({
    dataDirectory: join(directory, "azure"),
    port: 0,
    clock,
    switches: { ...calm, ...switches },
    record: (exchange) => {
      const { method, url, status, caller, requestBody, at } = exchange;
      exchanges.push({ method, url, status, caller, requestBody, at, realMs: performance.now() });
      listen?.(exchange);
    },
    deployment: { ...(webhook ? { webhook } : {}), managedRoles, shareWith },
  });
  undo.push(() => azure.stop());
  trust(azure.caFile);
  const estate = estateOf(azure.settings.subscriptionId);
  const own = typeof settings === "function" ? settings(estate, azure) : settings;
  const manager = azure.settings.roleManager?.clientId;
  const roles = manager ? { GOLDSMITH_ROLES: "managed", GOLDSMITH_ROLE_MANAGER_CLIENT_ID: manager } : {};
  const environment = { ...appSettings(azure.settings, connection, {}), ...roles, ...own };
  const host = await startHost({
    // The same journeys against a package: JOURNEYS_APP_DIRECTORY is where it was unpacked.
    appDirectory: process.env.JOURNEYS_APP_DIRECTORY ?? process.cwd(),
    dataDirectory: directory,
    port,
    clock,
    environment,
    ...hosting,
    log(line: HostLogLine) {
      logged.push(line);
      if (line.category === "host.durable") warnings.push(line.message);
    },
  });
  undo.push(() => host.stop());
  const arm = signInAsOwner(azure.settings);
  await stepping(clock, seedEstate(arm, estate));
  const call: TestWorld["call"] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${host.url}/api/${path}`, {
      method,
      headers: { "x-functions-key": keys.function, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = /json/.test(answer.headers.get("content-type") ?? "");
    return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text || undefined };
  };
  await clock.until(async () => (await call("GET", "health")).status === 200);
  await clock.advance(afterReconciling(clock.now()) - clock.now()); // how long the estate took to make is luck
  return {
    clock,
    azure,
    host,
    estate,
    arm,
    warnings,
    directory,
    storage: connection,
    call,
    async built(id) {
      let build: BuildView | undefined;
      await clock.until(async () => {
        build = (await call<BuildView>("GET", `builds/${id}`)).body;
        const told = build.deliveries.some(
          ({ event, state }) => event.includes(build?.state.toLowerCase() ?? "") && state !== "pending",
        );
        return isFinal(build.state) && told;
      });
      return build as BuildView;
    },
    async buildOf(templateId) {
      let id: string | undefined;
      await clock.until(async () => {
        const page = await call<{ value: { id: string }[] }>(
          "GET",
          `builds?templateId=${encodeURIComponent(templateId)}`,
        );
        id = page.body.value[0]?.id;
        return id !== undefined;
      });
      return id ?? "";
    },
    log: () => logged,
    record: () => [...exchanges],
    stop: () => undone(undo),
  };
}

/** The key of whoever may approve: undo and remediate. */
export const approver = { "x-functions-key": "m".repeat(40) };

/** A minute after the reconciling timer's next look: what a test writes first is found by its event, never by the timer. */
const afterReconciling = (now: number) => Math.ceil(now / 300_000) * 300_000 + 60_000;

/** What the app wrote, as `METHOD type-of-resource`, in order; reads left out, also the one that is a POST (it needs a read right only). */
export function writesOf(world: TestWorld): string[] {
  return world
    .record()
    .filter(isWriteOfApp)
    .map(({ method, url }) => `${method} ${typeOf(url)}`);
}

/** Whether the app asked for a change: not by GET, nor by the one POST that takes a read right only. */
export const isWriteOfApp = ({ method, caller, url }: Pick<Exchange, "method" | "caller" | "url">): boolean =>
  caller === "app" && method !== "GET" && !/\/Microsoft\.PolicyInsights\/checkPolicyRestrictions\?/i.test(url);

/** The last resource type in a URL, with the action behind it where there is one. */
export function typeOf(url: string): string {
  const path =
    url
      .split("?")[0]
      ?.split(/\/providers\//i)
      .at(-1) ?? "";
  const [, ...parts] = path.split("/");
  return parts.filter((_, i) => i % 2 === 0).join("/");
}

function makeKeys(directory: string): { readonly function: string } {
  const keys = {
    master: "m".repeat(40),
    function: "f".repeat(40),
    systemKeys: { durabletask_extension: "d".repeat(40), eventgrid_extension: "e".repeat(40) },
  };
  writeFileSync(join(directory, "keys.json"), JSON.stringify(keys));
  return keys;
}

/** A port that nobody listens on, below those that systems give to outgoing connections: there it would not stay free. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** The app's HTTPS runs in the machine's own realm: the emulator's authority has to be trusted there. */
function trust(caFile: string): void {
  const tls = process.getBuiltinModule("node:tls");
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(caFile, "utf8")]);
}

/** Lets the clock run while somebody waits for it from outside. */
export async function stepping<T>(clock: SteppedClock, work: Promise<T>): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  await clock.until(() => done);
  return finished;
}
