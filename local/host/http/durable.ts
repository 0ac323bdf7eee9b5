import type { HubClient } from "../engine/client.ts";
import { isFinal } from "../engine/events.ts";
import type { Instance } from "../engine/store.ts";
import { type Call, type DurableNeeds, normalJson, refuse } from "./durableCall.ts";
import { list, purgeMany, purgeOne, status } from "./durableQuery.ts";
import { restart, start } from "./durableStart.ts";
import { decodePart, type Exchange, HttpRefusal, readBody, sendStatus, sendText } from "./exchange.ts";

type Handler = (call: Call) => Promise<void> | void;

/** Answers a call of the Durable extension's HTTP API; `path` is what follows its base. A wrong verb is 404, as there. */
export async function answerDurable(exchange: Exchange, path: string, needs: DurableNeeds): Promise<void> {
  const parts = path.split("/").filter(Boolean).map(decodePart);
  const call: Call = { exchange, needs, parts, query: exchange.url.searchParams };
  const method = exchange.request.method ?? "GET";
  const [area, , operation] = parts;
  if (area?.toLowerCase() === "orchestrators" && method === "POST" && (parts.length === 2 || parts.length === 3))
    return start(call);
  if (area?.toLowerCase() === "entities")
    return sendText(exchange, 501, "durable entities are not supported by this host: they work in Azure only");
  if (area?.toLowerCase() !== "instances") return sendStatus(exchange, 404);
  if (parts.length === 1)
    return method === "GET" ? list(call) : method === "DELETE" ? purgeMany(call) : sendStatus(exchange, 404);
  if (parts.length === 2)
    return method === "GET" ? status(call) : method === "DELETE" ? purgeOne(call) : sendStatus(exchange, 404);
  const handler = method === "POST" ? operations[operation!.toLowerCase()] : undefined;
  return handler ? handler(call) : sendStatus(exchange, 404);
}

const operations: Readonly<Record<string, Handler>> = {
  raiseevent: raiseEvent,
  terminate: onRunning((hub, { id }, reason) => hub.terminate(id, reason)),
  suspend: onRunning((hub, { id, status: state }, reason) => {
    if (state === "Suspended")
      throw new HttpRefusal(500, "Cannot suspend orchestration instance in the Suspended state.");
    return hub.suspend(id, reason);
  }),
  resume: onRunning((hub, { id, status: state }, reason) => {
    if (state !== "Suspended")
      throw new HttpRefusal(500, `Cannot resume orchestration instance in the ${state} state.`);
    return hub.resume(id, reason);
  }),
  rewind: ({ exchange, needs, parts }) => {
    if (!needs.hub.get(parts[1]!)) return sendStatus(exchange, 404);
    return sendText(exchange, 501, "rewind is not supported by this host");
  },
  restart,
};

async function raiseEvent({ exchange, needs, parts }: Call): Promise<void> {
  const [, id, , name] = parts;
  const instance = needs.hub.get(id!);
  if (!instance) return sendStatus(exchange, 404);
  if (isFinal(instance.status)) return sendStatus(exchange, 410);
  if (!name) return sendStatus(exchange, 404);
  if (!/^application\/json/i.test(exchange.request.headers["content-type"] ?? ""))
    return refuse(exchange, 400, "Only application/json request content is supported");
  const text = (await readBody(exchange, needs.bodyLimit)).toString();
  const input = text === "" ? undefined : normalJson(text);
  if (input === undefined) return refuse(exchange, 400, "Invalid JSON content");
  await needs.hub.raise(id!, name, input ?? "null");
  sendStatus(exchange, 202);
}

type Operation = (hub: HubClient, instance: Instance, reason: string | null) => Promise<void>;

/** An operation on an instance that has not ended: 404 for none, 410 for one that has. */
function onRunning(operation: Operation): Handler {
  return async ({ exchange, needs, parts, query }) => {
    const instance = needs.hub.get(parts[1]!);
    if (!instance) return sendStatus(exchange, 404);
    if (isFinal(instance.status)) return sendStatus(exchange, 410);
    try {
      await operation(needs.hub, instance, query.get("reason"));
      sendStatus(exchange, 202);
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      refuse(exchange, error.status, error.message);
    }
  };
}
