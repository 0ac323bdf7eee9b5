import type { HttpMethod, HttpRequest, HttpResponseInit } from "@azure/functions";
import type { DurableClient } from "durable-functions";
import type { z } from "zod";
import type { Deps } from "../activities/deps.ts";

/** Who may call a route: anybody, whoever may read, whoever may build. */
export type RouteRole = "anyone" | "reader" | "builder";

/** What a handler is given: everything parsed. */
export interface Asked<B, Q> {
  readonly deps: Deps;
  readonly client: DurableClient;
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  readonly query: Q;
}

/** One row of the route table: HTTP, OpenAPI and docs are made from it. */
export interface Route<B = unknown, Q = unknown> {
  /** The function's name. */
  readonly name: string;
  readonly method: HttpMethod;
  /** Below `/api/`, with `{parameters}`. */
  readonly path: string;
  readonly role: RouteRole;
  readonly summary: string;
  readonly body?: z.ZodType<B>;
  readonly query?: z.ZodType<Q>;
  readonly handle: (asked: Asked<B, Q>) => Promise<HttpResponseInit>;
}

/** Types a row without losing what its schemas parse to. */
export const route = <B, Q>(row: Route<B, Q>): Route => row as Route;
