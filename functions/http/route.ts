import type { HttpMethod, HttpRequest, HttpResponseInit } from "@azure/functions";
import type { DurableClient } from "durable-functions";
import type { z } from "zod";
import type { Deps } from "../activities/deps.ts";
import type { Caller, Reach } from "./caller.ts";

/** Who may call a route: anybody, whoever may read, whoever may build, whoever answers for what is granted and taken back. */
export type RouteRole = "anyone" | "reader" | "builder" | "approver";

/** What a handler is given: everything parsed. */
export interface Asked<B, Q> {
  readonly deps: Deps;
  readonly caller: Caller;
  /** What the caller's app role lets it work on. */
  readonly reach: Reach;
  readonly client: DurableClient;
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  readonly query: Q;
}

/** One way a route answers. */
export interface Answer {
  readonly status: number;
  readonly means: string;
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly type?: string;
  /** Headers beside the content type: name and what it says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request for the documentation; a test sends every one of them and compares the status. */
export interface Example {
  readonly title: string;
  /** Values of the path's parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What it is answered with. */
  readonly status: number;
}

/** One row of the route table: HTTP, OpenAPI and docs are made from it. */
export interface Route<B = unknown, Q = unknown> {
  /** The function's name. */
  readonly name: string;
  readonly method: HttpMethod;
  /** Below `/api/`, with `{parameters}`. */
  readonly path: string;
  readonly role: RouteRole;
  /** Settings under which it takes no key at all. */
  readonly opens?: (settings: Deps["settings"]) => boolean;
  readonly summary: string;
  readonly body?: z.ZodType<B>;
  readonly query?: z.ZodType<Q>;
  /** Headers a caller may send: name and what it does. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The resources a request is about; all must lie where a limited app role holds. Absent: everything, so that such a role does not open it. */
  readonly concerns?: (asked: Asked<B, Q>) => Reach | Promise<Reach>;
  /** How it answers besides what every route may say (400, 401, 404, 413, 503). */
  readonly answers?: readonly Answer[];
  readonly examples?: readonly Example[];
  readonly handle: (asked: Asked<B, Q>) => Promise<HttpResponseInit>;
}

/** For routes that choose what they show by `reach` themselves, and for those about nothing in Azure. */
export const noResource = (): Reach => [];

/** A row that still knows its types: what the typed client is made of (`contract.ts`). */
export type TypedRoute<B, Q, M extends HttpMethod, P extends string, A extends readonly Answer[]> = Omit<
  Route,
  "method" | "path" | "body" | "query" | "answers"
> & {
  readonly method: M;
  readonly path: P;
  readonly body?: z.ZodType<B>;
  readonly query?: z.ZodType<Q>;
  readonly answers?: A;
};

/** Types a row without losing what its schemas parse to. */
export const route = <
  const M extends HttpMethod,
  const P extends string,
  B = never,
  Q = never,
  const A extends readonly Answer[] = readonly [],
>(
  row: Route<B, Q> & { readonly method: M; readonly path: P; readonly answers?: A },
): TypedRoute<B, Q, M, P, A> => row as unknown as TypedRoute<B, Q, M, P, A>;
