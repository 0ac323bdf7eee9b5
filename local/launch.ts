import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appSettings, writeAppSettings } from "./appSettings.ts";
import type { AzureSettings } from "./azure/settings.ts";
import { goOn, pauseClock } from "./clock.ts";
import type { Flags } from "./flags.ts";
import { signInAsOwner } from "./owner.ts";
import { portsOf } from "./ports.ts";
import { eventually, type Kept, keepRunning } from "./processes.ts";
import { startStorage } from "./storage.ts";

/** The local default, up and running. */
export interface Launched {
  readonly azure: AzureSettings;
  readonly appUrl: string;
  readonly functionKey: string;
  /** The host's process; another one after it died. */
  readonly host: Kept;
  stop(): Promise<void>;
}

/**
 * Starts storage, the emulated Azure and the host with the app, each a process of its own, and waits until the app says it is well.
 * `more` are settings of the app beyond the local default.
 */
export async function launch(
  flags: Flags,
  tell: (line: string) => void,
  more: (azure: AzureSettings) => Readonly<Record<string, string>> = () => ({}),
): Promise<Launched> {
  const ports = portsOf(flags.port, flags.azurePort);
  mkdirSync(flags.data, { recursive: true });
  goOn(flags.data, flags.speed);
  const keys = hostKeys(flags.data);
  const storage = await startStorage({ dataDirectory: join(flags.data, "storage"), ports });
  tell(`storage (Azurite)          ${storage.tableEndpoint}`);
  const running: Kept[] = [];
  const stop = async () => {
    for (const kept of running.reverse()) await kept.stop();
    await storage.stop();
    pauseClock(flags.data);
  };
  try {
    running.push(keepRunning("azure", azureArguments(flags), { data: flags.data, env: process.env }));
    const azure = await eventually("the Azure emulator", () => readAzure(flags.data, keys.function));
    tell(`emulated Azure             ${azure.armEndpoint}`);
    writeAppSettings(flags.data, { ...appSettings(azure, storage.connectionString(), process.env), ...more(azure) });
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: azure.caFile };
    const host = keepRunning("host", hostArguments(flags), { data: flags.data, env });
    running.push(host);
    const appUrl = `http://localhost:${ports.host}`;
    await eventually("the app", () => healthy(appUrl));
    tell(`the app on its host        ${appUrl}`);
    return { azure, appUrl, functionKey: keys.function, host, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Keys the host will enforce; made here, so that the emulated Event Grid can be told its key before the host is up. */
function hostKeys(data: string): { readonly function: string } {
  const file = join(data, "keys.json");
  const key = () => randomBytes(30).toString("base64url");
  if (!existsSync(file)) {
    const systemKeys = { durabletask_extension: key(), eventgrid_extension: key() };
    writeFileSync(file, JSON.stringify({ master: key(), function: key(), systemKeys }, null, 2), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8")) as { readonly function: string };
}

function azureArguments(flags: Flags): string[] {
  const more = flags.record ? ["--record", flags.record] : [];
  return ["local/azure/main.ts", "--azure-port", String(flags.azurePort), ...shared(flags), ...more];
}

const hostArguments = (flags: Flags) => ["local/host/main.ts", ...shared(flags)];

const shared = ({ port, data, speed }: Flags) => ["--port", String(port), "--data", data, "--speed", String(speed)];

/** The emulator's settings once it answers; the app's key is put beside them for whoever wants to call it. */
async function readAzure(data: string, functionKey: string): Promise<AzureSettings | undefined> {
  const file = join(data, "azure.json");
  if (!existsSync(file)) return undefined;
  const azure = JSON.parse(readFileSync(file, "utf8")) as AzureSettings;
  const { status } = await signInAsOwner(azure)("GET", `/subscriptions/${azure.subscriptionId}?api-version=2022-12-01`);
  if (status !== 200) return undefined;
  writeFileSync(file, `${JSON.stringify({ ...azure, functionKey }, null, 2)}\n`, { mode: 0o600 });
  return azure;
}

async function healthy(appUrl: string): Promise<true | undefined> {
  return (await fetch(`${appUrl}/api/health`)).ok ? true : undefined;
}
