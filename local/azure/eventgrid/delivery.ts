import { drawMs } from "../random.ts";
import type { JsonObject, World } from "../world.ts";
import { type GridEvent, wants } from "./filters.ts";
import { type EventSubscription, eventSubscriptions } from "./subscriptions.ts";

const jobKind = "eventDelivery";
/** Seconds after the first, second … failed attempt (platform.md §9.4). */
const retrySeconds = [10, 30, 60, 300, 600, 1800, 3600];
const answerWithinMs = 30_000;

/** Hands an event to every subscription of `source` that wants it, after the delay, loss and doubling that the switches say. */
export function publish(world: World, matches: (subscription: EventSubscription) => boolean, event: GridEvent): void {
  const { store, switches, random, clock, jobs } = world;
  for (const subscription of eventSubscriptions(store).all()) {
    if (!matches(subscription) || !wants(subscription, event)) continue;
    if (random() < switches.eventLoss) {
      world.log(`event ${event.type} of ${event.subject} lost on its way to ${subscription.name}`);
      continue;
    }
    const copies = random() < switches.eventDoubling ? 2 : 1;
    for (let copy = 0; copy < copies; copy++)
      jobs.at(clock.now() + drawMs(random, switches.eventDelaySeconds), jobKind, {
        subscriptionId: subscription.id,
        event: event as unknown as JsonObject,
        attempt: 1,
        publishedAt: clock.now(),
      });
  }
}

interface Delivery {
  readonly subscriptionId: string;
  readonly event: GridEvent;
  readonly attempt: number;
  readonly publishedAt: number;
}

/** Registers the job that delivers. */
export function registerDelivery(world: World): void {
  world.jobs.on(jobKind, async (payload) => {
    const delivery = payload as unknown as Delivery;
    const subscription = eventSubscriptions(world.store).get(delivery.subscriptionId);
    if (!subscription) return;
    const status = await post(subscription, delivery);
    if (status >= 200 && status <= 204) return;
    retryLater(world, subscription, delivery, status);
  });
}

function retryLater(world: World, subscription: EventSubscription, delivery: Delivery, status: number): void {
  const wait = Math.max(retrySeconds[delivery.attempt - 1] ?? 3600, leastSeconds(status)) * 1000;
  const end = delivery.publishedAt + subscription.eventTimeToLiveInMinutes * 60_000;
  const final = status === 400 || status === 413 || delivery.attempt >= subscription.maxDeliveryAttempts;
  const outcome = status === 0 ? "no answer" : `status ${status}`;
  if (final || world.clock.now() + wait > end) {
    const attempts = `after ${delivery.attempt} attempts to ${subscription.name}`;
    world.log(`event ${delivery.event.id} dropped ${attempts} (${outcome})`);
    return;
  }
  world.jobs.at(world.clock.now() + wait, jobKind, {
    ...(delivery as unknown as JsonObject),
    attempt: delivery.attempt + 1,
  });
}

function leastSeconds(status: number): number {
  if (status === 401 || status === 403 || status === 404) return 300;
  if (status === 408) return 120;
  return status === 503 ? 30 : 10;
}

/** The status that the webhook answered, or 0 when it did not. */
async function post(subscription: EventSubscription, delivery: Delivery): Promise<number> {
  try {
    const answer = await fetch(subscription.endpointUrl, {
      method: "POST",
      headers: headersOf(subscription, delivery),
      body: bodyOf(subscription, delivery.event),
      signal: AbortSignal.timeout(answerWithinMs),
      redirect: "error",
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

function headersOf(subscription: EventSubscription, delivery: Delivery): Record<string, string> {
  const cloud = subscription.schema === "CloudEventSchemaV1_0";
  return {
    "content-type": cloud ? "application/cloudevents+json; charset=utf-8" : "application/json; charset=utf-8",
    "aeg-event-type": "Notification",
    "aeg-subscription-name": subscription.name.toUpperCase(),
    "aeg-delivery-count": String(delivery.attempt - 1),
    "aeg-data-version": "2",
    "aeg-metadata-version": "1",
  };
}

function bodyOf(subscription: EventSubscription, event: GridEvent): string {
  if (subscription.schema === "CloudEventSchemaV1_0") return JSON.stringify(event.cloudEvent ?? asCloudEvent(event));
  const { source: topic, type: eventType, time: eventTime, id, subject, data } = event;
  return JSON.stringify([{ id, topic, subject, eventType, eventTime, data, dataVersion: "2", metadataVersion: "1" }]);
}

function asCloudEvent({ id, source, subject, type, time, data }: GridEvent): JsonObject {
  return { specversion: "1.0", id, source, subject, type, time, datacontenttype: "application/json", data };
}

/** Proves that the endpoint wants events, as Event Grid does when a subscription is made; false when it does not answer the challenge. */
export async function shakeHands(world: World, subscription: EventSubscription): Promise<boolean> {
  if (subscription.schema === "CloudEventSchemaV1_0") return await shakeHandsAsCloudEvents(subscription);
  const validationCode = world.guid();
  const event = {
    id: world.guid(),
    topic: subscription.source,
    subject: "",
    eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
    eventTime: new Date(world.clock.now()).toISOString(),
    data: { validationCode },
    dataVersion: "2",
    metadataVersion: "1",
  };
  try {
    const answer = await fetch(subscription.endpointUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "aeg-event-type": "SubscriptionValidation",
        "aeg-subscription-name": subscription.name.toUpperCase(),
      },
      body: JSON.stringify([event]),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const body = (await answer.json()) as { validationResponse?: unknown };
    return answer.status === 200 && body.validationResponse === validationCode;
  } catch {
    return false;
  }
}

async function shakeHandsAsCloudEvents(subscription: EventSubscription): Promise<boolean> {
  try {
    const answer = await fetch(subscription.endpointUrl, {
      method: "OPTIONS",
      headers: { "webhook-request-origin": "eventgrid.azure.net" },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const origin = answer.headers.get("webhook-allowed-origin");
    return answer.ok && (origin === "eventgrid.azure.net" || origin === "*");
  } catch {
    return false;
  }
}
