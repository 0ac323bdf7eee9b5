/** An Event Grid topic that takes CloudEvents; published to with the app's identity. */
export interface EventGridTarget {
  readonly name: string;
  readonly kind: "eventGrid";
  readonly endpoint: string;
  /** Event types, or `*` for all. */
  readonly events: readonly string[];
}

/** A webhook; its URL and secret are in the setting that `secretRef` names, or its URL stands here. */
export interface WebhookTarget {
  readonly name: string;
  readonly kind: "webhook";
  readonly secretRef?: string;
  readonly url?: string;
  readonly events: readonly string[];
}

/** Somebody who is told. */
export type TargetSettings = EventGridTarget | WebhookTarget;

/** Whether the target wants events of that type. */
export function wants(target: TargetSettings, eventType: string): boolean {
  return target.events.includes("*") || target.events.includes(eventType);
}
