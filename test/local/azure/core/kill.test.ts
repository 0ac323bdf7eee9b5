import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AzureSettings } from "../../../../local/azure/settings.ts";
import { type Owner, signInAsOwner } from "../../../../local/owner.ts";

let directory: string;
let port: number;
let child: ChildProcess | undefined;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "goldsmith-kill-"));
  port = await freePort();
});
afterAll(() => {
  child?.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
}

/** Starts the emulator as a process of its own and signs in. */
async function start(): Promise<{ arm: Owner; settings: AzureSettings }> {
  const flags = [
    "--azure-port",
    String(port),
    "--data",
    directory,
    "--speed",
    "20",
    "--switch",
    "networkSeconds=60,60",
  ];
  child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "local/azure/main.ts", ...flags], {
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const started = new Promise<void>((resolve, reject) => {
    child?.stdout?.on("data", () => resolve());
    child?.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
  await started;
  const file = join(directory, "azure.json");
  expect(existsSync(file)).toBe(true);
  const settings = JSON.parse(readFileSync(file, "utf8")) as AzureSettings;
  return { arm: signInAsOwner(settings), settings };
}

test("kill -9 loses nothing that was answered, and work under way is finished by the next start", async () => {
  const { arm, settings } = await start();
  const group = `/subscriptions/${settings.subscriptionId}/resourceGroups/rg-kill`;
  const nsg = `${group}/providers/Microsoft.Network/networkSecurityGroups/nsg?api-version=2024-05-01`;
  await arm("PUT", `${group}?api-version=2024-03-01`, { location: "westeurope" });
  expect((await arm("PUT", nsg, { location: "westeurope" })).status).toBe(201);
  const gone = new Promise((resolve) => child?.once("exit", resolve));
  child?.kill("SIGKILL");
  await gone;
  const next = await start();
  expect(next.settings).toEqual(settings);
  const state = async () =>
    ((await next.arm("GET", nsg)).body as { properties: { provisioningState: string } }).properties.provisioningState;
  expect(["Updating", "Succeeded"]).toContain(await state());
  for (let tries = 0; tries < 100 && (await state()) !== "Succeeded"; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await state()).toBe("Succeeded");
});
