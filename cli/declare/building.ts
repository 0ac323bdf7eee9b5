import { type Command, Option } from "commander";
import type { AttendFlags } from "../attend.ts";
import type { BuildFlags } from "../commands/build.ts";
import type { ListFlags } from "../commands/list.ts";
import type { LogFlags } from "../commands/logs.ts";
import type { PlanFlags } from "../commands/plan.ts";
import { aboveZero, output, type Printed, placed, type Run, staying } from "./options.ts";

type Waited = AttendFlags & Printed & { readonly wait: boolean };

/** Commands about builds. */
export function declareBuilding(program: Command, run: Run): void {
  placed(program.command("plan"), "say what a template needs and what would be done; nothing is written")
    .addOption(
      new Option("-o, --output <form>", "how to print it")
        .choices(["table", "json", "markdown", "bicep", "terraform", "az", "powershell"])
        .default("table"),
    )
    .option("--fail-on-missing", "exit 4 where a right is missing")
    .action((target: string, { output: form, ...flags }: PlanFlags & { output: PlanFlags["form"] }) =>
      run(form === "json" ? { output: form } : {}, async (terms) =>
        (await import("../commands/plan.ts")).plan(terms, target, { ...flags, ...(form ? { form } : {}) }),
      ),
    );
  declareStarting(program, run);
  declareDeciding(program, run);
  declareFollowing(program, run);
}

function declareStarting(program: Command, run: Run): void {
  staying(
    placed(
      program.command("build"),
      "build a template: give its id, or a file, which is created once its rights stand",
    ),
  )
    .option("--no-wait", "print the build's id and go")
    .option("--plan-hash <hash>", "build only if the plan is still this one")
    .addOption(
      new Option("--mode <mode>", "advise: grant nothing, wait until the rights stand").choices(["act", "advise"]),
    )
    .addOption(new Option("--grants <how>", "whether rights outlive the build").choices(["standing", "justInTime"]))
    .addOption(new Option("--network <how>", "whether network changes outlive the build").choices(["keep", "restore"]))
    .option("--verify [profile]", "exclude the image from latest until it has proven itself")
    .option("--approval", "exclude the image from latest until an approver, somebody else, has agreed")
    .option("--share <whom...>", "let them read what is published: User:<object id>, Group:…, ServicePrincipal:…")
    .addOption(
      new Option("--share-scope <scope>", "this version, or every one of the definition").choices([
        "definition",
        "version",
      ]),
    )
    .option("--notify <name...>", "targets to tell, by name")
    .action((target: string, flags: BuildFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/build.ts")).build(terms, target, flags)),
    );
  staying(program.command("retry").argument("<id>", "the id of the build that did not succeed"))
    .description("make good what did not succeed in a build: what stands already is not made again")
    .option("--no-wait", "print the new build's id and go")
    .action((id: string, flags: Waited) =>
      run(flags, async (terms) => (await import("../commands/build.ts")).retry(terms, id, flags)),
    );
  staying(program.command("cancel").argument("<id>", "the build's id"))
    .description("ask a build to end")
    .option("--no-wait", "do not stay until it has")
    .action((id: string, flags: Waited) =>
      run(flags, async (terms) => (await import("../commands/watch.ts")).cancel(terms, id, flags)),
    );
}

function declareDeciding(program: Command, run: Run): void {
  for (const [decision, about] of [
    ["approve", "let latest mean what a build published; not by whoever asked for it"],
    ["reject", "keep what a build published out of latest for good; not by whoever asked for it"],
  ] as const)
    staying(program.command(decision).argument("<id>", "the id of a build that waits for an approver"))
      .description(about)
      .option("--reason <words>", "why")
      .action((id: string, flags: AttendFlags & Printed & { readonly reason?: string }) =>
        run(flags, async (terms) => (await import("../commands/build.ts")).decideBuild(terms, id, decision, flags)),
      );
}

function declareFollowing(program: Command, run: Run): void {
  staying(program.command("watch").argument("<id>", "the build's id"))
    .description("follow a build to its end")
    .action((id: string, flags: AttendFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/watch.ts")).watch(terms, id, flags)),
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
      run({}, async (terms) => (await import("../commands/logs.ts")).logs(terms, id, flags)),
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
      run(flags, async (terms) => (await import("../commands/list.ts")).list(terms, flags)),
    );
}
