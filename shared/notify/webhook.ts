import type { Message } from "../decide/messages/message.ts";
import { DeliveryFault, type DeliveryOutcome } from "./outcome.ts";
import { judge, type PostSettings, post } from "./post.ts";
import { readSecret, type WebhookSecret } from "./secret.ts";
import type { WebhookTarget } from "./targets.ts";

/** Sends a message to a webhook, signed by the Standard Webhooks specification, in one attempt. */
export async function callWebhook(
  target: WebhookTarget,
  message: Message,
  text: string | undefined,
  settings: PostSettings,
): Promise<DeliveryOutcome> {
  const { url, secrets } = webhookSecret(target, text);
  const { id, type, time: timestamp, source, subject, data } = message;
  const body = JSON.stringify({ type, timestamp, source, subject, data });
  return judge(target.name, await post(target.name, url, await signedHeaders(id, body, secrets), body, settings));
}

/** The webhook's address and secrets as they are set now. What is missing or wrong can be set right, so it is a fault. */
function webhookSecret(target: WebhookTarget, text: string | undefined): WebhookSecret & { readonly url: string } {
  const secret = text === undefined ? { secrets: [] } : readSecret(text);
  if ("fault" in secret) throw new DeliveryFault(`${target.name}: the setting ${target.secretRef}: ${secret.fault}`);
  const url = secret.url ?? target.url;
  if (url === undefined)
    throw new DeliveryFault(`${target.name}: no URL in the setting ${target.secretRef}, nor in the target`);
  return { url, secrets: secret.secrets };
}

/** One signature for each secret: while a secret is changed, a receiver that knows either one is content. */
async function signedHeaders(id: string, body: string, secrets: readonly string[]): Promise<Record<string, string>> {
  const now = new Date();
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
  };
  if (secrets.length === 0) return headers;
  const { Webhook } = await import("standardwebhooks");
  return {
    ...headers,
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(" "),
  };
}
