import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { appSettings, sharedWith } from "../local/appSettings.ts";
import { localWebhook } from "../local/azure/deployment.ts";
import { type AzureEmulator, startAzure } from "../local/azure/index.ts";
import { type Clock, goOn, pauseClock, sharedClock } from "../local/clock.ts";
import { estateOf, seedEstate } from "../local/estate.ts";
import { type HostLogLine, startHost } from "../local/host/index.ts";
import { readOrMakeKeys } from "../local/host/keys.ts";
import { useVirtualTime } from "../local/host/virtualTime.ts";
import { signInAsOwner } from "../local/owner.ts";
import type { Ports } from "../local/ports.ts";
import { eventually } from "../local/processes.ts";
import { startStorage } from "../local/storage.ts";
import { keptPorts } from "./embeddedPorts.ts";
import type { Terms } from "./terms.ts";

/** A Goldsmith in this process. */
export interface Embedded {
  readonly url: string;
  /** The master key: whoever runs it here may approve here. */
  readonly key: string;
  readonly subscriptionId: string;
  end(): Promise<void>;
}

/**
 * Runs storage, the emulated Azure and the app's host for as long as the command lives. Everything is kept in `--data`, every
 * step of a build in its journal: a command that was killed leaves a build that goes on with the next one. Where another
 * command runs on the same data already, its Goldsmith is used.
 */
export const embed = ({ data, speed }: Pick<Terms, "data" | "speed">): Promise<Embedded> =>
  embedIn(resolve(data), (directory, ports, undo) => start(directory, ports, speed, undo), subscriptionOf);

/** What is to be ended when the command ends, the last first. */
type Undo = (() => Promise<void> | void)[];

/** Runs what `start` starts for as long as the command lives; both functions answer the subscription it works in. */
export async function embedIn(
  directory: string,
  start: (directory: string, ports: Ports, undo: Undo) => Promise<string>,
  standing: (directory: string) => string,
): Promise<Embedded> {
  mkdirSync(directory, { recursive: true });
  const key = readOrMakeKeys(directory).master;
  const ports = await keptPorts(directory);
  if (await answers(ports)) return { url: urlOf(ports), key, subscriptionId: standing(directory), end: async () => {} };
  const undo: Undo = [];
  const end = async () => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    const subscriptionId = await start(directory, ports, undo);
    return { url: urlOf(ports), key, subscriptionId, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Starts one after the other; answers the emulated subscription. What is to be ended stands in `undo`. */
async function start(directory: string, ports: Ports, speed: number, undo: Undo): Promise<string> {
  goOn(directory, speed);
  undo.push(() => pauseClock(directory));
  const storage = await startStorage({ dataDirectory: join(directory, "storage"), ports });
  undo.push(storage.stop);
  const clock = sharedClock(directory, speed);
  if (clock.speed !== 1) useVirtualTime(clock);
  const azure = await emulate(directory, ports, clock);
  undo.push(azure.stop);
  undo.push(
    await startApp(directory, ports, clock, appSettings(azure.settings, storage.connectionString(), process.env)),
  );
  const { subscriptionId } = azure.settings;
  await seedEstate(signInAsOwner(azure.settings), estateOf(subscriptionId));
  return subscriptionId;
}

const urlOf = ({ host }: Ports) => `http://localhost:${host}`;

const answers = (ports: Ports) =>
  fetch(`${urlOf(ports)}/api/health`).then(
    // 503: it is there, and says what it lacks; in somebody's own subscription that may stay so.
    ({ status }) => status === 200 || status === 503,
    () => false,
  );

const subscriptionOf = (directory: string) =>
  (JSON.parse(readFileSync(join(directory, "azure.json"), "utf8")) as { subscriptionId: string }).subscriptionId;

async function emulate(directory: string, ports: Ports, clock: Clock): Promise<AzureEmulator> {
  const webhook = localWebhook(directory, ports.host);
  const deployment = { ...(webhook ? { webhook } : {}), shareWith: sharedWith(process.env) };
  const log = (line: string) => appendFileSync(join(directory, "azure.log"), `${line}\n`);
  const azure = await startAzure({ dataDirectory: directory, port: ports.azure, clock, deployment, log });
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(azure.caFile, "utf8")]);
  return azure;
}

/** Starts the app on its host and waits until it answers; answers how it is stopped. */
export async function startApp(
  directory: string,
  ports: Ports,
  clock: Clock,
  environment: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const journal = join(directory, "host.log");
  // The command has read them; the app, in the same process, would take them for settings that it does not know.
  for (const name of ownVariables) delete process.env[name];
  const { stop } = await startHost({
    appDirectory: appDirectory(),
    dataDirectory: directory,
    port: ports.host,
    clock,
    environment,
    log: ({ level, message, function: name }: HostLogLine) =>
      appendFileSync(journal, `${level} ${name ?? "host"}: ${message}\n`),
  });
  await eventually("the embedded Goldsmith", async () => ((await answers(ports)) ? true : undefined));
  return stop;
}

const ownVariables = ["GOLDSMITH_URL", "GOLDSMITH_KEY", "GOLDSMITH_AUDIENCE", "GOLDSMITH_POLL"];

/** Where host.json lies: above the bundle as above the source. */
function appDirectory(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "host.json"))) return folder;
    if (folder === dirname(folder)) throw new Error("the app's host.json is nowhere above this command");
  }
}
