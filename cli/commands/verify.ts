import { readFileSync } from "node:fs";
import type { Answer } from "../../functions/http/contract.ts";
import { isVerified } from "../../shared/verification.ts";
import type { Api } from "../api.ts";
import { awaitEnd, type PollFlags } from "../await.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print, verificationText } from "../print.ts";
import { inFull, problemLine, storyLines } from "../progress.ts";
import { type OnInterrupt, stay, type UnderWay } from "../stay.ts";
import type { Terms } from "../terms.ts";
import { say } from "../text.ts";

/** A verification as `GET /api/verifications/{id}` answers it. */
type VerificationView = Answer<"GET verifications/{id}">;

/** Flags of `goldsmith verify`. */
export interface VerifyFlags extends PollFlags {
  readonly wait: boolean;
  readonly profile?: string;
  readonly region?: string;
  /** Lift excludeFromLatest once it is proven. */
  readonly gate?: boolean;
  /** File with a public key, for whoever wants to look while the machine is up. */
  readonly sshPublicKey?: string;
  readonly onInterrupt?: OnInterrupt;
}

/** Boots a machine from an image as a consumer would, and stays until it is proven or not; exit 0 only for proven. */
export const verify = (terms: Terms, image: string, flags: VerifyFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const started = await api.json("POST verifications", { body: bodyOf(fill(image), flags) });
    if (!flags.wait) {
      print(terms, started, ({ id, state }) => `${id}  ${state}`);
      return exits.done;
    }
    if (terms.progress !== "none") process.stderr.write(`Verification ${started.id}\n`);
    const { seen, exit } = await stay(terms, underWay(api, terms, started.id, flags), flags.onInterrupt);
    if (seen) print(terms, seen, verificationText);
    return exit;
  });

const bodyOf = (image: string, { profile, region, gate, sshPublicKey }: VerifyFlags) => ({
  image,
  ...(profile ? { profile } : {}),
  ...(region ? { region } : {}),
  ...(gate ? { gate } : {}),
  ...(sshPublicKey ? { sshPublicKey: readFileSync(sshPublicKey, "utf8").trim() } : {}),
});

/** A machine that boots, is checked and removed takes minutes: an hour is long. */
const longest = 3600;

function underWay(api: Api, terms: Terms, id: string, flags: VerifyFlags): UnderWay<VerificationView> {
  let shown = 0;
  const tell = (seen: VerificationView) => {
    if (terms.progress !== "none")
      for (const line of seen.timeline.slice(shown).flatMap((entry) => storyLines(seen, entry)))
        say(process.stderr, line);
    shown = seen.timeline.length;
  };
  return {
    name: `Verification ${id}`,
    comeBack: `GET /api/verifications/${id} tells its end`,
    async follow(signal) {
      const look = async () => {
        const seen = await api.json("GET verifications/{id}", { params: { id } }, { signal });
        tell(seen);
        return seen;
      };
      const over = ({ state, open }: VerificationView) => isVerified(state) && !open;
      const seen = await awaitEnd(`Verification ${id}`, { timeout: longest, poll: 5, ...flags }, look, over, signal);
      if (seen.problem && terms.progress !== "none")
        say(process.stderr, problemLine(terms.progress, seen.problem) ?? inFull(seen.problem));
      return seen;
    },
    exitOf: ({ state }) => (state === "proven" ? exits.done : state === "timedOut" ? exits.timedOut : exits.failed),
    cancel: () => requestEnd(api, id),
    pause() {},
  };
}

async function requestEnd(api: Api, id: string): Promise<boolean> {
  try {
    await api.json("POST verifications/{id}/cancel", { params: { id } });
    process.stderr.write(`Asked verification ${id} to end; what it made is removed.\n`);
    return true;
  } catch (error) {
    if (error instanceof Stopped) return false;
    throw error;
  }
}
