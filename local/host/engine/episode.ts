import type { Committer, CrashPoint } from "./commit.ts";
import type { Adapter, Episode } from "./contract.ts";
import { eventTypes, type HistoryEvent, historyEvent, isFinal } from "./events.ts";
import { type Journal, type JournalCache, journalOf } from "./journal.ts";
import type { Instance, Message, Store } from "./store.ts";
import { type WrittenTurn, writeTurn } from "./turn.ts";

/** What a turn needs of the engine. */
export interface EpisodeNeeds {
  readonly store: Store;
  readonly committer: Committer;
  readonly journals: JournalCache;
  readonly adapter: Adapter;
  readonly now: () => number;
  readonly crash: (point: CrashPoint) => void;
}

/** Gives one instance its waiting messages. Rejects only for internal errors; nothing is lost then. */
export async function runEpisode(needs: EpisodeNeeds, id: string): Promise<WrittenTurn | undefined> {
  const { store, committer, journals, adapter, now } = needs;
  const instance = store.instance(id);
  const messages = store.messages(id, now());
  if (messages.length === 0) return undefined;
  if (!instance || isFinal(instance.status)) return discard(needs, messages);
  const journal = journals.get(id, instance.execution) ?? journalOf(instance.execution, store.history(id));
  const news = freshEvents(journal, messages, instance.execution);
  if (news.length === 0) return discard(needs, messages);
  // A message that overtook the start of its instance waits for it: what is not started has no history to put it in.
  if (!journal.started && !news.some(isStart)) return undefined;
  const fresh = [historyEvent({ EventType: eventTypes.orchestratorStarted }, now()), ...news];
  const decision = await adapter.decide(episodeOf(instance, journal, fresh));
  needs.crash("orchestratorRan");
  const turn = { instance, journal, messages, fresh, decision };
  const written = await committer.write(() => writeTurn(store, turn, now()));
  remember(journals, id, journal, written);
  return written;
}

const isStart = (event: HistoryEvent) => event.EventType === eventTypes.executionStarted;

/** The start comes first, once; messages for an execution that is over are dropped. */
function freshEvents(journal: Journal, messages: readonly Message[], execution: string): HistoryEvent[] {
  const events = messages.filter((one) => !one.execution || one.execution === execution).map((one) => one.event);
  const start = journal.started ? undefined : events.find(isStart);
  const others = events.filter((event) => !isStart(event));
  return start ? [start, ...others] : others;
}

async function discard({ store, committer }: EpisodeNeeds, messages: readonly Message[]): Promise<undefined> {
  await committer.write(() => {
    for (const message of messages) store.dropMessage(message.n);
  });
}

function episodeOf(instance: Instance, journal: Journal, fresh: readonly HistoryEvent[]): Episode {
  return {
    instance: instance.id,
    execution: instance.execution,
    name: instance.name,
    version: instance.version,
    input: instance.input,
    parent: instance.parent?.instance ?? null,
    journal,
    fresh,
  };
}

function remember(journals: JournalCache, id: string, journal: Journal, written: WrittenTurn | undefined): void {
  if (!written || written.final || written.restarted) {
    journals.drop(id);
    return;
  }
  journal.events.push(...written.events);
  journal.started = true;
  journals.keep(id, journal);
}
