import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { appSettings, sharedWith, writeAppSettings } from "../appSettings.ts";
import { sharedClock } from "../clock.ts";
import { portsOf } from "../ports.ts";
import { startStorage } from "../storage.ts";
import { localWebhook } from "./deployment.ts";
import { startAzure } from "./index.ts";
import type { Switches } from "./switches.ts";
import { readSwitchFlag } from "./switchReading.ts";

interface Flags {
  readonly port: number;
  readonly azurePort: number;
  readonly data: string;
  readonly speed: number;
  readonly record?: string;
  readonly storage: boolean;
  readonly switch: Partial<Switches>;
}

const flags = readFlags();
const data = resolve(flags.data);
const clock = sharedClock(data, flags.speed);
const storage = flags.storage
  ? await startStorage({ dataDirectory: join(data, "storage"), ports: portsOf(flags.port, flags.azurePort) })
  : undefined;
const azure = await startAzure({
  dataDirectory: data,
  port: flags.azurePort,
  clock,
  switches: flags.switch,
  log: (line) => console.error(`azure: ${line}`),
  ...(flags.record ? { record: resolve(flags.record) } : {}),
  deployment: { webhook: localWebhook(data, flags.port), shareWith: sharedWith(process.env) },
});
if (storage) writeAppSettings(data, appSettings(azure.settings, storage.connectionString(), process.env));
console.log(
  `Emulated Azure Resource Manager: ${azure.endpoint} (settings: ${join(data, "azure.json")}, CA: ${azure.caFile})`,
);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end());

async function end(): Promise<void> {
  await azure.stop();
  await storage?.stop();
  process.exit(0);
}

function readFlags(): Flags {
  return new Command("npm run azure --")
    .description("The emulated Azure alone")
    .option(
      "--azure-port <port>",
      "port of the emulated Azure Resource Manager; storage takes the next three, managed identities the fourth",
      number,
      7443,
    )
    .option("--port <port>", "port of the host that events are delivered to", number, 7071)
    .option("--data <dir>", "where everything is kept", ".goldsmith")
    .option("--speed <factor>", "emulated seconds per second", number, 60)
    .option("--record <file>", "append every exchange with ARM to this file, one JSON line each")
    .option("--storage", "start Azurite as well, on the three ports after the emulator's", false)
    .option("--switch <name=value>", "set a switch of docs/emulator.md; repeatable", collectSwitch, {})
    .parse()
    .opts<Flags>();
}

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

function collectSwitch(text: string, before: Partial<Switches>): Partial<Switches> {
  try {
    return { ...before, ...readSwitchFlag(text) };
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
