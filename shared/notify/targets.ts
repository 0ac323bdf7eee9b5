import type { Audience } from "../decide/messages/audience.ts";

interface Named extends Audience {
  readonly name: string;
}

/** An Event Grid topic that takes CloudEvents; published to with the app's identity. */
export interface EventGridTarget extends Named {
  readonly kind: "eventGrid";
  readonly endpoint: string;
}

/** A webhook; its URL and secret are in the setting that `secretRef` names, or its URL stands here. */
export interface WebhookTarget extends Named {
  readonly kind: "webhook";
  readonly secretRef?: string;
  readonly url?: string;
}

/** A Teams channel or chat, by the URL of a workflow; whoever has the URL may post, so it is in the setting that `secretRef` names. */
export interface TeamsTarget extends Named {
  readonly kind: "teams";
  readonly secretRef: string;
}

/** A Slack channel: the setting that `secretRef` names holds an incoming webhook's URL, or a bot's token and its channel. */
export interface SlackTarget extends Named {
  readonly kind: "slack";
  readonly secretRef: string;
}

/** People with mailboxes, by Azure Communication Services and the app's identity. */
export interface EmailTarget extends Named {
  readonly kind: "email";
  readonly endpoint: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** A queue or topic of Azure Service Bus, by the app's identity. */
export interface ServiceBusTarget extends Named {
  readonly kind: "serviceBus";
  /** `https://<namespace>.servicebus.windows.net`. */
  readonly endpoint: string;
  /** Name of the queue or topic. */
  readonly entity: string;
}

/** Somebody who is told. */
export type TargetSettings =
  | EventGridTarget
  | WebhookTarget
  | TeamsTarget
  | SlackTarget
  | EmailTarget
  | ServiceBusTarget;
