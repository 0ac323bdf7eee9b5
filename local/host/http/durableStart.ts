import { AlreadyExists } from "../engine/client.ts";
import { isFinal } from "../engine/events.ts";
import { accepted, type Call, normalJson, refuse, show } from "./durableCall.ts";
import { readBody, sendJson, sendStatus } from "./exchange.ts";

/** Starts an orchestration; with `timeout` or `pollingInterval` it waits for its end. */
export async function start(call: Call): Promise<void> {
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
    // 500, not 409: that is what the extension's source does.
    const type = "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException";
    sendJson(exchange, 500, {
      Message: "Something went wrong while processing your request",
      ExceptionMessage: error.message,
      ExceptionType: type,
    });
  }
}

/** At most 256 characters, none of `/ \ # ?` or control characters, not starting with `@`. */
function isInstanceId(id: string): boolean {
  return id.length > 0 && id.length <= 256 && !id.startsWith("@") && !/[/\\#?\p{Cc}]/u.test(id);
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

/** A new instance with the name and input of an old one, under a new id or, once it has ended, its own. */
export async function restart(call: Call): Promise<void> {
  const { needs, parts, query, exchange } = call;
  const instance = needs.hub.get(parts[1]!);
  if (!instance) return sendStatus(exchange, 404);
  const sameId = query.get("restartWithNewInstanceId")?.toLowerCase() === "false";
  const id = await needs.hub.start(instance.name, sameId ? instance.id : undefined, instance.input, instance.version);
  accepted(call, id);
}
