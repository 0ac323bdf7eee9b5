import type { Problem } from "../problem.ts";

/** How one attempt ended for good; what may go better later is thrown (`DeliveryFault`). */
export type DeliveryOutcome =
  | {
      readonly kind: "delivered";
      /** What later messages about the same thing are to be hung on (a Slack thread). */
      readonly thread?: string;
    }
  | {
      readonly kind: "rejected";
      readonly problem: Problem;
      /** The receiver wants nothing more. */
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
export function rejected(
  target: string,
  code: string,
  title: string,
  fix: string,
): Extract<DeliveryOutcome, { kind: "rejected" }> {
  return { kind: "rejected", problem: { code, title: `${target}: ${title}`, fix: [fix] } };
}

/** Seconds of a `Retry-After` header, which is a number of seconds or a date; undefined for anything else. */
export function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
