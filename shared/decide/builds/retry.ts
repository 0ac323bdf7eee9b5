import type { Problem } from "../../problem.ts";

/** How a failure that passes is tried again: seconds before each further run. Everything else is permanent until somebody acts. */
const policies: Readonly<Record<string, readonly number[]>> = {
  // The region's quota is used by builds that end (image-builder.md §6.5: about 25 fit).
  ContainerQuotaExceeded: [600, 1200, 1800],
  // No machine of that size was free just then; others end (image-builder.md §6.3).
  AllocationFailed: [900, 1800],
  // The troubleshooting page: another try often gets past it.
  IsolatedBuildFailed: [300],
  // "Generic error": now and then a hiccup, else rights or policy; once is enough to tell (image-builder.md §6.3).
  InternalOperationError: [300],
};

/** Seconds to wait before the run is asked for again after the `tried`-th one (from 1) failed so; undefined where trying again would not help. */
export function retryPause(problem: Problem | undefined, tried: number): number | undefined {
  return policies[problem?.code ?? ""]?.[tried - 1];
}
