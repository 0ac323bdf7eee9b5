import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../clock.ts";
import { type HostKeys, isOneOf } from "../keys.ts";
import { type Log, messageOf } from "../log.ts";
import type { Invoke } from "../worker/invoke.ts";
import { type AdminNeeds, administer } from "./admin.ts";
import { answerDurable } from "./durable.ts";
import type { DurableNeeds } from "./durableCall.ts";
import { type EventGridNeeds, receiveEvents } from "./eventGrid.ts";
import { type Exchange, exchangeOf, givenKey, HttpRefusal, sendStatus } from "./exchange.ts";
import { callFunction } from "./functionCall.ts";
import { isMeantForUs } from "./loopback.ts";
import { findRoute, type Route } from "./routes.ts";
import { streamFunction } from "./stream.ts";

export interface FrontNeeds {
  readonly clock: Clock;
  readonly log: Log;
  readonly keys: HostKeys;
  readonly enforceKeys: boolean;
  readonly routes: readonly Route[];
  readonly invoke: Invoke;
  readonly bodyLimit: number;
  /** Where the library serves streams, if the app uses them. */
  readonly streamTarget: string | undefined;
  readonly maxRequests: number;
  readonly isDisabled: (name: string) => boolean;
  readonly durable: DurableNeeds;
  readonly eventGrid: EventGridNeeds;
  readonly admin: AdminNeeds;
  /** Signs the caller in as App Service would; resolves with false when it has already answered. */
  readonly authenticate: (exchange: Exchange) => Promise<boolean>;
  /** It listens on this machine's own interface: nobody else's names and pages are answered. */
  readonly loopback: boolean;
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** The public face of the host: webhooks, admin endpoints, then the functions. */
export function hostFront(needs: FrontNeeds): Listener {
  let underWay = 0;
  return serve(needs, async (exchange) => {
    if (needs.loopback && !isMeantForUs(exchange.request)) return sendStatus(exchange, 403);
    if (needs.maxRequests > 0 && underWay >= needs.maxRequests) return sendStatus(exchange, 429);
    underWay += 1;
    exchange.response.once("close", () => {
      underWay -= 1;
    });
    const webhook = /^\/runtime\/webhooks\/(\w+)\/?(.*)$/i.exec(exchange.path);
    if (webhook) return answerWebhook(exchange, needs, webhook[1]!.toLowerCase(), webhook[2]!);
    if (/^\/admin(\/|$)/i.test(exchange.path)) return answerAdmin(exchange, needs);
    if (await needs.authenticate(exchange)) await answerFunction(exchange, needs);
  });
}

/** The Durable client's own way in: on the loopback only, without keys, as the extension's. */
export function rpcFront(needs: Pick<FrontNeeds, "clock" | "log" | "durable">): Listener {
  return serve(needs, async (exchange) => {
    const path = /^\/durabletask\/(.*)$/.exec(exchange.path);
    if (path) await answerDurable(exchange, path[1]!, needs.durable);
    else sendStatus(exchange, 404);
  });
}

/** Holds the clock for as long as a request is being handled, and turns what is thrown into an answer. */
function serve(
  { clock, log }: Pick<FrontNeeds, "clock" | "log">,
  answer: (exchange: Exchange) => Promise<void>,
): Listener {
  return (request, response) => {
    const letGo = clock.hold();
    response.once("close", letGo);
    const work = async () => answer(exchangeOf(request, response, letGo));
    work().catch((error: unknown) => {
      const refused = error instanceof HttpRefusal;
      if (!refused) log({ level: "error", category: "host.http", message: messageOf(error) });
      if (response.headersSent) response.destroy();
      else response.writeHead(refused ? error.status : 500, { "content-length": "0" }).end();
    });
  };
}

async function answerWebhook(exchange: Exchange, needs: FrontNeeds, extension: string, path: string): Promise<void> {
  const { keys } = needs;
  const own = { durabletask: keys.systemKeys.durabletask_extension, eventgrid: keys.systemKeys.eventgrid_extension }[
    extension
  ];
  if (own === undefined) return sendStatus(exchange, 404);
  if (needs.enforceKeys && !isOneOf(givenKey(exchange), [own, keys.master])) return sendStatus(exchange, 401);
  return extension === "durabletask"
    ? answerDurable(exchange, path, needs.durable)
    : receiveEvents(exchange, needs.eventGrid);
}

async function answerAdmin(exchange: Exchange, needs: FrontNeeds): Promise<void> {
  if (/^\/admin\/host\/ping\/?$/i.test(exchange.path)) return sendStatus(exchange, 200);
  if (needs.enforceKeys && !isOneOf(givenKey(exchange), [needs.keys.master])) return sendStatus(exchange, 401);
  return administer(exchange, needs.admin);
}

async function answerFunction(exchange: Exchange, needs: FrontNeeds): Promise<void> {
  const match = findRoute(needs.routes, exchange.request.method ?? "GET", exchange.path);
  if (!match) return sendStatus(exchange, 404);
  const { name } = match.route.function;
  const key = givenKey(exchange);
  if (needs.isDisabled(name) && !isOneOf(key, [needs.keys.master])) return sendStatus(exchange, 404);
  if (needs.enforceKeys && !mayCall(match.route, key, needs.keys)) return sendStatus(exchange, 401);
  try {
    if (needs.streamTarget) await streamFunction(exchange, match, needs.invoke, needs.streamTarget);
    else await callFunction(exchange, match, needs.invoke, needs.bodyLimit);
  } catch (error) {
    if (error instanceof HttpRefusal) throw error;
    needs.log({
      level: "error",
      category: "host.http",
      function: name,
      message: `Executed 'Functions.${name}' (Failed): ${messageOf(error)}`,
    });
    throw new HttpRefusal(500);
  }
}

function mayCall({ level }: Route, key: string | undefined, keys: HostKeys): boolean {
  if (level === "anonymous") return true;
  return isOneOf(key, level === "admin" ? [keys.master] : [keys.function, keys.master]);
}
