import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";
import { until } from "./giveBack.ts";
import type { UndoOrder } from "./order.ts";

/** Entries per part, so that a long ledger does not grow one history. */
const partSize = 20;

/** Takes entries of the ledger back, one after the other: network edits of one VNet must not meet. */
export function* undoEntries(play: Play<Activities>, { undoId, entryIds }: UndoOrder): Steps<void> {
  for (let first = 0; first < entryIds.length; first += partSize) {
    const part: UndoOrder = { undoId, entryIds: entryIds.slice(first, first + partSize) };
    yield* play.part("undoPart", `${undoId}:${first}`, part);
  }
}

/** A part of an undo, with a history of its own. */
export function* undoPart(play: Play<Activities>, { undoId, entryIds }: UndoOrder): Steps<void> {
  for (const entryId of entryIds) yield* until(play, () => play.act.undoEntry({ undoId, entryId }));
}

/** Takes back what outlived its purpose: effects of builds that ended without it, and grants whose templates are gone. */
export function* sweepLedger(play: Play<Activities>, { sweepId }: { readonly sweepId: string }): Steps<number> {
  const { entryIds } = yield* play.act.listLeftOvers({});
  const now = entryIds.slice(0, partSize);
  for (const entryId of now) yield* until(play, () => play.act.sweepEntry({ sweepId, entryId }));
  return now.length;
}
