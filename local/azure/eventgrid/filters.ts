import { isObject } from "../json.ts";
import type { Json, JsonObject } from "../world.ts";
import type { AdvancedFilter, EventSubscription } from "./subscriptions.ts";

/** An event in a form that both schemas can be made of. */
export interface GridEvent {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly type: string;
  readonly time: string;
  readonly data: Json;
  /** A CloudEvent as it was published; delivered as it is. */
  readonly cloudEvent?: JsonObject;
}

/** Whether a subscription wants the event; texts are compared in any casing (platform.md §9.5). */
export function wants(subscription: EventSubscription, event: GridEvent): boolean {
  const { includedEventTypes: types } = subscription;
  const subject = event.subject.toLowerCase();
  return (
    (types === null || types.some((type) => type.toLowerCase() === event.type.toLowerCase())) &&
    subject.startsWith(subscription.subjectBeginsWith.toLowerCase()) &&
    subject.endsWith(subscription.subjectEndsWith.toLowerCase()) &&
    subscription.advancedFilters.every((filter) => passes(filter, event))
  );
}

/** The operators that `passes` knows; a subscription with another one is refused when it is made. */
export const knownOperators: readonly string[] = [
  "StringIn",
  "StringNotIn",
  "StringBeginsWith",
  "StringEndsWith",
  "StringContains",
  "BoolEquals",
  "IsNullOrUndefined",
  "IsNotNull",
];

function passes(filter: AdvancedFilter, event: GridEvent): boolean {
  const value = valueAt(filter.key, event);
  const text = String(value ?? "").toLowerCase();
  const some = (test: (wanted: string) => boolean) =>
    value !== undefined && (filter.values ?? []).some((wanted) => test(String(wanted).toLowerCase()));
  switch (filter.operatorType) {
    case "StringIn":
      return some((wanted) => text === wanted);
    case "StringNotIn":
      return !some((wanted) => text === wanted);
    case "StringBeginsWith":
      return some((wanted) => text.startsWith(wanted));
    case "StringEndsWith":
      return some((wanted) => text.endsWith(wanted));
    case "StringContains":
      return some((wanted) => text.includes(wanted));
    case "BoolEquals":
      return value === filter.value;
    case "IsNullOrUndefined":
      return value === undefined || value === null;
    default:
      return value !== undefined && value !== null;
  }
}

function valueAt(key: string, event: GridEvent): Json | undefined {
  const own: JsonObject = {
    ...(event.cloudEvent ?? {}),
    ...{
      id: event.id,
      subject: event.subject,
      eventType: event.type,
      type: event.type,
      topic: event.source,
      source: event.source,
    },
    data: event.data,
  };
  let value: Json | undefined = own;
  for (const part of key.split(".")) value = isObject(value) ? value[part] : undefined;
  return value;
}
