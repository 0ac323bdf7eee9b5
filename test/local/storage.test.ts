import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { developmentAccount, type Storage, type StorageOptions, startStorage } from "../../local/storage.ts";
import { connectStore } from "../../shared/store/index.ts";

const anyPort = { blob: 0, queue: 0, table: 0 };
const connect = (connectionString: string) => connectStore({ kind: "connectionString", connectionString });
const account = (name: string) => ({ name, key: randomBytes(32).toString("base64") });

let directory: string;
let running: Storage[];
let parent: ChildProcess | undefined;

/** Starts one that ends with the test, however that goes: a process left behind would keep the whole run from ending. */
async function start(options: Omit<StorageOptions, "ports">): Promise<Storage> {
  const storage = await startStorage({ ports: anyPort, ...options });
  running.push(storage);
  return storage;
}

beforeEach(() => {
  running = [];
  directory = mkdtempSync(join(tmpdir(), "goldsmith-storage-"));
});
afterEach(async () => {
  parent?.kill("SIGKILL");
  for (const storage of running) await storage.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("what was written is there after a restart", async () => {
  const first = await start({ dataDirectory: directory });
  expect(first.accounts).toEqual([developmentAccount]);
  const before = connect(first.connectionString());
  await before.seen.first("event", "e1");
  await before.documents.put("a/b.json", { is: "kept" });
  await first.stop();
  const second = await start({ dataDirectory: directory });
  const after = connect(second.connectionString());
  expect(await after.seen.has("event", "e1")).toBe(true);
  expect(await after.documents.get("a/b.json")).toEqual({ is: "kept" });
});

test("it ends with its parent, however that dies, and loses nothing of what it answered", async () => {
  const program = `
    import { startStorage } from ${JSON.stringify(join(__dirname, "../../local/storage.ts"))};
    const storage = await startStorage({ dataDirectory: ${JSON.stringify(directory)}, ports: { blob: 0, queue: 0, table: 0 } });
    console.log(storage.connectionString());
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", program]);
  parent = child;
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const connectionString = line.toString().trim();
  await connect(connectionString).seen.first("event", "late");
  child.kill("SIGKILL");
  await once(child, "exit");
  const next = await start({ dataDirectory: directory });
  expect(await connect(next.connectionString()).seen.has("event", "late")).toBe(true);
  await expect(fetch(/TableEndpoint=([^;]+)/.exec(connectionString)![1]!)).rejects.toThrow();
});

test("accounts are worlds of their own, and a wrong key opens none", async () => {
  const accounts = [account("alpha"), account("beta")];
  const storage = await start({ accounts });
  await connect(storage.connectionString("alpha")).seen.first("event", "e");
  expect(await connect(storage.connectionString("beta")).seen.has("event", "e")).toBe(false);
  expect(storage.connectionString()).toBe(storage.connectionString("alpha"));
  expect(() => storage.connectionString("gamma")).toThrow(/no account gamma/);
  const forged = storage.connectionString().replace(accounts[0]!.key, accounts[1]!.key);
  await expect(connect(forged).seen.has("event", "e")).rejects.toMatchObject({ statusCode: 403 });
});

test("a port that is taken is told in the words of Azurite, and nothing keeps running", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const started = startStorage({ ports: { ...anyPort, table: port } }).finally(() => other.close());
  await expect(started).rejects.toThrow(/did not start: .*\n[\s\S]*EADDRINUSE/);
});
