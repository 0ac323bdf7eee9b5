import { createHash } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { mailOf } from "../decide/messages/mail.ts";
import type { Message } from "../decide/messages/message.ts";
import { urlFault } from "./address.ts";
import { DeliveryFault, type DeliveryOutcome } from "./outcome.ts";
import { type Answer, judge, type PostSettings, post } from "./post.ts";
import type { EmailTarget, ServiceBusTarget } from "./targets.ts";

/** Targets that know the app by its identity, called by REST: their SDKs would weigh more than all the rest of the app. */

/** What a token for one service must not be sent past: its hosts in Azure's clouds. */
const services = {
  email: {
    hosts: /\.communication\.azure\.(?:com|us|cn)$/i,
    scope: "https://communication.azure.com/.default",
    form: "https://<resource>.communication.azure.com",
  },
  serviceBus: {
    hosts: /\.servicebus\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)$/i,
    scope: "https://servicebus.azure.net/.default",
    form: "https://<namespace>.servicebus.windows.net",
  },
} as const;

/** What is wrong with the endpoint of a target that gets a token, or undefined. */
export function endpointFault(
  { kind, endpoint }: EmailTarget | ServiceBusTarget,
  allowLoopback: boolean,
): string | undefined {
  const fault = urlFault(endpoint, allowLoopback);
  if (fault !== undefined) return fault;
  const host = new URL(endpoint).hostname;
  const { hosts, form } = services[kind];
  return hosts.test(host) || (allowLoopback && host === "127.0.0.1") ? undefined : `not of the form ${form}`;
}

export type IdentitySettings = PostSettings & { readonly credential: TokenCredential };

/** Sends a mail in one attempt; its operation id makes a repeated one harmless (rest/api/communication/email/email/send). */
export async function sendMail(
  target: EmailTarget,
  message: Message,
  settings: IdentitySettings,
): Promise<DeliveryOutcome> {
  const { subject, plainText, html } = mailOf(message);
  const body = {
    senderAddress: target.from,
    recipients: { to: target.to.map((address) => ({ address })) },
    content: { subject, plainText, html },
    userEngagementTrackingDisabled: true,
  };
  const headers = { "content-type": "application/json", "operation-id": uuidOf(`${message.id}|${target.name}`) };
  return judge(target.name, await send(target, "/emails:send?api-version=2023-03-31", headers, body, settings));
}

/** Sends a CloudEvent to a queue or topic in one attempt; its message id lets the service drop a repeated one (rest/api/servicebus/send-message-to-queue). */
export async function sendToServiceBus(
  target: ServiceBusTarget,
  message: Message,
  settings: IdentitySettings,
): Promise<DeliveryOutcome> {
  const { id, type, source, subject, time, data } = message;
  const event = { specversion: "1.0", id, type, source, subject, time, datacontenttype: "application/json", data };
  const properties = { MessageId: id, Label: type, CorrelationId: message.thread };
  const headers = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    // A header is ASCII; what JSON may hold beyond it is escaped.
    brokerproperties: JSON.stringify(properties).replace(/[\u007f-\uffff]/g, escapedCharacter),
  };
  const answer = await send(target, `/${encodeURIComponent(target.entity)}/messages`, headers, event, settings);
  if (answer.status === 401 || answer.status === 410)
    throw new DeliveryFault(`${target.name}: Service Bus answered ${answer.status}`, answer.retryAfterSeconds);
  return judge(target.name, answer);
}

async function send(
  target: EmailTarget | ServiceBusTarget,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  settings: IdentitySettings,
): Promise<Answer> {
  const fault = endpointFault(target, settings.allowLoopback);
  if (fault !== undefined) throw new DeliveryFault(`${target.name}: its endpoint is ${fault}`);
  const token = await tokenFor(target, settings.credential);
  const url = `${target.endpoint.replace(/\/+$/, "")}${path}`;
  const answer = await post(
    target.name,
    url,
    { ...headers, authorization: `Bearer ${token}` },
    JSON.stringify(body),
    settings,
  );
  // A role that was just assigned works minutes later.
  if (answer.status === 401 || answer.status === 403)
    throw new DeliveryFault(`${target.name}: answered ${answer.status}: the app's identity may not send there (yet)`);
  return answer;
}

async function tokenFor({ name, kind }: EmailTarget | ServiceBusTarget, credential: TokenCredential): Promise<string> {
  const token = await credential.getToken(services[kind].scope).catch(() => null);
  if (!token) throw new DeliveryFault(`${name}: the app's identity got no token for it`);
  return token.token;
}

const escapedCharacter = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The same text, the same UUID (version 5's layout over SHA-256). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
