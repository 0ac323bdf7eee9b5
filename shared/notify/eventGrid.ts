import type { TokenCredential } from "@azure/core-auth";
import type { EventGridPublisherClient } from "@azure/eventgrid";
import type { Message } from "../decide/messages/message.ts";
import { DeliveryFault, type DeliveryOutcome, rejected, retryAfter } from "./outcome.ts";
import type { EventGridTarget } from "./targets.ts";

/** How topics are published to. */
export interface EventGridSettings {
  readonly credential: TokenCredential;
  readonly timeoutSeconds: number;
  readonly ca?: string;
}

/** Publishes messages to topics as CloudEvents 1.0; one client for each topic. */
export function eventGridPublisher(settings: EventGridSettings) {
  const clients = new Map<string, Promise<EventGridPublisherClient<"CloudEvent">>>();
  return async function publish(target: EventGridTarget, message: Message): Promise<DeliveryOutcome> {
    const client = clients.get(target.endpoint) ?? connect(target.endpoint, settings);
    clients.set(target.endpoint, client);
    const { id, type, source, subject, data } = message;
    const event = {
      id,
      type,
      source,
      subject,
      time: new Date(message.time),
      data,
      datacontenttype: "application/json",
    };
    try {
      await (await client).send([event], { abortSignal: AbortSignal.timeout(settings.timeoutSeconds * 1000) });
      return { kind: "delivered" };
    } catch (error) {
      return judge(target.name, error);
    }
  };
}

/**
 * Whether a topic is there and lets the app in: a batch without events tells nobody anything. Undefined if so, else what is wrong.
 * A topic that takes no empty batch says 400, which it says only to those it lets in.
 */
export async function topicFault(
  { endpoint }: EventGridTarget,
  settings: EventGridSettings,
): Promise<string | undefined> {
  try {
    const abortSignal = AbortSignal.timeout(settings.timeoutSeconds * 1000);
    await (await connect(endpoint, settings)).send([], { abortSignal });
    return undefined;
  } catch (error) {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (statusCode === 400) return undefined;
    if (statusCode === 401 || statusCode === 403) return "the app may not send to it: assign EventGrid Data Sender";
    return statusCode === 404 ? "it does not exist" : `it does not answer (${statusCode ?? code ?? "no connection"})`;
  }
}

async function connect(endpoint: string, { credential, ca }: EventGridSettings) {
  const { EventGridPublisherClient } = await import("@azure/eventgrid");
  // The delivery's own schedule repeats; a client that repeats too would hold an activity open for nothing.
  const options = { retryOptions: { maxRetries: 0 }, ...(ca === undefined ? {} : { tlsOptions: { ca } }) };
  return new EventGridPublisherClient(endpoint, "CloudEvent", credential, options);
}

// 401 and 403 are what a topic says until a role that was just assigned works there; 404 may be a topic made anew.
const temporary = [401, 403, 404, 408, 429];

/** A request that the topic will never take (400, 413) is rejected; everything else may go better later. */
function judge(target: string, error: unknown): DeliveryOutcome {
  const {
    statusCode: status,
    code,
    response,
  } = error as {
    statusCode?: number;
    code?: string;
    response?: { headers?: { get(name: string): string | undefined } };
  };
  if (status !== undefined && status >= 400 && status < 500 && !temporary.includes(status))
    return rejected(
      target,
      "TargetRejected",
      `the topic answered ${status}`,
      "Check that the topic takes the CloudEvents 1.0 schema.",
    );
  const why = status === undefined ? `could not be reached${code ? ` (${code})` : ""}` : `the topic answered ${status}`;
  throw new DeliveryFault(`${target}: ${why}`, retryAfter(response?.headers?.get("retry-after")));
}
