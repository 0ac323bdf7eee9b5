import { type Argument, Command, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { declareBuilding } from "./declare/building.ts";
import { declareImages } from "./declare/images.ts";
import { aboveZero, type Run } from "./declare/options.ts";
import { declareRights } from "./declare/rights.ts";
import { declareCompletion, declareUpkeep } from "./declare/upkeep.ts";
import type { Exit } from "./exits.ts";
import { perform } from "./perform.ts";
import { type CommonFlags, readTerms } from "./terms.ts";

/** The command line. What a command does is loaded when it is asked for, so that `--help` is there at once. */
export function makeProgram(end: (exit: Exit) => void): Command {
  const program: Command = new Command("goldsmith")
    .description("Golden VM images on Azure: plan, build, follow")
    .version(packageJson.version)
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: termOf,
      // Where commands are chosen from, those shared by all would only stand in the way.
      visibleGlobalOptions: ({ commands }) =>
        commands.length > 0 ? [] : program.options.filter(({ long }) => long !== "--version"),
    })
    .showHelpAfterError("Add --help to see what it takes.")
    .exitOverride()
    .addOption(new Option("--url <url>", "the Goldsmith to talk to").env("GOLDSMITH_URL"))
    .addOption(
      new Option("--key <key>", "its function key (better in the environment: flags show in process lists)").env(
        "GOLDSMITH_KEY",
      ),
    )
    .addOption(
      new Option("--audience <id>", "without a key: sign in through Entra for this application").env(
        "GOLDSMITH_AUDIENCE",
      ),
    )
    .option("--idempotency-key <key>", "what a command starts is begun once under this key, however often it is run")
    .option("--emulator", "without --url: run Goldsmith in this process, against an emulated Azure")
    .option("--azure <subscription>", "without --url: run Goldsmith in this process, in Azure, as whoever is signed in")
    .option("--act", "with --azure: grant and change what a plan says; without, it only advises")
    .option("--data <dir>", "with --emulator or --azure: where everything is kept", ".goldsmith/cli")
    .option("--speed <factor>", "with --emulator: emulated seconds per second", aboveZero, 60)
    .addOption(
      new Option("--progress <how>", "what to show on stderr meanwhile")
        .choices(["auto", "lines", "none"])
        .default("auto"),
    )
    .addHelpText("after", afterwards);
  const run: Run = async (flags, work) =>
    end(await perform(readTerms({ ...program.opts<CommonFlags>(), ...flags }, process.env), work));
  for (const [title, declare] of chapters) declare(program.commandsGroup(title), run);
  declareCompletion(
    program.commandsGroup("This command line:").helpCommand("help [command]", "say what a command does"),
  );
  return program;
}

/** A command in the list: what it takes, but not that it has options. */
const termOf = (command: Command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" ");
const argumentTerm = (argument: Argument) => {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

const chapters = [
  ["Builds:", declareBuilding],
  ["Images:", declareImages],
  ["Rights:", declareRights],
  ["Upkeep:", declareUpkeep],
] as const;

const afterwards = `
Exit codes: 0 done, 1 failed or something is in the way, 2 wrong usage,
3 timed out, 4 drift found or rights missing, 130 interrupted.
Results go to stdout, everything else to stderr.

Without Azure, to see what it does:
  goldsmith --emulator plan template.json
  goldsmith --emulator build template.json`;
