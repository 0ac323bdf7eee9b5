import { type Command, Option } from "commander";
import type { AuditFlags } from "../commands/audit.ts";
import type { RoleFlags } from "../commands/roles.ts";
import type { UndoFlags } from "../commands/undo.ts";
import { output, type Printed, polling, type Run, yes } from "./options.ts";

/** Commands about rights: audits, undo, roles. Most need an approver's key. */
export function declareRights(program: Command, run: Run): void {
  polling(program.command("audit"))
    .description("compare the rights that stand with those that are needed; exit 4 where they differ")
    .option("--scope <id...>", "only these subscriptions and resource groups")
    .option("--fix", "put right what was found, after asking; exit 4 where something is left to do by hand")
    .option("--finding <id...>", "with --fix: only these findings")
    .option("--hash <hash>", "with --fix: do not ask, if the audit still has this hash")
    .action((flags: AuditFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/audit.ts")).audit(terms, flags)),
    );
  polling(program.command("undo"))
    .description("take back what Goldsmith granted and changed, after asking; nobody else's work")
    .option("--template <id>", "of one template; what others use too stays")
    .option("--before <time>", "made before this ISO time")
    .option("--all", "everything")
    .addOption(new Option("--only <what>", "not both").choices(["grants", "network"]))
    .addOption(yes())
    .action((flags: UndoFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/undo.ts")).undo(terms, flags)),
    );
  declareRoles(program, run);
}

function declareRoles(program: Command, run: Run): void {
  const roles = program.command("roles").description("custom roles, in any form that New-AzRoleDefinition takes");
  const role = (name: string, about: string) =>
    roles
      .command(name)
      .argument("<file>", "JSON of one role")
      .description(about)
      .addOption(output())
      .addOption(
        new Option("--parity <version>", "take only what this version of the cmdlet takes").choices([
          "any",
          "az15",
          "az16",
        ]),
      )
      .option("--skip-client-side-scope-validation", "like the cmdlet's switch");
  role("validate", "check a role and print it in REST form; exit 1 with every rule it breaks").action(
    (file: string, flags: RoleFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/roles.ts")).validateRole(terms, file, flags)),
  );
  role("apply", "have a role written by the app's second identity, where roles are managed")
    .addOption(yes())
    .action((file: string, flags: RoleFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/roles.ts")).applyRole(terms, file, flags)),
    );
}
