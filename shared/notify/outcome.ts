import type { Problem } from "../problem.ts";

/** What is told: the attributes of a CloudEvent and its data. */
export interface Notice {
  /** The same over all attempts. */
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  /** ISO, UTC. */
  readonly time: string;
  readonly data: unknown;
}

/** How one attempt ended for good; what may go better later is thrown (`DeliveryFault`). */
export type DeliveryOutcome =
  | { readonly kind: "delivered" }
  | {
      readonly kind: "rejected";
      readonly problem: Problem;
      /** The receiver is gone and wants nothing more (410). */
      readonly disable?: true;
    };

/** An attempt that failed and may be repeated, after `retryAfterSeconds` where the receiver said so. */
export class DeliveryFault extends Error {
  readonly retryAfterSeconds?: number;
  constructor(message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = "DeliveryFault";
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A rejection, as a problem that names the target and never its address. */
export function rejected(target: string, code: string, title: string, fix: string): DeliveryOutcome {
  return { kind: "rejected", problem: { code, title: `${target}: ${title}`, fix: [fix] } };
}

/** Seconds of a `Retry-After` header, which is a number of seconds or a date; undefined for anything else. */
export function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
