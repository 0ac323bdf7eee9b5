import { type Command, InvalidArgumentError, Option } from "commander";
import type { Exit } from "../exits.ts";
import type { Terms } from "../terms.ts";

/** How a command prints its result. */
export type Printed = { readonly output?: "json" | "table" };

/** Runs a command under the flags of all commands and its own way of printing. */
export type Run = (flags: Printed, work: (terms: Terms) => Promise<Exit>) => Promise<void>;

/** `--output`, as most commands have it. */
export const output = () =>
  new Option("-o, --output <form>", "how to print the result").choices(["table", "json"]).default("table");

/** A command about a template that exists or stands in a file. */
export const placed = (command: Command, about: string) =>
  command
    .description(about)
    .argument("<template>", "template id, or file with a template")
    .option("--resource-group <id>", "where the template of a file stands or is to stand")
    .option("--name <name>", "the name of the template of a file");

/** A command that stays until something ends. */
export const staying = (command: Command, what = "build") =>
  command
    .addOption(output())
    .option("--timeout <seconds>", `wait no longer than this; the ${what} goes on`, aboveZero)
    .addOption(
      new Option("--poll <seconds>", "look this often instead of waiting at the app for news")
        .env("GOLDSMITH_POLL")
        .argParser(aboveZero),
    )
    .addOption(
      new Option("--on-interrupt <what>", `what Ctrl-C does to the ${what} where nobody can be asked`)
        .choices(["leave", "cancel"])
        .default("leave"),
    );

/** A command that looks now and then until something is done. */
export const polling = (command: Command) =>
  command
    .addOption(output())
    .option("--timeout <seconds>", "wait no longer than this; it goes on", aboveZero)
    .addOption(new Option("--poll <seconds>", "seconds between looks").argParser(aboveZero));

/** `--yes`, where a person would be asked. */
export const yes = () => new Option("--yes", "do not ask whether it is meant");

/** A number above 0. */
export function aboveZero(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a whole number from 0");
  return Number(text);
}
