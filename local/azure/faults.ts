import { z } from "zod";

/** A fault on demand, as `POST /emulator/faults` takes it. */
export const faultSchema = z.strictObject({
  /** Only requests with this method; any without. */
  method: z.enum(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD"]).optional(),
  /** A regular expression, in any casing, somewhere in path and query. */
  path: z.string().optional(),
  /** Only requests of this principal (`owner`, `app` or a principal id). */
  caller: z.string().optional(),
  /** How many requests it hits; without, one. */
  times: z.int().min(1).default(1),
  /** How many matching requests pass before it begins. */
  skip: z.int().min(0).default(0),
  /**
   * `status`: this answer instead of Azure's. `acceptedThenStatus`: Azure does the work, this is the answer (a 504
   * although accepted). `reset` and `acceptedThenReset`: the connection is cut. `truncated`: Azure does the work, and the
   * connection is cut in the middle of the answer's body. `latency`: the answer comes late. `retryAfter`: Azure's answer, with
   * this Retry-After. `precededBy`: another client's `request` is answered first.
   */
  kind: z.enum([
    "status",
    "acceptedThenStatus",
    "reset",
    "acceptedThenReset",
    "truncated",
    "latency",
    "retryAfter",
    "precededBy",
  ]),
  /** What the owner sends just before, for `precededBy`: a `body` as it is, or a `merge` (RFC 7386) into what is read there. */
  request: z
    .strictObject({
      method: z.enum(["PUT", "PATCH", "POST", "DELETE"]).default("PUT"),
      url: z.string().startsWith("/subscriptions/"),
      body: z.json().optional(),
      merge: z.record(z.string(), z.json()).optional(),
    })
    .optional(),
  status: z.int().min(200).max(599).default(500),
  code: z.string().default("InternalServerError"),
  message: z.string().default("The server encountered an internal error. Please retry the request."),
  /** The whole body, instead of the one made of code and message; an empty text for no body. */
  body: z.json().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Real milliseconds, for `latency`. */
  milliseconds: z.number().min(0).default(1000),
});

export type Fault = z.output<typeof faultSchema>;

/** The faults that wait to happen. */
export interface Faults {
  add(fault: Fault): number;
  list(): readonly (Fault & { readonly id: number })[];
  clear(): void;
  /** The fault that this request suffers, counted down; undefined for none. */
  take(request: { method: string; url: string; caller: string; principalId: string }): Fault | undefined;
}

export function faultList(): Faults {
  let waiting: (Fault & { id: number })[] = [];
  let number = 0;
  return {
    add(fault) {
      waiting.push({ ...fault, id: ++number });
      return number;
    },
    list: () => waiting,
    clear() {
      waiting = [];
    },
    take(request) {
      for (const fault of waiting.filter((one) => matches(one, request))) {
        if (fault.skip > 0) {
          fault.skip -= 1;
          continue;
        }
        fault.times -= 1;
        if (fault.times <= 0) waiting = waiting.filter((one) => one !== fault);
        return fault;
      }
      return undefined;
    },
  };
}

function matches(fault: Fault, request: { method: string; url: string; caller: string; principalId: string }): boolean {
  return (
    (fault.method === undefined || fault.method === request.method) &&
    (fault.path === undefined || new RegExp(fault.path, "i").test(request.url)) &&
    (fault.caller === undefined || fault.caller === request.caller || fault.caller === request.principalId)
  );
}
