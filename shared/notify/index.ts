import type { TokenCredential } from "@azure/core-auth";
import type { Lookup } from "./address.ts";
import { eventGridPublisher } from "./eventGrid.ts";
import { type DeliveryOutcome, type Notice, rejected } from "./outcome.ts";
import { type TargetSettings, wants } from "./targets.ts";
import { callWebhook } from "./webhook.ts";

export type { DeliveryOutcome, Notice } from "./outcome.ts";
export { mostAttempts, schedule } from "./schedule.ts";

/** Who is told, and how far the app may reach for it. */
export interface NotifySettings {
  readonly targets: readonly TargetSettings[];
  /** Lets webhooks be on this machine, also without TLS. */
  readonly allowLoopbackTargets: boolean;
  /** The app's identity, which publishes to topics. */
  readonly credential: TokenCredential;
}

/** What differs in tests and special surroundings. */
export interface NotifyOptions {
  /** For one attempt; 15 unless given (the least Standard Webhooks asks for). */
  readonly timeoutSeconds?: number;
  /** Certificate authorities (PEM) to trust in place of the machine's. */
  readonly ca?: string;
  readonly lookup?: Lookup;
}

/** Tells people and machines. */
export interface Notify {
  /** Names of the targets that want events of that type. */
  targetsFor(eventType: string): readonly string[];
  /** One attempt. What may go better later is thrown, as a `DeliveryFault`. */
  deliver(target: string, notice: Notice): Promise<DeliveryOutcome>;
}

/** The targets of the settings; `read` gives the setting that a `secretRef` names, at each attempt anew. */
export function createNotify(
  settings: NotifySettings,
  read: (name: string) => string | undefined = (name) => process.env[name],
  options: NotifyOptions = {},
): Notify {
  const { targets, credential, allowLoopbackTargets: allowLoopback } = settings;
  const { timeoutSeconds = 15, ca, lookup } = options;
  const shared = { timeoutSeconds, ...(ca === undefined ? {} : { ca }) };
  const publish = eventGridPublisher({ ...shared, credential });
  return {
    targetsFor: (eventType) => targets.filter((target) => wants(target, eventType)).map(({ name }) => name),
    async deliver(name, notice) {
      const target = targets.find((one) => one.name === name);
      if (!target)
        return rejected(
          name,
          "TargetUnknown",
          "no target of that name is configured",
          "Add it to GOLDSMITH_TARGETS, or name another.",
        );
      if (target.kind === "eventGrid") return publish(target, notice);
      return callWebhook(target, notice, {
        ...shared,
        read,
        allowLoopback,
        ...(lookup === undefined ? {} : { lookup }),
      });
    },
  };
}
