import { eventTypes, type HistoryEvent } from "./events.ts";

/** The history of one execution, kept in memory between its turns so that a turn costs no parsing. */
export interface Journal {
  readonly execution: string;
  readonly events: HistoryEvent[];
  started: boolean;
}

/** A journal of what the database holds. */
export function journalOf(execution: string, events: HistoryEvent[]): Journal {
  return { execution, events, started: events.some((event) => event.EventType === eventTypes.executionStarted) };
}

/** Journals of instances that were active last. When they hold more than `limit` events together, the oldest go. */
export interface JournalCache {
  get(instance: string, execution: string): Journal | undefined;
  keep(instance: string, journal: Journal): void;
  drop(instance: string): void;
}

export function journalCache(limit = 300_000): JournalCache {
  const journals = new Map<string, { journal: Journal; size: number }>();
  let total = 0;
  const drop = (instance: string) => {
    total -= journals.get(instance)?.size ?? 0;
    journals.delete(instance);
  };
  return {
    get(instance, execution) {
      const kept = journals.get(instance)?.journal;
      return kept?.execution === execution ? kept : undefined;
    },
    keep(instance, journal) {
      drop(instance);
      journals.set(instance, { journal, size: journal.events.length });
      total += journal.events.length;
      for (const oldest of journals.keys()) {
        if (total <= limit || oldest === instance) break;
        drop(oldest);
      }
    },
    drop,
  };
}
