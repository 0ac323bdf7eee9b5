import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";

/** Flags of `npm start`, `npm run azure` and `npm run host`. */
export interface Flags {
  readonly port: number;
  readonly azurePort: number;
  readonly speed: number;
  readonly data: string;
  readonly sample: boolean;
  readonly once: boolean;
  readonly record?: string;
}

/** Reads the flags of `npm start`; prints help or what is wrong, and ends the process, where that is asked for or needed. */
export function readFlags(argv: readonly string[]): Flags {
  const command = new Command("npm start --")
    .description("Goldsmith on this machine: storage, an emulated Azure and the app on its own Functions host")
    .option("--port <port>", "port of the app", number, 7071)
    .option(
      "--azure-port <port>",
      "port of the emulated Azure Resource Manager; storage takes the next three",
      number,
      7443,
    )
    .option("--speed <factor>", "emulated seconds per second", number, 60)
    .option("--data <dir>", "where everything is kept", ".goldsmith")
    .option("--no-sample", "start empty-handed: no estate, no template")
    .option("--once", "end when the sample image exists (exit 0) or cannot be built (exit 1)", false)
    .option("--record <file>", "append every exchange with ARM to this file, one JSON line each")
    .parse(argv);
  const given = command.opts<Flags>();
  return { ...given, data: resolve(given.data), ...(given.record ? { record: resolve(given.record) } : {}) };
}

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}
