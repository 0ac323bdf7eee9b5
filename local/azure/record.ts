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

/** Writes exchanges to a file, tokens masked; does nothing without a file. */
export function recorder(file: string | undefined): (exchange: Exchange) => void {
  if (!file) return () => {};
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
