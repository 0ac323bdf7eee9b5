import type { TimelineEntry } from "../../shared/build.ts";
import { Refused, type Reply } from "../../shared/problem.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

/** Activities that only look; they leave a line in the timeline only where they made ARM requests or failed. */
interface Told {
  readonly name: string;
  readonly invocationId: string;
  readonly input: unknown;
  readonly story: { readonly said: readonly string[]; readonly requests: readonly unknown[] };
}

/** Turns an expected refusal into a reply, so that only what may succeed later is thrown and retried. */
export async function reply<T>(work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.problem.title);
    return { ok: false, problem: error.problem };
  }
}

/** Leaves one line in the timeline of the build (or, where there is none, of the verification) that the activity's input names: what was done, with every ARM request it made. */
export async function leaveLine({ store }: Deps, told: Told, ended: Reply<unknown> | Error): Promise<void> {
  const { buildId: build, verificationId } = (told.input ?? {}) as { buildId?: string; verificationId?: string };
  const buildId = build ?? verificationId;
  const { said, requests } = told.story;
  const failed = ended instanceof Error || !ended.ok;
  if (!buildId || (said.length === 0 && requests.length === 0 && !failed)) return;
  const at = new Date().toISOString();
  const entry: TimelineEntry = {
    at,
    what: told.name,
    ...detail(said, ended),
    ...(!(ended instanceof Error) && !ended.ok ? { problem: ended.problem } : {}),
    ...(requests.length > 0 ? { requests: requests as NonNullable<TimelineEntry["requests"]> } : {}),
  };
  await store.timeline.add(buildId, `${at}-${told.invocationId}`, entry);
}

function detail(said: readonly string[], ended: Reply<unknown> | Error): { readonly detail?: string } {
  const words = ended instanceof Error ? [...said, `will be tried again: ${ended.message.split("\n")[0]}`] : said;
  return words.length > 0 ? { detail: words.join("; ") } : {};
}
