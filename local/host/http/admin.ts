import { type Log, messageOf } from "../log.ts";
import type { Invocation, Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction, Registry } from "../worker/registry.ts";
import { decodePart, type Exchange, HttpRefusal, readBody, sendJson, sendStatus } from "./exchange.ts";

export interface AdminNeeds {
  readonly registry: Registry;
  readonly invoke: Invoke;
  readonly bodyLimit: number;
  readonly log: Log;
  readonly hostId: string;
  readonly startedAt: number;
  readonly now: () => number;
  readonly isDisabled: (name: string) => boolean;
  /** What a timer function is given when it is run by hand. */
  readonly timerTrigger: (called: RegisteredFunction) => Invocation["trigger"];
  /** Runs something nobody waits for. */
  readonly detach: (work: Promise<unknown>) => void;
}

/** The `/admin` endpoints of the host; the master key has been checked. */
export async function administer(exchange: Exchange, needs: AdminNeeds): Promise<void> {
  const { request, path } = exchange;
  const parts = path.split("/").slice(2).filter(Boolean).map(decodePart);
  const [area, name, sub] = parts;
  if (area === "host" && name === "status" && request.method === "GET")
    return sendJson(exchange, 200, hostStatus(needs));
  if (area !== "functions") return sendStatus(exchange, 404);
  if (name === undefined)
    return request.method === "GET"
      ? sendJson(
          exchange,
          200,
          needs.registry.functions.map((one) => described(one, needs)),
        )
      : sendStatus(exchange, 404);
  const called = needs.registry.functions.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (request.method === "POST" && sub === undefined) return runByHand(exchange, needs, called);
  if (!called || request.method !== "GET") return sendStatus(exchange, 404);
  if (sub === "status") return sendJson(exchange, 200, { isDisabled: needs.isDisabled(called.name) });
  return sub === undefined ? sendJson(exchange, 200, described(called, needs)) : sendStatus(exchange, 404);
}

function hostStatus({ hostId, startedAt, now }: AdminNeeds): object {
  return {
    id: hostId,
    state: "Running",
    version: "4.1041.0.0",
    versionDetails: "embedded",
    instanceId: hostId,
    processUptime: Math.round(now() - startedAt),
    functionAppContentEditingState: "Unknown",
  };
}

function described(one: RegisteredFunction, { isDisabled }: AdminNeeds): object {
  const bindings = Object.entries(one.metadata.bindings).map(([name, binding]) => ({ ...binding, name }));
  return { name: one.name, language: "node", isDisabled: isDisabled(one.name), config: { bindings } };
}

/** Starts a function that has no HTTP trigger. It runs on after the answer. */
async function runByHand(exchange: Exchange, needs: AdminNeeds, called: RegisteredFunction | undefined): Promise<void> {
  const text = (await readBody(exchange, needs.bodyLimit)).toString();
  if (!text) throw new HttpRefusal(400);
  if (!/json/i.test(exchange.request.headers["content-type"] ?? "")) throw new HttpRefusal(415);
  if (!called) throw new HttpRefusal(404);
  const input = inputOf(text);
  const invocation = {
    function: called,
    trigger: triggerOf(called, input, needs),
    metadata: metadataOf(called, input),
  };
  needs.detach(
    needs.invoke(invocation).catch((error: unknown) => {
      const message = `Executed 'Functions.${called.name}' (Failed): ${messageOf(error)}`;
      needs.log({ level: "error", category: "host.admin", function: called.name, message });
    }),
  );
  sendStatus(exchange, 202);
}

function inputOf(text: string): string {
  try {
    const { input } = JSON.parse(text) as { input?: unknown };
    return typeof input === "string" ? input : JSON.stringify(input ?? null);
  } catch {
    throw new HttpRefusal(400);
  }
}

function triggerOf(called: RegisteredFunction, input: string, needs: AdminNeeds): Invocation["trigger"] {
  return /^timerTrigger$/i.test(called.trigger.type) ? needs.timerTrigger(called) : { string: input };
}

function metadataOf(called: RegisteredFunction, input: string): NonNullable<Invocation["metadata"]> {
  if (!/^eventGridTrigger$/i.test(called.trigger.type)) return {};
  try {
    return { data: { json: JSON.stringify((JSON.parse(input) as { data?: unknown }).data ?? null) } };
  } catch {
    return {};
  }
}
