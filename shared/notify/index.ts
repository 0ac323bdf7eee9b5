import type { TokenCredential } from "@azure/core-auth";
import { wants } from "../decide/messages/audience.ts";
import type { Message } from "../decide/messages/message.ts";
import { ForbiddenAddress, type Lookup } from "./address.ts";
import { eventGridPublisher, topicFault } from "./eventGrid.ts";
import { sendMail, sendToServiceBus } from "./identityTargets.ts";
import { DeliveryFault, type DeliveryOutcome, rejected } from "./outcome.ts";
import { callSlack } from "./slack.ts";
import type { TargetSettings } from "./targets.ts";
import { callTeams } from "./teams.ts";
import { callWebhook } from "./webhook.ts";

export type { DeliveryOutcome } from "./outcome.ts";
export { mostAttempts, schedule } from "./schedule.ts";
export type { TargetSettings } from "./targets.ts";

/** Who is told, and how far the app may reach for it. */
export interface NotifySettings {
  readonly targets: readonly TargetSettings[];
  /** Lets targets be on this machine, also without TLS. */
  readonly allowLoopbackTargets: boolean;
  /** The app's identity, which publishes to topics and queues and sends mail. */
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
  readonly targets: readonly TargetSettings[];
  /** Names of the targets that want the message. */
  targetsFor(message: Message): readonly string[];
  /** What is wrong with the topics among the targets, by name; others cannot be tried without telling them something. */
  topicFaults(): Promise<readonly string[]>;
  /** One attempt; `thread` is what an earlier message about the same thing answered. What may go better later is thrown, as a `DeliveryFault`. */
  deliver(target: string, message: Message, thread?: string): Promise<DeliveryOutcome>;
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
  const posting = { ...shared, allowLoopback, ...(lookup === undefined ? {} : { lookup }) };
  const publish = eventGridPublisher({ ...shared, credential });

  /** What is not set can be set, so it is a fault. */
  const secretOf = (name: string, secretRef: string) => {
    const text = read(secretRef);
    if (!text) throw new DeliveryFault(`${name}: the setting ${secretRef} is not set`);
    return text;
  };

  const attempt = async (target: TargetSettings, message: Message, thread?: string): Promise<DeliveryOutcome> => {
    const { name } = target;
    switch (target.kind) {
      case "eventGrid":
        return publish(target, message);
      case "webhook":
        return callWebhook(target, message, target.secretRef && secretOf(name, target.secretRef), posting);
      case "teams":
        return callTeams(target, message, secretOf(name, target.secretRef).trim(), posting);
      case "slack":
        return callSlack(target, message, secretOf(name, target.secretRef), thread, posting);
      case "email":
        return sendMail(target, message, { ...posting, credential });
      case "serviceBus":
        return sendToServiceBus(target, message, { ...posting, credential });
    }
  };

  return {
    targets,
    targetsFor: (message) => targets.filter((target) => wants(target, message)).map(({ name }) => name),
    async topicFaults() {
      const topics = targets.filter((target) => target.kind === "eventGrid");
      const faults = await Promise.all(topics.map((topic) => topicFault(topic, { ...shared, credential })));
      return faults.flatMap((fault, i) => (fault ? [`${topics[i]?.name}: ${fault}`] : []));
    },
    async deliver(name, message, thread) {
      const target = targets.find((one) => one.name === name);
      if (!target) return rejected(name, "TargetUnknown", "no target of that name is configured", addIt);
      try {
        return await attempt(target, message, thread);
      } catch (error) {
        if (error instanceof ForbiddenAddress) return forbidden(name, error.message);
        throw error;
      }
    },
  };
}

const addIt = "Add it to GOLDSMITH_TARGETS, or name another.";

const forbidden = (target: string, why: string) =>
  rejected(
    target,
    "TargetForbidden",
    `not called: ${why}`,
    "Give the target a public https address (GOLDSMITH_ALLOW_LOOPBACK_TARGETS=true allows this machine, for tests).",
  );
