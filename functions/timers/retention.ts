import { type DurableClient, OrchestrationRuntimeStatus } from "durable-functions";
import type { Deps } from "../activities/deps.ts";

/** Only what is over; a build that waits for a right stays however old it is. */
const over = [
  OrchestrationRuntimeStatus.Completed,
  OrchestrationRuntimeStatus.Failed,
  OrchestrationRuntimeStatus.Terminated,
];

const dayMs = 24 * 3_600_000;

/** Deletes durable history that is older than the setting says; what people ask for later (builds, ledger, reports) is in the store. Answers how many instances went. */
export async function forgetHistory({ settings }: Deps, client: DurableClient, now = new Date()): Promise<number> {
  const until = new Date(now.getTime() - settings.retentionDays * dayMs);
  const { instancesDeleted } = await client.purgeInstanceHistoryBy({
    createdTimeFrom: new Date(0),
    createdTimeTo: until,
    runtimeStatus: over,
  });
  return instancesDeleted;
}
