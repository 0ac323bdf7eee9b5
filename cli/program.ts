import { Command, InvalidArgumentError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import type { AttendFlags } from "./attend.ts";
import type { AuditFlags } from "./commands/audit.ts";
import type { BuildFlags } from "./commands/build.ts";
import type { CalibrateFlags } from "./commands/calibrate.ts";
import type { ListFlags } from "./commands/list.ts";
import type { LogFlags } from "./commands/logs.ts";
import type { PlanFlags } from "./commands/plan.ts";
import type { Exit } from "./exits.ts";
import { perform } from "./perform.ts";
import { type CommonFlags, readTerms, type Terms } from "./terms.ts";

/** The command line. What a command does is loaded when it is asked for, so that `--help` is there at once. */
export function makeProgram(end: (exit: Exit) => void): Command {
  const program = new Command("goldsmith")
    .description("Golden VM images on Azure: plan, build, follow")
    .version(packageJson.version)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addOption(new Option("--url <url>", "the Goldsmith to talk to").env("GOLDSMITH_URL"))
    .addOption(
      new Option("--key <key>", "its function key (better in the environment: flags show in process lists)").env(
        "GOLDSMITH_KEY",
      ),
    )
    .option("--emulator", "without --url: run Goldsmith in this process, against an emulated Azure")
    .option("--data <dir>", "with --emulator: where everything is kept", ".goldsmith/cli")
    .option("--speed <factor>", "with --emulator: emulated seconds per second", aboveZero, 60)
    .addOption(
      new Option("--progress <how>", "what to show on stderr meanwhile")
        .choices(["auto", "lines", "none"])
        .default("auto"),
    )
    .addHelpText("after", afterwards);
  const run: Run = async (flags, work) =>
    end(await perform(readTerms({ ...program.opts<CommonFlags>(), ...flags }, process.env), work));
  addBuilding(program, run);
  addLooking(program, run);
  addCalibrating(program, run);
  program
    .command("completion")
    .description("print the script that completes commands and flags")
    .addArgument(program.createArgument("<shell>", "which shell").choices(["bash", "zsh"]))
    .action(async (shell: "bash" | "zsh") => {
      const { completion } = await import("./commands/completion.ts");
      process.stdout.write(completion(program, shell));
    });
  return program;
}

type Printed = { readonly output?: "json" | "table" };

/** Runs a command under the flags of all commands and its own way of printing. */
type Run = (flags: Printed, work: (terms: Terms) => Promise<Exit>) => Promise<void>;

function addBuilding(program: Command, run: Run): void {
  waiting(
    placed(
      program.command("build"),
      "build a template: give its id, or a file, which is created once its rights stand",
    ),
  )
    .addOption(output())
    .option("--no-wait", "print the build's id and go")
    .option("--plan-hash <hash>", "build only if the plan is still this one")
    .addOption(
      new Option("--mode <mode>", "advise: grant nothing, wait until the rights stand").choices(["act", "advise"]),
    )
    .addOption(new Option("--grants <how>", "whether rights outlive the build").choices(["standing", "justInTime"]))
    .addOption(new Option("--network <how>", "whether network changes outlive the build").choices(["keep", "restore"]))
    .option("--notify <name...>", "targets to tell, by name")
    .option("--idempotency-key <key>", "same key, same build")
    .action((target: string, flags: BuildFlags & Printed) =>
      run(flags, async (terms) => (await import("./commands/build.ts")).build(terms, target, flags)),
    );
  waiting(program.command("watch").argument("<id>", "the build's id"))
    .description("follow a build to its end")
    .addOption(output())
    .action((id: string, flags: AttendFlags & Printed) =>
      run(flags, async (terms) => (await import("./commands/watch.ts")).watch(terms, id, flags)),
    );
  waiting(program.command("cancel").argument("<id>", "the build's id"))
    .description("ask a build to end")
    .addOption(output())
    .option("--no-wait", "do not stay until it has")
    .action((id: string, flags: AttendFlags & Printed & { wait: boolean }) =>
      run(flags, async (terms) => (await import("./commands/watch.ts")).cancel(terms, id, flags)),
    );
}

function addLooking(program: Command, run: Run): void {
  placed(program.command("plan"), "say what a template needs and what would be done; nothing is written")
    .addOption(
      new Option("-o, --output <form>", "how to print it")
        .choices(["table", "json", "markdown", "bicep", "terraform", "az", "powershell"])
        .default("table"),
    )
    .option("--fail-on-missing", "exit 4 where a right is missing")
    .action((target: string, { output: form, ...flags }: PlanFlags & { output: PlanFlags["form"] }) =>
      run(form === "json" ? { output: form } : {}, async (terms) =>
        (await import("./commands/plan.ts")).plan(terms, target, { ...flags, ...(form ? { form } : {}) }),
      ),
    );
  program
    .command("logs")
    .argument("<id>", "the build's id")
    .description("print the customization log of a build")
    .option("-f, --follow", "go on until the build ends")
    .addOption(
      new Option("--poll <seconds>", "with --follow: seconds between looks").env("GOLDSMITH_POLL").argParser(aboveZero),
    )
    .action((id: string, flags: LogFlags) =>
      run({}, async (terms) => (await import("./commands/logs.ts")).logs(terms, id, flags)),
    );
  program
    .command("list")
    .description("list builds, newest first")
    .addOption(output())
    .option("--state <state>", "only builds in this state")
    .option("--template <id>", "only builds of this template")
    .option("--since <time>", "only builds since this ISO time")
    .option("--limit <count>", "how many", aboveZero, 20)
    .action((flags: ListFlags & Printed) =>
      run(flags, async (terms) => (await import("./commands/list.ts")).list(terms, flags)),
    );
  program
    .command("audit")
    .description("compare the rights that stand with those that are needed; exit 4 where they differ")
    .addOption(output())
    .option("--scope <id...>", "only these subscriptions and resource groups")
    .option("--timeout <seconds>", "wait no longer than this", aboveZero)
    .addOption(new Option("--poll <seconds>", "seconds between looks").argParser(aboveZero))
    .action((flags: AuditFlags & Printed) =>
      run(flags, async (terms) => (await import("./commands/audit.ts")).audit(terms, flags)),
    );
}

function addCalibrating(program: Command, run: Run): void {
  program
    .command("calibrate")
    .description("settle in a sandbox subscription of yours what no document says; makes things there and removes them")
    .addOption(output())
    .option("--live", "yes, really in Azure: it builds images, which costs money")
    .option("--subscription <id>", "the sandbox; no default is taken")
    .option("--resource-group <name>", "an empty group to work in; without it one is made, and deleted in the end")
    .option("--location <region>", "where", "westeurope")
    .option("--evidence <file>", "where to write what GOLDSMITH_EVIDENCE takes")
    .action((flags: CalibrateFlags & Printed) =>
      run(flags, async (terms) => (await import("./commands/calibrate.ts")).calibrate(terms, flags)),
    );
}

const output = () =>
  new Option("-o, --output <form>", "how to print the result").choices(["table", "json"]).default("table");

const placed = (command: Command, about: string) =>
  command
    .description(about)
    .argument("<template>", "template id, or file with a template")
    .option("--resource-group <id>", "where the template of a file stands or is to stand")
    .option("--name <name>", "the name of the template of a file");

const waiting = (command: Command) =>
  command
    .option("--timeout <seconds>", "wait no longer than this; the build goes on", aboveZero)
    .addOption(
      new Option("--poll <seconds>", "look this often instead of waiting at the app for news")
        .env("GOLDSMITH_POLL")
        .argParser(aboveZero),
    )
    .addOption(
      new Option("--on-interrupt <what>", "what Ctrl-C does to the build where nobody can be asked")
        .choices(["leave", "cancel"])
        .default("leave"),
    );

function aboveZero(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("a number above 0");
  return value;
}

const afterwards = `
Exit codes: 0 done, 1 failed or something is in the way, 2 wrong usage, 3 timed out, 4 drift found or rights missing,
130 interrupted. Results go to stdout, everything else to stderr.`;
