import { type Command, Option } from "commander";
import { principalTypes } from "../../shared/decide/gallery/share.ts";
import { sharingRoles } from "../../shared/decide/permissions/roles.ts";
import type { PollFlags } from "../await.ts";
import type { MoveFlags } from "../commands/channels.ts";
import type { ApplyFlags } from "../commands/retention.ts";
import type { ShareFlags } from "../commands/shares.ts";
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
    .action((image: string, flags: VerifyFlags & Printed) =>
      run(flags, async (terms) => (await import("../commands/verify.ts")).verify(terms, image, flags)),
    );
  declareShares(program, run);
  declareChannels(program, run);
  declareRetention(program, run);
}

function declareShares(program: Command, run: Run): void {
  const load = () => import("../commands/shares.ts");
  const share = program.command("share").description("who may use images: by role, or whole galleries directly");
  share
    .command("list")
    .argument("[image]", "id of a gallery, definition or version: also what others shared of it")
    .description("list what is shared, and with whom")
    .addOption(output())
    .option("--build <id>", "only what that build shared")
    .action((image: string | undefined, flags: Printed & { readonly build?: string }) =>
      run(flags, async (terms) => (await load()).listShares(terms, image, flags)),
    );
  share
    .command("show")
    .argument("<id>", "the share's id")
    .description("show a share with the commands for whom it is")
    .addOption(output())
    .action((id: string, flags: Printed) => run(flags, async (terms) => (await load()).showShare(terms, id)));
  polling(share.command("add"))
    .argument("<image>", "id of a gallery, definition or version")
    .description("share an image with somebody by role, or its gallery with everybody of a subscription or tenant")
    .option("--principal <id>", "object id in the gallery's tenant; with --type")
    .addOption(new Option("--type <type>", "what the principal is").choices(principalTypes))
    .addOption(new Option("--role <name>", "what the principal gets").choices(sharingRoles.map(({ name }) => name)))
    .option("--home-tenant <id>", "where the principal's machines are, if that is another tenant")
    .option("--subscription <id>", "everybody there")
    .option("--tenant <id>", "everybody there")
    .action((image: string, flags: ShareFlags & Printed) =>
      run(flags, async (terms) => (await load()).addShare(terms, image, flags)),
    );
  polling(share.command("remove"))
    .argument("<id>", "the share's id")
    .description("take an own share back, after asking; what others shared is named with its command")
    .addOption(yes())
    .action((id: string, flags: PollFlags & Printed & { readonly yes?: boolean }) =>
      run(flags, async (terms) => (await load()).removeShare(terms, id, flags)),
    );
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
