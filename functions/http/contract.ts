import type { z } from "zod";
import type { table } from "./index.ts";

/**
 * What every route takes and answers, by `METHOD path`, inferred from the route table: the typed client of the command line and the
 * page. Whoever uses it carries nothing of the app along.
 */
export type Contract = { readonly [R in Row as `${R["method"]} ${R["path"]}`]: Terms<R> };

/** The name of a route in `Contract`. */
export type Operation = keyof Contract;

type Row = (typeof table)[number];

interface Terms<R extends Row> {
  readonly params: Readonly<Record<Parameter<R["path"]>, string>>;
  readonly body: Parsed<R["body"]>;
  readonly query: Partial<Parsed<R["query"]>>;
  readonly answer: Answered<NonNullable<R["answers"]>[number]>;
}

type Parameter<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Parameter<Rest> : never;
type Parsed<S> = NonNullable<S> extends z.ZodType<infer T> ? T : never;

/** The JSON of success; `never` where a route answers with text only. */
type Answered<A> = A extends {
  readonly status: 200 | 202;
  readonly type?: undefined;
  readonly schema: z.ZodType<infer T>;
}
  ? T
  : never;

type Given<K extends string, T> = [T] extends [never]
  ? object
  : keyof T extends never
    ? object
    : { readonly [k in K]: T };

/** A route without a body, and one that takes any, may be asked without. */
type Body<T> = [T] extends [never] ? object : unknown extends T ? { readonly body?: unknown } : { readonly body: T };

/** What a caller gives along with an operation. */
export type Asked<O extends Operation> = Given<"params", Contract[O]["params"]> &
  Body<Contract[O]["body"]> & {
    readonly query?: { readonly [Q in keyof Contract[O]["query"]]?: string | number | undefined };
  };

/** What an operation answers when all is well. */
export type Answer<O extends Operation> = Contract[O]["answer"];

/** The request that an operation stands for; its path is below `/api/`. */
export function requestOf<O extends Operation>(operation: O, asked: Asked<O>): { method: string; path: string } {
  const { params = {}, query = {} } = asked as {
    readonly params?: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, unknown>>;
  };
  const [method = "", template = ""] = operation.split(" ");
  const path = template.replace(/\{(\w+)[^}]*\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return { method, path: search ? `${path}?${search}` : path };
}
