import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAzure } from "../../../../local/azure/index.ts";
import type { AzureSettings } from "../../../../local/azure/settings.ts";
import { sharedClock } from "../../../../local/clock.ts";

/** Runs one command of the Azure CLI and answers what it printed as JSON (undefined where nothing); rejects with what it complained of. */
// biome-ignore lint/suspicious/noExplicitAny: tests read what the CLI prints by path
export type Az = (...args: readonly string[]) => Promise<any>;

/** An emulator in quick time with an Azure CLI that was told of it, signed in as its owner. */
export interface CliBench {
  readonly az: Az;
  readonly settings: AzureSettings;
  /** A folder for files that commands read. */
  readonly directory: string;
  /** Makes the builds to come end within seconds. */
  quicken(): void;
  stop(): Promise<void>;
}

/** The version of the `az` on the PATH; undefined where there is none. */
export function cliVersion(): string | undefined {
  const asked = spawnSync("az", ["version", "--output", "json"], { encoding: "utf8" });
  if (asked.status !== 0) return undefined;
  return (JSON.parse(asked.stdout) as { "azure-cli"?: string })["azure-cli"];
}

/** Emulated seconds per second. */
const speed = 60;
/** A build goes on while commands must find it running, also where each of them takes half a minute. */
const switches = { buildSeconds: [12_000, 12_000], cancelSeconds: [60, 60] } as const;

/** Starts an emulator and signs the CLI in, as docs/emulator.md says, in a configuration folder of its own. */
export async function startCliBench(): Promise<CliBench> {
  const directory = mkdtempSync(join(tmpdir(), "azure-cli-"));
  const azure = await startAzure({ dataDirectory: directory, port: 0, clock: sharedClock(directory, speed), switches });
  const { settings } = azure;
  mkdirSync(join(directory, "az"));
  const env = {
    ...process.env,
    AZURE_CONFIG_DIR: join(directory, "az"),
    AZURE_CORE_COLLECT_TELEMETRY: "no",
    PYTHONPATH: join(import.meta.dirname, "debianCli"),
    REQUESTS_CA_BUNDLE: azure.caFile,
  };
  const az: Az = (...args) => run(args, env);
  await signIn(az, settings, directory);
  return {
    az,
    settings,
    directory,
    quicken: () => void Object.assign(azure.world.switches, { buildSeconds: [600, 600] }),
    async stop() {
      await azure.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function signIn(az: Az, { armEndpoint, owner, tenantId }: AzureSettings, directory: string): Promise<void> {
  const file = join(directory, "cloud.json");
  const endpoints = {
    resourceManager: armEndpoint,
    management: `${armEndpoint}/`,
    activeDirectory: `${armEndpoint}/adfs`,
    activeDirectoryResourceId: `${armEndpoint}/`,
    activeDirectoryGraphResourceId: `${armEndpoint}/graph/`,
    microsoftGraphResourceId: `${armEndpoint}/graph/`,
  };
  writeFileSync(file, JSON.stringify({ endpoints }));
  await az("cloud", "register", "--name", "goldsmith", "--cloud-config", `@${file}`);
  await az("cloud", "set", "--name", "goldsmith");
  const secret = ["--username", owner.clientId, "--password", owner.clientSecret];
  await az("login", "--service-principal", "--tenant", tenantId, ...secret);
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<unknown> {
  const shown = args.some((arg) => arg === "--output" || arg === "-o") ? args : [...args, "--output", "json"];
  return new Promise((resolve, reject) => {
    execFile("az", [...shown], { env, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`az ${args.join(" ")}: ${stderr}`));
      else resolve(stdout.trim() === "" ? undefined : JSON.parse(stdout));
    });
  });
}
