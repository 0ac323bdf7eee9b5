import type { Clock } from "../clock.ts";
import type { Switches } from "./switches.ts";
import { AzureError, type Method } from "./world.ts";

/** ARM's token buckets (rbac-network-arm.md §6.1): one per principal, subscription and kind of request, and one 15 times as large for all principals. */
export interface Throttle {
  /** Takes a token of each bucket and tells what is left, as headers; throws 429 `SubscriptionRequestsThrottled` when one is empty. */
  take(method: Method, subscriptionId: string | undefined, principalId: string): Record<string, string>;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

const globalFactor = 15;

export function throttleOf(clock: Clock, switches: Switches): Throttle {
  const buckets = new Map<string, Bucket>();

  return {
    take(method, subscriptionId, principalId) {
      const kind = kindOf(method);
      const [size, refill] = switches[`${kind}Bucket`];
      const owner = subscriptionId?.toLowerCase() ?? "tenant";
      const own = bucket(`${owner}/${principalId}/${kind}`, size, refill);
      const all = bucket(`${owner}//${kind}`, size * globalFactor, refill * globalFactor);
      if (own.tokens < 1 || all.tokens < 1) {
        const wait = Math.max((1 - own.tokens) / refill, (1 - all.tokens) / (refill * globalFactor));
        throw throttled(kind, subscriptionId, principalId, Math.max(1, Math.ceil(wait)));
      }
      own.tokens -= 1;
      all.tokens -= 1;
      const level = subscriptionId ? "subscription" : "tenant";
      const headers = { [`x-ms-ratelimit-remaining-${level}-${kind}s`]: String(Math.floor(own.tokens)) };
      return subscriptionId
        ? { ...headers, [`x-ms-ratelimit-remaining-subscription-global-${kind}s`]: String(Math.floor(all.tokens)) }
        : headers;
    },
  };

  function bucket(key: string, size: number, refill: number): Bucket {
    const now = clock.now();
    const known = buckets.get(key) ?? { tokens: size, filledAt: now };
    known.tokens = Math.min(size, known.tokens + (Math.max(0, now - known.filledAt) / 1000) * refill);
    known.filledAt = now;
    buckets.set(key, known);
    return known;
  }
}

/** POST actions count as writes (measured by a third party, §6.1). */
function kindOf(method: Method): "read" | "write" | "delete" {
  if (method === "GET" || method === "HEAD") return "read";
  return method === "DELETE" ? "delete" : "write";
}

function throttled(kind: string, subscriptionId: string | undefined, principalId: string, seconds: number): AzureError {
  const where = subscriptionId ? `subscription '${subscriptionId}'` : "the tenant";
  return new AzureError(
    429,
    subscriptionId ? "SubscriptionRequestsThrottled" : "TenantRequestsThrottled",
    `Number of '${kind}' requests for ${where} actor '${principalId}' exceeded. Please try again after '${seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`,
    { headers: { "retry-after": String(seconds), "x-ms-failure-cause": "gateway" } },
  );
}
