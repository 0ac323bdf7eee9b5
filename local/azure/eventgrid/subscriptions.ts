import type { Json, Store } from "../world.ts";

/** An event subscription: which events of which source go to which webhook. */
export interface EventSubscription {
  readonly id: string;
  readonly name: string;
  /** The scope (subscription or resource group) whose resource events it gets, or the id of a custom topic. */
  readonly source: string;
  readonly endpointUrl: string;
  readonly schema: "EventGridSchema" | "CloudEventSchemaV1_0";
  readonly includedEventTypes: readonly string[] | null;
  readonly subjectBeginsWith: string;
  readonly subjectEndsWith: string;
  readonly advancedFilters: readonly AdvancedFilter[];
  readonly maxDeliveryAttempts: number;
  readonly eventTimeToLiveInMinutes: number;
}

export interface AdvancedFilter {
  readonly operatorType: string;
  readonly key: string;
  readonly value?: Json;
  readonly values?: readonly Json[];
}

const kind = "eventSubscription";

export const eventSubscriptions = (store: Store) => ({
  all: () => store.list<EventSubscription>(kind).map(([, subscription]) => subscription),
  get: (id: string) => store.get<EventSubscription>(kind, id),
  put: (subscription: EventSubscription) => store.put(kind, subscription.id, subscription),
  delete: (id: string) => store.delete(kind, id),
});
