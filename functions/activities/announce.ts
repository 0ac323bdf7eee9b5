import type { DurableClient } from "durable-functions";
import type { DeliveryEnd } from "../../orchestrations/deliver.ts";
import type { DeliveryOrder } from "../../orchestrations/order.ts";
import type { FinalState } from "../../shared/build.ts";
import { buildMessage, type Message } from "../../shared/decide/message.ts";
import { mostAttempts, schedule } from "../../shared/notify/index.ts";
import { measure, secondsSince } from "../../shared/telemetry.ts";
import { startOnce } from "../start.ts";
import type { Deps } from "./deps.ts";
import { durableClient, log, tell } from "./story.ts";

type Moment = "started" | FinalState;
type Attempt = DeliveryOrder & { readonly attempt: number };
type Outcome = { readonly kind: DeliveryEnd } | { readonly kind: "later"; readonly seconds: number };

/** Telling people: one detached delivery per target, so that a dead one costs its own retries and never the build. */
export const announceActivities = ({ store, notify }: Deps) => ({
  async announce({ buildId, moment, notify: only }: { buildId: string; moment: Moment; notify?: readonly string[] }) {
    const build = await store.builds.get(buildId);
    if (!build) return {};
    const message = buildMessage(moment, build);
    await send(store, notify, durableClient(), buildId, message, only);
    return {};
  },

  /** One attempt at one target. */
  async deliverOnce({ buildId, target, eventDocument, eventId, eventType, attempt }: Attempt): Promise<Outcome> {
    const message = await store.documents.get<Message>(eventDocument);
    if (!message) throw new Error(`the message ${eventDocument} is not in the store`);
    const about = { id: `${eventId}-${target}`, buildId, target, event: eventType, attempts: attempt };
    const note = async (state: "pending" | "delivered" | "failed" | "disabled", detail?: string) => {
      log("delivery", { buildId, target, type: eventType, attempt, state });
      await store.deliveries.put({
        ...about,
        state,
        updatedAt: new Date().toISOString(),
        ...(detail ? { detail } : {}),
      });
    };
    try {
      const outcome = await notify.deliver(target, message);
      if (outcome.kind === "delivered") {
        tell(`${target} was told: ${eventType}`);
        measure("goldsmith.notification.latency", secondsSince(message.time), { target, type: eventType });
        await note("delivered");
        return { kind: "delivered" };
      }
      tell(`${target} refused ${eventType}: ${outcome.problem.title}`);
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
});

/** Keeps the message once and starts a delivery to each target that wants it; a repeated call starts none twice. */
export async function send(
  store: Deps["store"],
  notify: Deps["notify"],
  client: DurableClient,
  buildId: string,
  message: Message,
  only?: readonly string[],
): Promise<void> {
  const targets = notify.targetsFor(message.type).filter((name) => !only || only.includes(name));
  if (targets.length === 0) return;
  const eventDocument = `builds/${buildId}/events/${message.id}.json`;
  if (!(await store.documents.get(eventDocument))) await store.documents.put(eventDocument, message);
  for (const target of targets) {
    const order: DeliveryOrder = { buildId, target, eventDocument, eventId: message.id, eventType: message.type };
    await startOnce(client, "deliver", `${message.id}-${target}`, order);
  }
  tell(`telling ${targets.join(", ")}: ${message.type}`);
}
