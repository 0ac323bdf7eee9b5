import type { Command } from "commander";
import type { VerifyFlags } from "../commands/verify.ts";
import { type Printed, type Run, staying } from "./options.ts";

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
}
