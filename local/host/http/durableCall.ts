import type { HubClient } from "../engine/client.ts";
import type { Instance } from "../engine/store.ts";
import { type DurableAddress, managementUrls } from "./durableLinks.ts";
import { type StatusOptions, statusOf } from "./durableStatus.ts";
import { type Exchange, sendJson } from "./exchange.ts";

/** What the Durable API needs. */
export interface DurableNeeds {
  readonly hub: HubClient;
  readonly orchestratorName: (name: string) => string | undefined;
  readonly address: DurableAddress;
  readonly defaultVersion: string | null;
  readonly bodyLimit: number;
}

/** One call of the API. */
export interface Call {
  readonly exchange: Exchange;
  readonly needs: DurableNeeds;
  readonly query: URLSearchParams;
  readonly parts: readonly string[];
}

/** The stored form of a JSON body: null for nothing or `null`; undefined where it is not JSON. */
export function normalJson(text: string): string | null | undefined {
  if (text === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? null : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** 202 with the addresses under which an instance is followed and managed. */
export function accepted({ exchange, needs }: Call, id: string): void {
  const { rewindPostUri: _omitted, ...links } = managementUrls(ownAddress(exchange, needs), id);
  sendJson(exchange, 202, links, { location: links.statusQueryGetUri!, "retry-after": "10" });
}

/** Links lead back to where the caller came from. */
function ownAddress({ request }: Exchange, { address }: DurableNeeds): DurableAddress {
  return request.headers.host ? { ...address, origin: `http://${request.headers.host}` } : address;
}

/** Whether a query parameter is `true`. */
export const isTrue = (query: URLSearchParams, name: string) => query.get(name)?.toLowerCase() === "true";

/** An instance as the query asks to see it. */
export function show(
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

/** An error as the extension words it. */
export function refuse(exchange: Exchange, statusCode: number, message: string): void {
  sendJson(exchange, statusCode, {
    Message: message,
    ExceptionMessage: message,
    ExceptionType: "System.ArgumentException",
  });
}
