import { type Log, messageOf } from "../log.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction, Registry } from "../worker/registry.ts";
import { type Exchange, HttpRefusal, readBody, sendStatus, sendText } from "./exchange.ts";

const trustedOrigins = [
  "eventgrid.azure.net",
  "eventgrid.azure.us",
  "eventgrid.azure.cn",
  "eventgrid.azure.eaglex.ic.gov",
  "eventgrid.azure.microsoft.scloud",
];

/** What the webhook needs. */
export interface EventGridNeeds {
  readonly registry: Registry;
  readonly invoke: Invoke;
  readonly bodyLimit: number;
  readonly log: Log;
  readonly isDisabled: (name: string) => boolean;
}

/** Event Grid's webhook: both handshakes, batches, CloudEvents. */
export async function receiveEvents(exchange: Exchange, needs: EventGridNeeds): Promise<void> {
  const { request, url } = exchange;
  const name = url.searchParams.get("functionName") ?? "";
  const called = needs.registry.find(name, "eventGridTrigger");
  if (!called || needs.isDisabled(called.name)) return sendText(exchange, 404, `cannot find function: '${name}'`);
  if (request.method === "OPTIONS") return allowOrigin(exchange);
  const kind = String(request.headers["aeg-event-type"] ?? "").toLowerCase();
  if (kind === "unsubscribe") return sendStatus(exchange, 202);
  if (kind !== "subscriptionvalidation" && kind !== "notification") return sendStatus(exchange, 400);
  const body = parse(await readBody(exchange, needs.bodyLimit));
  if (kind === "subscriptionvalidation") return answerValidation(exchange, body);
  await deliver(exchange, needs, called, Array.isArray(body) ? body : [body]);
}

function allowOrigin(exchange: Exchange): void {
  const origin = String(exchange.request.headers["webhook-request-origin"] ?? "");
  const allowed = trustedOrigins.includes(origin) ? origin : trustedOrigins[0]!;
  sendStatus(exchange, 200, { "Webhook-Allowed-Origin": allowed });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new HttpRefusal(400);
  }
}

/** In the Event Grid schema the code stands in an array, in the CloudEvents one `data` is a JSON text. */
function answerValidation(exchange: Exchange, body: unknown): void {
  const event = (Array.isArray(body) ? body[0] : body) as { data?: unknown } | null;
  const data = (typeof event?.data === "string" ? JSON.parse(event.data) : event?.data) as
    | { validationCode?: string }
    | undefined;
  if (!data?.validationCode) throw new HttpRefusal(400);
  sendText(exchange, 200, JSON.stringify({ validationResponse: data.validationCode }));
}

/** Each event is an invocation of its own; one that fails makes Event Grid send the whole batch again. */
async function deliver(
  exchange: Exchange,
  needs: EventGridNeeds,
  called: RegisteredFunction,
  events: unknown[],
): Promise<void> {
  const outcomes = await Promise.allSettled(events.map((event) => needs.invoke(eventInvocation(called, event))));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (!failed) return sendStatus(exchange, 202);
  const message = messageOf(failed.reason);
  needs.log({
    level: "error",
    category: "host.eventGrid",
    function: called.name,
    message: `Executed 'Functions.${called.name}' (Failed): ${message}`,
  });
  sendText(exchange, 500, message);
}

/** One event as an Event Grid function sees it. */
function eventInvocation(called: RegisteredFunction, event: unknown) {
  const data = (event as { data?: unknown } | null)?.data;
  return {
    function: called,
    trigger: { string: JSON.stringify(event) },
    metadata: { data: { json: JSON.stringify(data ?? null) } },
  };
}
