import type { DurableClient } from "durable-functions";
import type { DeliveryEnd } from "../../orchestrations/deliver.ts";
import type { DeliveryOrder } from "../../orchestrations/order.ts";
import type { FinalState } from "../../shared/build.ts";
import { buildMessage, linked, type Message } from "../../shared/decide/messages/message.ts";
import type { DeliveryState } from "../../shared/delivery.ts";
import { type DeliveryOutcome, mostAttempts, schedule } from "../../shared/notify/index.ts";
import { measure, secondsSince } from "../../shared/telemetry.ts";
import { startOnce } from "../start.ts";
import { switchOf, turnOff } from "../targets.ts";
import type { Deps } from "./deps.ts";
import { durableClient, log, tell } from "./story.ts";

type Moment = "started" | "awaitingApproval" | FinalState;
type Attempt = DeliveryOrder & { readonly attempt: number };
type Outcome = { readonly kind: DeliveryEnd } | { readonly kind: "later"; readonly seconds: number };

/** Telling people: one detached delivery per target, so that a dead one costs its own retries and never the build. */
export const announceActivities = (deps: Deps) => {
  const { store, notify } = deps;

  /** One attempt, hung on the thread of what the target was told before. */
  const deliver = async (target: string, message: Message): Promise<DeliveryOutcome> => {
    const document = threadDocument(message.thread, target);
    const thread = await store.documents.get<{ readonly thread: string }>(document);
    const outcome = await notify.deliver(target, message, thread?.thread);
    if (outcome.kind === "delivered" && outcome.thread !== undefined && !thread)
      await store.documents.put(document, { thread: outcome.thread });
    return outcome;
  };

  return {
    async announce({ buildId, moment, notify: only }: { buildId: string; moment: Moment; notify?: readonly string[] }) {
      const build = await store.builds.get(buildId);
      if (build) await send(deps, durableClient(), buildMessage(moment, build), { only });
      return {};
    },

    /** One attempt at one target. */
    async deliverOnce({
      buildId,
      target,
      eventDocument,
      eventId,
      eventType,
      attempt,
      replay,
    }: Attempt): Promise<Outcome> {
      const message = await store.documents.get<Message>(eventDocument);
      if (!message) throw new Error(`the message ${eventDocument} is not in the store`);
      const about = {
        id: `${eventId}-${target}`,
        buildId,
        target,
        event: eventType,
        at: message.time,
        attempts: attempt,
      };
      const note = async (state: DeliveryState, detail?: string) => {
        log("delivery", { buildId, target, type: eventType, attempt, state });
        await store.deliveries.put({
          ...about,
          state,
          updatedAt: new Date().toISOString(),
          ...(detail ? { detail } : {}),
        });
      };
      const off = replay ? undefined : await switchOf(store, target);
      if (off?.state === "off") {
        tell(`${target} was not told of ${eventType}: it is turned off`);
        await note("disabled", `turned off since ${off.at}: ${off.why}`);
        return { kind: "rejected" };
      }
      try {
        const outcome = await deliver(target, message);
        if (outcome.kind === "delivered") {
          tell(`${target} was told: ${eventType}`);
          measure("goldsmith.notification.latency", secondsSince(message.time), { target, type: eventType });
          await note("delivered");
          return { kind: "delivered" };
        }
        tell(`${target} refused ${eventType}: ${outcome.problem.title}`);
        if (outcome.disable) await turnOff(store, target, outcome.problem.title);
        await note(outcome.disable ? "disabled" : "failed", outcome.problem.title);
        return { kind: "rejected" };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const told = Number((error as { retryAfterSeconds?: number }).retryAfterSeconds ?? 0);
        const last = attempt >= mostAttempts;
        tell(`${target} could not be told of ${eventType} (attempt ${attempt}${last ? ", the last" : ""}): ${reason}`);
        await note(last ? "failed" : "pending", reason);
        return last ? { kind: "givenUp" } : { kind: "later", seconds: Math.max(1, schedule(attempt), told) };
      }
    },
  };
};

const threadDocument = (thread: string, target: string) => `builds/${thread}/threads/${target}.json`;

/** Where a message is kept, so that every attempt says the same. */
export const messageDocument = ({ thread, id }: Pick<Message, "thread" | "id">) => `builds/${thread}/events/${id}.json`;

/** Who else hears of a message than the targets that want it, or who alone of them. */
interface Audience {
  readonly only?: readonly string[] | undefined;
  /** Told in any case, while they are configured. */
  readonly also?: readonly string[];
}

/** Keeps the message once and starts a delivery to each target that wants it; a repeated call starts none twice. */
export async function send(
  { store, notify, settings }: Deps,
  client: DurableClient,
  message: Message,
  { only, also = [] }: Audience = {},
): Promise<void> {
  const wanting = notify.targetsFor(message).filter((name) => !only || only.includes(name));
  const targets = notify.targets
    .map(({ name }) => name)
    .filter((name) => wanting.includes(name) || also.includes(name));
  if (targets.length === 0) return;
  const eventDocument = messageDocument(message);
  if (!(await store.documents.get(eventDocument)))
    await store.documents.put(eventDocument, linked(message, settings.url));
  for (const target of targets) {
    const order = { buildId: message.thread, target, eventDocument, eventId: message.id, eventType: message.type };
    await startOnce(client, "deliver", `${message.id}-${target}`, order);
  }
  tell(`telling ${targets.join(", ")}: ${message.type}`);
}
