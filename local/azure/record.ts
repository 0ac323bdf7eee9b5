import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** One exchange with the emulated Azure Resource Manager, as `--record` writes it: one JSON object a line. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: unknown;
  /** `owner`, `app`, or the principal's id. */
  readonly caller: string;
  /** Emulated UTC. */
  readonly at: string;
}

/** Takes one exchange. */
export type Recorder = (exchange: Exchange) => void;

/** Writes exchanges to a file, tokens masked, or hands them over; does nothing without a place for them. */
export function recorder(place: string | Recorder | undefined): Recorder {
  if (!place) return () => {};
  if (typeof place === "function") return (exchange) => place(masked(exchange));
  const file = place;
  mkdirSync(dirname(file), { recursive: true });
  return (exchange) => appendFileSync(file, `${JSON.stringify(masked(exchange))}\n`);
}

function masked(exchange: Exchange): Exchange {
  const { authorization, cookie: _, ...requestHeaders } = exchange.requestHeaders;
  return {
    ...exchange,
    requestHeaders: authorization ? { ...requestHeaders, authorization: "Bearer ***" } : requestHeaders,
  };
}
