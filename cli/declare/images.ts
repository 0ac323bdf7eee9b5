import type { Command } from "commander";
import type { PollFlags } from "../await.ts";
import type { MoveFlags } from "../commands/channels.ts";
import type { ApplyFlags } from "../commands/retention.ts";
import type { VerifyFlags } from "../commands/verify.ts";
import { output, type Printed, polling, type Run, staying, yes } from "./options.ts";

/** Commands about images that were made. */
export function declareImages(program: Command, run: Run): void {
  staying(
    program.command("verify").argument("<image>", "id of a version or definition, or /sharedGalleries/…"),
    "verification",
  )
    .description("boot a machine from an image as a consumer would, check it, remove it; exit 0 only for proven")
    .option("--no-wait", "print the verification's id and go")
    .option("--profile <name>", "the operator's profile")
    .option("--region <region>", "where to boot")
    .option("--gate", "let latest mean it once it is proven")
    .option("--ssh-public-key <file>", "for whoever wants to look while the machine is up")
    .option("--idempotency-key <key>", "same key, same verification")
    .action((image: string, flags: VerifyFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/verify.ts")).verify(terms, image, flags)),
    );
  declareChannels(program, run);
  declareRetention(program, run);
}

function declareChannels(program: Command, run: Run): void {
  const load = () => import("../commands/channels.ts");
  const channels = program.command("channels").description("which version production, canary … mean");
  channels
    .command("show")
    .argument("<image>", "id of an image definition")
    .description("show what each channel means, and the history of moves")
    .addOption(output())
    .action((image: string, flags: Printed) => run(flags, async (terms) => (await load()).showChannels(terms, image)));
  for (const [name, kind, about] of [
    ["promote", "promote", "move a channel to a version; waits for an approval where the channel asks for one"],
    ["roll-back", "rollBack", "move a channel back: newer versions leave latest, machines that run them are named"],
  ] as const)
    polling(channels.command(name))
      .argument("<channel>", "the channel's name")
      .argument("<version>", "id of an image version")
      .description(about)
      .requiredOption("--reason <words>", "why")
      .action((channel: string, version: string, flags: MoveFlags & Printed) =>
        run(flags, async (terms) => (await load()).moveChannel(terms, kind, channel, version, flags)),
      );
  for (const decision of ["approve", "reject"] as const)
    polling(channels.command(decision))
      .argument("<move>", "the move's id")
      .description(`${decision} a move that somebody else asked for`)
      .action((id: string, flags: PollFlags & Printed) =>
        run(flags, async (terms) => (await load()).decideMove(terms, id, decision, flags)),
      );
  program
    .command("revoke")
    .argument("<version>", "id of an image version")
    .description("take a version out of use: latest means it no more, and whoever runs it is named")
    .addOption(output())
    .requiredOption("--reason <words>", "why")
    .addOption(yes())
    .action((version: string, flags: Printed & { readonly reason: string; readonly yes?: boolean }) =>
      run(flags, async (terms) => (await load()).revoke(terms, version, flags)),
    );
}

function declareRetention(program: Command, run: Run): void {
  const load = () => import("../commands/retention.ts");
  const retention = program.command("retention").description("old image versions: plan first, then remove");
  retention
    .command("plan")
    .argument("<image...>", "ids of image definitions")
    .description("say which versions no rule keeps and what protects the rest; removes nothing")
    .addOption(output())
    .action((images: string[], flags: Printed) =>
      run(flags, async (terms) => (await load()).planRetention(terms, images)),
    );
  polling(retention.command("apply"))
    .argument("<id>", "the plan's id")
    .description("remove what a plan removes, after asking; each is planned again just before")
    .option("--hash <hash>", "do not ask, if the plan has this hash")
    .action((id: string, flags: ApplyFlags & Printed) =>
      run(flags, async (terms) => (await load()).applyRetention(terms, id, flags)),
    );
}
