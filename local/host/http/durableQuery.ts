import { isFinal } from "../engine/events.ts";
import type { InstanceFilter } from "../engine/query.ts";
import { type Call, isTrue, show } from "./durableCall.ts";
import { HttpRefusal, sendJson, sendStatus, sendText } from "./exchange.ts";

/** The state of one instance: 202 while it runs, 200 when it has ended. */
export async function status(call: Call): Promise<void> {
  const { exchange, needs, parts, query } = call;
  const instance = needs.hub.get(parts[1]!);
  if (!instance) return sendStatus(exchange, 404);
  const body = show(call, instance);
  if (!isFinal(instance.status))
    return sendJson(exchange, 202, body, { location: exchange.url.href, "retry-after": "5" });
  const asError = instance.status === "Failed" && isTrue(query, "returnInternalServerErrorOnFailure");
  sendJson(exchange, asError ? 500 : 200, body);
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

/** Instances of a filter, with a continuation token where there are more. */
export function list(call: Call): void {
  const page = call.needs.hub.list(filterOf(call));
  const shown = page.instances.map((instance) => show(call, instance, isTrue(call.query, "showInput")));
  const token = page.next === undefined ? {} : { "x-ms-continuation-token": Buffer.from(page.next).toString("base64") };
  sendJson(call.exchange, 200, shown, token);
}

/** Purges the ended instances of a filter. */
export async function purgeMany(call: Call): Promise<void> {
  const { exchange, needs, query } = call;
  if (!query.get("createdTimeFrom"))
    return sendText(exchange, 400, "Please provide value for 'createdTimeFrom' parameter.");
  const instancesDeleted = await needs.hub.purgeAll(filterOf(call));
  return instancesDeleted > 0 ? sendJson(exchange, 200, { instancesDeleted }) : sendStatus(exchange, 404);
}

/** The extension checks only that the instance is there, not that it has ended. */
export async function purgeOne({ exchange, needs, parts }: Call): Promise<void> {
  const gone = await needs.hub.purge(parts[1]!);
  return gone ? sendJson(exchange, 200, { instancesDeleted: 1 }) : sendStatus(exchange, 404);
}
