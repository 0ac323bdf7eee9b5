import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { ForbiddenAddress, guardedLookup, type Lookup, urlFault } from "./address.ts";
import { DeliveryFault, type DeliveryOutcome, rejected, retryAfter } from "./outcome.ts";

/** How targets are called. */
export interface PostSettings {
  readonly allowLoopback: boolean;
  readonly timeoutSeconds: number;
  /** Certificate authorities to trust (PEM) in place of the machine's. */
  readonly ca?: string;
  readonly lookup?: Lookup;
}

/** What a target answered, as far as it counts. */
export interface Answer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  /** At most the first 8 KiB. */
  readonly text: string;
}

const mostText = 8192;

/**
 * Posts once: no redirects, no kept connection, and the whole call within the time-out. Throws `ForbiddenAddress` for an
 * address that must never be called, and `DeliveryFault`, without the address, where no answer came.
 */
export async function post(
  target: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  settings: PostSettings,
): Promise<Answer> {
  const fault = urlFault(url, settings.allowLoopback);
  if (fault) throw new ForbiddenAddress(fault);
  try {
    return await send(new URL(url), { "content-length": String(Buffer.byteLength(body)), ...headers }, body, settings);
  } catch (error) {
    if (error instanceof ForbiddenAddress) throw error;
    throw error instanceof DeliveryFault ? error : new DeliveryFault(`${target}: ${connectionFault(error)}`);
  }
}

function send(url: URL, headers: Record<string, string>, body: string, settings: PostSettings): Promise<Answer> {
  const { ca, allowLoopback, timeoutSeconds } = settings;
  const open = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const tooLong = setTimeout(
      () => request.destroy(new DeliveryFault(`no answer within ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    );
    const lookup = guardedLookup(allowLoopback, settings.lookup);
    const options = { method: "POST", headers: { "user-agent": "goldsmith", ...headers }, agent: false, lookup };
    const request = open(url, { ...options, ...(ca === undefined ? {} : { ca }) }, (response: IncomingMessage) => {
      const seconds = retryAfter(response.headers["retry-after"]);
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length >= mostText) response.destroy();
      });
      response.on("error", () => {});
      response.on("close", () =>
        resolve({
          status: response.statusCode ?? 0,
          text: text.slice(0, mostText),
          ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
        }),
      );
    });
    request.on("error", reject).on("close", () => clearTimeout(tooLong));
    request.end(body);
  });
}

const temporary = [408, 429];

/** Only 2xx is delivered; other 4xx (but 408 and 429) will be said again to the same message, 410 to every message. */
export function judge(target: string, { status, retryAfterSeconds }: Answer): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) return gone(target, "answered 410 Gone and wants nothing more");
  if (status >= 400 && status < 500 && !temporary.includes(status))
    return rejected(
      target,
      "TargetRejected",
      `answered ${status}`,
      "Check the target's address, its secret and what it accepts.",
    );
  const redirect = status >= 300 && status < 400 ? " (redirects are not followed: set the final address)" : "";
  throw new DeliveryFault(`${target}: answered ${status}${redirect}`, retryAfterSeconds);
}

/** The target wants nothing more: it is told no further messages until a test of it succeeds. */
export const gone = (target: string, why: string): DeliveryOutcome => ({
  ...rejected(
    target,
    "TargetGone",
    why,
    `Mend the target or remove it; POST /api/targets/${target}/test turns it on again.`,
  ),
  disable: true,
});

/** A connection error in words without the address; Node's own message has host and port in it. */
function connectionFault(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return `could not be reached${typeof code === "string" ? ` (${code})` : ""}`;
}
