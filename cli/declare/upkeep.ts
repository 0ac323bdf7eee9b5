import type { Command } from "commander";
import type { CalibrateFlags } from "../commands/calibrate.ts";
import type { ScheduleFlags } from "../commands/schedules.ts";
import { output, type Printed, type Run, wholeNumber, yes } from "./options.ts";

/** Commands about what goes on by itself: schedules, who is told, calibration. */
export function declareUpkeep(program: Command, run: Run): void {
  declareSchedules(program, run);
  declareTargets(program, run);
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
      run(flags, async (terms) => (await import("../commands/calibrate.ts")).calibrate(terms, flags)),
    );
}

/** The command about the command line itself. */
export function declareCompletion(program: Command): void {
  program
    .command("completion")
    .description("print the script that completes commands and flags")
    .addArgument(program.createArgument("<shell>", "which shell").choices(["bash", "zsh"]))
    .action(async (shell: "bash" | "zsh") => {
      const { completion } = await import("../commands/completion.ts");
      process.stdout.write(completion(program, shell));
    });
}

function declareSchedules(program: Command, run: Run): void {
  const load = () => import("../commands/schedules.ts");
  const schedules = program.command("schedules").description("templates that are rebuilt again and again");
  schedules
    .command("list")
    .description("list schedules and when each is due next")
    .addOption(output())
    .action((flags: Printed) => run(flags, async (terms) => (await load()).listSchedules(terms)));
  schedules
    .command("set")
    .argument("<template>", "template id")
    .description("rebuild a template by NCRONTAB; replaces the schedule of its lineage")
    .addOption(output())
    .requiredOption("--cron <pattern>", "second minute hour day month weekday")
    .option("--time-zone <zone>", "IANA name", "UTC")
    .option("--always", "also if neither source nor scripts nor template have changed")
    .option("--pause-after <failures>", "so many failures in a row pause it; 0: never", wholeNumber, 3)
    .option("--paused", "written, but not yet due")
    .action((template: string, flags: ScheduleFlags & Printed) =>
      run(flags, async (terms) => (await load()).setSchedule(terms, template, flags)),
    );
  const one = (name: string, about: string) =>
    schedules.command(name).argument("<id>", "the schedule's id").description(about).addOption(output());
  one("show", "show a schedule with its last turns").action((id: string, flags: Printed) =>
    run(flags, async (terms) => (await load()).showSchedule(terms, id)),
  );
  one("resume", "let a paused schedule go on").action((id: string, flags: Printed) =>
    run(flags, async (terms) => (await load()).resumeSchedule(terms, id)),
  );
  one("delete", "delete a schedule; a build that it started goes on")
    .addOption(yes())
    .action((id: string, flags: Printed & { readonly yes?: boolean }) =>
      run(flags, async (terms) => (await load()).deleteSchedule(terms, id, flags)),
    );
}

function declareTargets(program: Command, run: Run): void {
  const load = () => import("../commands/targets.ts");
  const targets = program.command("targets").description("who is told of builds, audits and images");
  targets
    .command("list")
    .description("list targets; never an address or a secret")
    .addOption(output())
    .action((flags: Printed) => run(flags, async (terms) => (await load()).listTargets(terms)));
  targets
    .command("test")
    .argument("<name>", "the target's name")
    .description("send a target a message that says it is a test; exit 1 where it does not arrive")
    .addOption(output())
    .action((name: string, flags: Printed) => run(flags, async (terms) => (await load()).testTarget(terms, name)));
}
