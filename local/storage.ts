import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

/** A storage account of the local storage; `key` is base64. */
export interface StorageAccount {
  readonly name: string;
  readonly key: string;
}

/** Ports to listen on (loopback only); 0 takes a free one. */
export interface StoragePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

/** What to start; without `dataDirectory` everything is kept in memory, without `accounts` there is the one every Azurite has. */
export interface StorageOptions {
  readonly dataDirectory?: string;
  readonly ports: StoragePorts;
  readonly accounts?: readonly StorageAccount[];
}

/** A running Azurite. Endpoints are base addresses without the account's name. */
export interface Storage {
  readonly accounts: readonly StorageAccount[];
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
  readonly tableEndpoint: string;
  /** Connection string of an account, the first one unless named. */
  connectionString(account?: string): string;
  /** Ends it; what was written is on disk afterwards. */
  stop(): Promise<void>;
}

/** Azurite's own account, the same on every machine and documented by Microsoft: known to every storage tool, no secret. */
export const developmentAccount: StorageAccount = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

const startLimitMs = 60_000;
const flushLimitMs = 15_000;
const host = "127.0.0.1";

// The pipe to the parent ends when the parent does, however it died. Azurite then closes as for SIGTERM, which flushes its
// databases (it saves every 5 s only). It listens for one signal only, so a listener that stays keeps a second one from cutting
// the flush short; the exit behind it is for a close that hangs.
// What it prints meanwhile goes to a pipe that nobody reads any more, and must not end it.
const followParent = `
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM")).on("error", () => {}).resume();
process.on("SIGTERM", () => setTimeout(() => process.exit(1), ${flushLimitMs}).unref());`;

/** Starts Azurite as a child process and waits until its three services answer; rejects with its own words when it cannot start. */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const accounts = options.accounts ?? [developmentAccount];
  const { dataDirectory } = options;
  if (dataDirectory) await waitForPredecessor(dataDirectory);
  const child = launch(options, accounts);
  if (dataDirectory) writeFileSync(pidFile(dataDirectory), String(child.pid));
  const endpoints = await listening(child).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    accounts,
    ...endpoints,
    connectionString: (name) => connectionString(endpoints, accounts, name),
    stop: () => stop(child, dataDirectory),
  };
}

function launch(options: StorageOptions, accounts: readonly StorageAccount[]): ChildProcess {
  const { ports, dataDirectory } = options;
  const azurite = createRequire(import.meta.url).resolve("azurite/package.json");
  const where = dataDirectory ? ["--location", dataDirectory] : ["--inMemoryPersistence"];
  const listen = (["blob", "queue", "table"] as const).flatMap((kind) => [
    `--${kind}Host`,
    host,
    `--${kind}Port`,
    String(ports[kind]),
  ]);
  return spawn(
    process.execPath,
    [
      "--no-warnings",
      "--import",
      `data:text/javascript,${encodeURIComponent(followParent)}`,
      join(dirname(azurite), "dist/src/azurite.js"),
      ...where,
      ...listen,
      "--skipApiVersionCheck",
      "--disableTelemetry",
      "--silent",
    ],
    {
      // A group of its own: Ctrl-C is for the parent alone, who may ask first, and ends it when the time has come.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NODE_OPTIONS: "", AZURITE_ACCOUNTS: accounts.map((a) => `${a.name}:${a.key}`).join(";") },
    },
  );
}

type Endpoints = Pick<Storage, "blobEndpoint" | "queueEndpoint" | "tableEndpoint">;

/** Reads the addresses from what Azurite prints once each service listens (the only way to learn a port it chose itself). */
function listening(child: ChildProcess): Promise<Endpoints> {
  return new Promise((resolve, reject) => {
    let output = "";
    const failed = (why: string) => reject(new Error(`Azurite did not start: ${why}\n${output.trim()}`));
    const limit = setTimeout(() => failed(`no answer within ${startLimitMs / 1000} s`), startLimitMs);
    const address = (name: string) =>
      new RegExp(`Azurite ${name} service is successfully listening at (\\S+)`).exec(output)?.[1];
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const [blob, queue, table] = ["Blob", "Queue", "Table"].map(address);
      if (!blob || !queue || !table) return;
      clearTimeout(limit);
      child.stdout?.off("data", read).resume();
      child.stderr?.off("data", read).resume();
      resolve({ blobEndpoint: blob, queueEndpoint: queue, tableEndpoint: table });
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => failed(error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(limit);
      failed(`it ended with ${signal ?? code}`);
    });
  });
}

function connectionString(endpoints: Endpoints, accounts: readonly StorageAccount[], name?: string): string {
  const account = name === undefined ? accounts[0] : accounts.find((one) => one.name === name);
  if (!account) throw new Error(`the local storage has no account ${name ?? ""}`);
  return [
    "DefaultEndpointsProtocol=http",
    `AccountName=${account.name}`,
    `AccountKey=${account.key}`,
    `BlobEndpoint=${endpoints.blobEndpoint}/${account.name}`,
    `QueueEndpoint=${endpoints.queueEndpoint}/${account.name}`,
    `TableEndpoint=${endpoints.tableEndpoint}/${account.name}`,
  ].join(";");
}

async function stop(child: ChildProcess, dataDirectory: string | undefined): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    const tooLong = setTimeout(() => child.kill("SIGKILL"), flushLimitMs + 1_000);
    child.stdin?.end();
    await gone;
    clearTimeout(tooLong);
    if (dataDirectory) rmSync(pidFile(dataDirectory), { force: true });
  }
}

const pidFile = (directory: string) => join(directory, "azurite.pid");

/** Two Azurites on one directory destroy its databases; one whose parent was killed may still be flushing. */
async function waitForPredecessor(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  if (!existsSync(pidFile(directory))) return;
  const pid = Number(readFileSync(pidFile(directory), "utf8"));
  const everyMs = 100;
  for (let waited = 0; await isAzurite(pid); waited += everyMs) {
    if (waited > flushLimitMs) throw new Error(`another Azurite (process ${pid}) works in ${directory}`);
    await wait(everyMs);
  }
}

/** Whether a process is there and is an Azurite; the number alone may have been given to somebody else since. */
async function isAzurite(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const shown = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return shown.stdout.includes("azurite");
}
