import type { Episode } from "../engine/contract.ts";
import type { HistoryEvent } from "../engine/events.ts";
import type { Journal } from "../engine/journal.ts";
import type { Action } from "./protocol.ts";
import { beginReplay, type Names, type Replay, type Replayed } from "./replay.ts";

/** Where a replay stands: what it was given so far. */
interface Standing {
  readonly replay: Replay;
  readonly actions: string;
  /** Events of the journal that it has seen, the last of them. */
  readonly seen: number;
  readonly last: HistoryEvent | undefined;
}

/**
 * Replays episodes. A turn goes on from where the one before stopped when that gives the same as starting over: the
 * earlier actions are unchanged to the letter (a cancelled timer changes them), and the history is the one seen so far.
 */
export function episodeReplay(names: Names): (episode: Episode, actions: string) => Replayed {
  const standings = new WeakMap<Journal, Standing>();
  return (episode, actions) => {
    const { journal, fresh, instance, execution, parent } = episode;
    const standing = standings.get(journal);
    standings.delete(journal);
    const more = standing && addition(standing, journal, actions);
    const replay = more ? standing.replay : beginReplay({ instance, execution, parent, names });
    replay.add(more ?? parse(actions));
    for (let at = more ? standing.seen : 0; at < journal.events.length; at++) replay.take(journal.events[at]!);
    for (const event of fresh) replay.take(event);
    standings.set(journal, { replay, actions, seen: journal.events.length + fresh.length, last: fresh.at(-1) });
    return replay.result();
  };
}

const parse = (actions: string) => JSON.parse(`[${actions}]`) as Action[];

/** What this turn's actions add to those of the last; undefined when the replay must start over. */
function addition(
  { replay, actions: known, seen, last }: Standing,
  journal: Journal,
  actions: string,
): Action[] | undefined {
  if (journal.events[seen - 1] !== last || !actions.startsWith(known)) return undefined;
  const tail = actions.slice(known.length);
  if (tail === "") return [];
  if (replay.exhausted()) return undefined;
  return known === "" ? parse(tail) : tail.startsWith(",") ? parse(tail.slice(1)) : undefined;
}
