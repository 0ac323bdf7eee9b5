import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { ForbiddenAddress, guardedLookup, type Lookup, urlFault } from "./address.ts";
import { DeliveryFault, type DeliveryOutcome, type Notice, rejected, retryAfter } from "./outcome.ts";
import { readSecret, type WebhookSecret } from "./secret.ts";
import type { WebhookTarget } from "./targets.ts";

/** How webhooks are called. */
export interface WebhookSettings {
  /** Reads another setting by name. */
  readonly read: (name: string) => string | undefined;
  readonly allowLoopback: boolean;
  readonly timeoutSeconds: number;
  /** Certificate authorities to trust (PEM) in place of the machine's. */
  readonly ca?: string;
  readonly lookup?: Lookup;
}

/** Sends a notice to a webhook, signed by the Standard Webhooks specification, in one attempt. */
export async function callWebhook(
  target: WebhookTarget,
  notice: Notice,
  settings: WebhookSettings,
): Promise<DeliveryOutcome> {
  const { url, secrets } = webhookSecret(target, settings);
  const fault = urlFault(url, settings.allowLoopback);
  if (fault) return forbidden(target.name, fault);
  const body = JSON.stringify({
    type: notice.type,
    timestamp: notice.time,
    source: notice.source,
    subject: notice.subject,
    data: notice.data,
  });
  const headers = await signedHeaders(notice.id, body, secrets);
  try {
    return judge(target.name, await post(new URL(url), headers, body, settings));
  } catch (error) {
    if (error instanceof ForbiddenAddress) return forbidden(target.name, error.message);
    throw error instanceof DeliveryFault ? error : new DeliveryFault(`${target.name}: ${connectionFault(error)}`);
  }
}

/** The webhook's address and secrets as they are set now. What is missing or wrong can be set right, so it is a fault. */
function webhookSecret(target: WebhookTarget, { read }: WebhookSettings): WebhookSecret & { readonly url: string } {
  const text = target.secretRef === undefined ? undefined : read(target.secretRef);
  if (target.secretRef !== undefined && !text)
    throw new DeliveryFault(`${target.name}: the setting ${target.secretRef} is not set`);
  const secret = text === undefined ? { secrets: [] } : readSecret(text);
  if ("fault" in secret) throw new DeliveryFault(`${target.name}: the setting ${target.secretRef}: ${secret.fault}`);
  const url = secret.url ?? target.url;
  if (url === undefined)
    throw new DeliveryFault(`${target.name}: no URL in the setting ${target.secretRef}, nor in the target`);
  return { url, secrets: secret.secrets };
}

const forbidden = (target: string, why: string) =>
  rejected(
    target,
    "TargetForbidden",
    `not called: ${why}`,
    "Give the target a public https address (GOLDSMITH_ALLOW_LOOPBACK_TARGETS=true allows this machine, for tests).",
  );

/** One signature for each secret: while a secret is changed, a receiver that knows either one is content. */
async function signedHeaders(id: string, body: string, secrets: readonly string[]): Promise<Record<string, string>> {
  const now = new Date();
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "goldsmith",
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

interface Answer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

/** Posts once: no redirects, no kept connection, and the whole call within the time-out. Of the answer only the head counts. */
function post(url: URL, headers: Record<string, string>, body: string, settings: WebhookSettings): Promise<Answer> {
  const { ca, allowLoopback, timeoutSeconds } = settings;
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const tooLong = setTimeout(
      () => request.destroy(new DeliveryFault(`no answer within ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    );
    const options = { method: "POST", headers, agent: false, lookup: guardedLookup(allowLoopback, settings.lookup) };
    const request = send(url, { ...options, ...(ca === undefined ? {} : { ca }) }, (response: IncomingMessage) => {
      const seconds = retryAfter(response.headers["retry-after"]);
      response.on("error", () => {}).destroy();
      resolve({ status: response.statusCode ?? 0, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) });
    });
    request.on("error", reject).on("close", () => clearTimeout(tooLong));
    request.end(body);
  });
}

const temporary = [408, 429];

/** Only 2xx is delivered; other 4xx (but 408 and 429) will be said again to the same message, 410 to every message. */
function judge(target: string, { status, retryAfterSeconds }: Answer): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) {
    const gone = rejected(
      target,
      "TargetGone",
      "answered 410 Gone and wants nothing more",
      "Remove the target, or give it its new address.",
    );
    return { ...gone, disable: true } as DeliveryOutcome;
  }
  if (status >= 400 && status < 500 && !temporary.includes(status))
    return rejected(
      target,
      "TargetRejected",
      `answered ${status}`,
      "Check the target's address, its secret and what it accepts.",
    );
  const redirect = status >= 300 && status < 400 ? " (redirects are not followed: set the final address)" : "";
  throw new DeliveryFault(`${target}: answered ${status}${redirect}`, retryAfterSeconds);
}

/** A connection error in words without the address; Node's own message has host and port in it. */
function connectionFault(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return `could not be reached${typeof code === "string" ? ` (${code})` : ""}`;
}
