import { AlreadyExists, type HubClient } from "../engine/client.ts";
import { isFinal } from "../engine/events.ts";
import type { InstanceFilter } from "../engine/query.ts";
import type { Instance } from "../engine/store.ts";
import { type DurableAddress, managementUrls } from "./durableLinks.ts";
import { type StatusOptions, statusOf } from "./durableStatus.ts";
import { decodePart, type Exchange, HttpRefusal, readBody, sendJson, sendStatus, sendText } from "./exchange.ts";

/** What the Durable API needs. */
export interface DurableNeeds {
  readonly hub: HubClient;
  readonly orchestratorName: (name: string) => string | undefined;
  readonly address: DurableAddress;
  readonly defaultVersion: string | null;
  readonly bodyLimit: number;
}

type Handler = (call: Call) => Promise<void> | void;

/** One call of the API. */
interface Call {
  readonly exchange: Exchange;
  readonly needs: DurableNeeds;
  readonly query: URLSearchParams;
  readonly parts: readonly string[];
}

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

async function start(call: Call): Promise<void> {
  const { exchange, needs, parts, query } = call;
  const [, wanted, id] = parts;
  const name = needs.orchestratorName(wanted!);
  if (!name)
    return refuse(
      exchange,
      400,
      `The function '${wanted}' doesn't exist, is disabled, or is not an orchestrator function.`,
    );
  if (id !== undefined && !isInstanceId(id)) return refuse(exchange, 400, `The instance id '${id}' is not allowed.`);
  const text = (await readBody(exchange, needs.bodyLimit)).toString();
  const input = normalJson(text);
  if (input === undefined) return refuse(exchange, 400, "The request body is not valid JSON.");
  try {
    const started = await needs.hub.start(name, id, input, query.get("version") ?? needs.defaultVersion);
    if (query.has("timeout") || query.has("pollingInterval")) await waitForEnd(call, started);
    else accepted(call, started);
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    // 500, not 409: that is what the extension's source does (facts/host.md 3.3).
    const type = "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException";
    sendJson(exchange, 500, {
      Message: "Something went wrong while processing your request",
      ExceptionMessage: error.message,
      ExceptionType: type,
    });
  }
}

/** At most 256 characters, none of `/ \ # ?` or control characters, not starting with `@`. */
export function isInstanceId(id: string): boolean {
  return id.length > 0 && id.length <= 256 && !id.startsWith("@") && !/[/\\#?\p{Cc}]/u.test(id);
}

/** The stored form of a JSON body: null for nothing or `null`; undefined where it is not JSON. */
function normalJson(text: string): string | null | undefined {
  if (text === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? null : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function accepted({ exchange, needs }: Call, id: string): void {
  const { rewindPostUri: _omitted, ...links } = managementUrls(ownAddress(exchange, needs), id);
  sendJson(exchange, 202, links, { location: links.statusQueryGetUri!, "retry-after": "10" });
}

/** Links lead back to where the caller came from. */
function ownAddress({ request }: Exchange, { address }: DurableNeeds): DurableAddress {
  return request.headers.host ? { ...address, origin: `http://${request.headers.host}` } : address;
}

/** Create-and-wait: output or status when it ends in time, else the usual links. */
async function waitForEnd(call: Call, id: string): Promise<void> {
  const { exchange, needs, query } = call;
  const seconds = Number(query.get("timeout") ?? 10);
  exchange.letGo();
  await needs.hub.waitForEnd(id, seconds * 1_000);
  const instance = needs.hub.get(id);
  if (!instance || !isFinal(instance.status)) return accepted(call, id);
  if (instance.status !== "Completed")
    return sendJson(exchange, instance.status === "Failed" ? 500 : 200, show(call, instance));
  exchange.response
    .writeHead(200, { "content-type": "application/json; charset=utf-8" })
    .end(instance.output ?? "null");
}

async function status(call: Call): Promise<void> {
  const { exchange, needs, parts, query } = call;
  const instance = needs.hub.get(parts[1]!);
  if (!instance) return sendStatus(exchange, 404);
  const body = show(call, instance);
  if (!isFinal(instance.status))
    return sendJson(exchange, 202, body, { location: exchange.url.href, "retry-after": "5" });
  const asError = instance.status === "Failed" && isTrue(query, "returnInternalServerErrorOnFailure");
  sendJson(exchange, asError ? 500 : 200, body);
}

const isTrue = (query: URLSearchParams, name: string) => query.get(name)?.toLowerCase() === "true";

function show(
  { needs, query }: Call,
  instance: Instance,
  showInput = query.get("showInput")?.toLowerCase() !== "false",
): object {
  const options: StatusOptions = {
    showInput,
    showHistory: isTrue(query, "showHistory"),
    showHistoryOutput: isTrue(query, "showHistoryOutput"),
  };
  return statusOf(instance, () => needs.hub.history(instance.id), options);
}

function filterOf({ exchange, query }: Call): InstanceFilter {
  const statuses = query
    .getAll("runtimeStatus")
    .flatMap((value) => value.split(","))
    .filter(Boolean);
  const moment = (name: string) => {
    const text = query.get(name);
    if (!text) return undefined;
    const at = Date.parse(text);
    if (Number.isNaN(at)) throw new HttpRefusal(400);
    return at;
  };
  const [createdFrom, createdTo] = [moment("createdTimeFrom"), moment("createdTimeTo")];
  const token = exchange.request.headers["x-ms-continuation-token"];
  const prefix = query.get("instanceIdPrefix");
  return {
    ...(statuses.length > 0 && { statuses }),
    ...(createdFrom !== undefined && { createdFrom }),
    ...(createdTo !== undefined && { createdTo }),
    ...(prefix && { prefix }),
    ...(query.has("top") && { top: Number(query.get("top")) }),
    ...(token && { after: Buffer.from(String(token), "base64").toString() }),
  };
}

function list(call: Call): void {
  const page = call.needs.hub.list(filterOf(call));
  const shown = page.instances.map((instance) => show(call, instance, isTrue(call.query, "showInput")));
  const token = page.next === undefined ? {} : { "x-ms-continuation-token": Buffer.from(page.next).toString("base64") };
  sendJson(call.exchange, 200, shown, token);
}

async function purgeMany(call: Call): Promise<void> {
  const { exchange, needs, query } = call;
  if (!query.get("createdTimeFrom"))
    return sendText(exchange, 400, "Please provide value for 'createdTimeFrom' parameter.");
  const instancesDeleted = await needs.hub.purgeAll(filterOf(call));
  return instancesDeleted > 0 ? sendJson(exchange, 200, { instancesDeleted }) : sendStatus(exchange, 404);
}

/** The extension checks only that the instance is there, not that it has ended. */
async function purgeOne({ exchange, needs, parts }: Call): Promise<void> {
  const gone = await needs.hub.purge(parts[1]!);
  return gone ? sendJson(exchange, 200, { instancesDeleted: 1 }) : sendStatus(exchange, 404);
}

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

async function restart(call: Call): Promise<void> {
  const { needs, parts, query, exchange } = call;
  const instance = needs.hub.get(parts[1]!);
  if (!instance) return sendStatus(exchange, 404);
  const sameId = query.get("restartWithNewInstanceId")?.toLowerCase() === "false";
  const id = await needs.hub.start(instance.name, sameId ? instance.id : undefined, instance.input, instance.version);
  accepted(call, id);
}

function refuse(exchange: Exchange, statusCode: number, message: string): void {
  sendJson(exchange, statusCode, {
    Message: message,
    ExceptionMessage: message,
    ExceptionType: "System.ArgumentException",
  });
}
