import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";

/** What became of the image of a run that gave up waiting for it. */
export type LateImage = "there" | "never" | "cancelled";

export interface LateOrder {
  readonly buildId: string;
  readonly templateId: string;
  /** ISO; what was published before is another run's. */
  readonly since: string;
  /** ISO; nobody waits longer. */
  readonly until: string;
  /** Looks that found no trace. */
  readonly blank?: number;
}

/** Looks one execution takes, seconds between two, and how many in a row may find no trace of a version before it is given up. */
const looks = 10;
const pause = 300;
const mostBlank = 3;

/** Waits for an image version whose run timed out: its replication goes on without the run (troubleshooting page; peers.md, thread 14). */
export function* awaitLateImage(play: Play<Activities>, order: LateOrder): Steps<LateImage | undefined> {
  const { buildId, templateId, since } = order;
  let blank = order.blank ?? 0;
  for (let look = 0; look < looks; look++) {
    const { found, cancelAsked } = yield* play.act.lookForImage({ buildId, templateId, since });
    if (cancelAsked) return "cancelled";
    if (found === "there") return "there";
    blank = found === "none" ? blank + 1 : 0;
    const over = play.now().getTime() >= Date.parse(order.until);
    if (found === "failed" || blank >= mostBlank || over) return "never";
    yield* play.sleep(pause);
  }
  play.startOver({ ...order, blank });
  return undefined;
}
