import type { Episode } from "../engine/contract.ts";
import type { HistoryEvent } from "../engine/events.ts";
import type { Journal } from "../engine/journal.ts";
import { timerLimits, timeSpan } from "./protocol.ts";

interface Played {
  count: number;
  text: string;
}

/** The JSON text an orchestrator is triggered with. The text of old events is kept: a turn costs only its own events. */
export function triggerTexts(): (episode: Episode) => string {
  const texts = new WeakMap<Journal, Played>();
  const durations = [
    `"longRunningTimerIntervalDuration":"${timeSpan(timerLimits.piece)}"`,
    `"maximumShortTimerDuration":"${timeSpan(timerLimits.longest)}"`,
  ].join();
  return (episode) => {
    const played = texts.get(episode.journal) ?? { count: 0, text: "" };
    texts.set(episode.journal, played);
    const { events, started } = episode.journal;
    for (; played.count < events.length; played.count++)
      played.text += `${JSON.stringify({ ...(events[played.count] as HistoryEvent), IsPlayed: true })},`;
    const fresh = episode.fresh.map((event) => JSON.stringify(event)).join();
    const parent = JSON.stringify(episode.parent);
    // The misspelling of the last name is the contract.
    return (
      `{"history":[${played.text}${fresh}],"input":${episode.input ?? "null"},` +
      `"instanceId":${JSON.stringify(episode.instance)},"isReplaying":${started},"parentInstanceId":${parent},` +
      `"upperSchemaVersion":1,"upperSchemaVersionNew":2,${durations},"defaultHttpAsyncRequestSleepTimeMillseconds":30000}`
    );
  };
}
