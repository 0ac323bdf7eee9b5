import { type DurableClient, OrchestrationRuntimeStatus } from "durable-functions";
import { activeStates, type Build, isFinal } from "../../shared/build.ts";
import type { Deps } from "../activities/deps.ts";
import { carriedHere, orderOfBuild } from "../building.ts";
import { startOnce } from "../start.ts";

const dead: readonly unknown[] = [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

/** Ends builds whose orchestration is gone: without it nobody gives back what they were granted, or tells how they ended. Only those that this task hub began, for of others it knows nothing. */
export async function buryLost(deps: Deps, client: DurableClient): Promise<number> {
  const active = await Promise.all(activeStates.map((state) => deps.store.builds.list({ state, limit: 200 })));
  let buried = 0;
  for (const build of active.flatMap(({ items }) => items))
    if (await isLost(deps, client, build)) {
      const order = await orderOfBuild(deps, build.id);
      if (!order) continue;
      await startOnce(client, "buryBuild", `${build.id}:lost`, order);
      buried++;
    }
  return buried;
}

async function isLost(deps: Deps, client: DurableClient, { id, state }: Build): Promise<boolean> {
  if (!(await carriedHere(deps, id))) return false;
  const status = await statusOf(client, id);
  // What was never started is started by the same timer.
  if (status === undefined ? state === "queued" : !dead.includes(status)) return false;
  // It may have ended, and told so, since it was listed.
  const now = await deps.store.builds.get(id);
  return now !== undefined && !isFinal(now.state);
}

async function statusOf(client: DurableClient, id: string): Promise<OrchestrationRuntimeStatus | undefined> {
  try {
    return (await client.getStatus(id))?.runtimeStatus;
  } catch (error) {
    if (/HTTP 404/.test(String(error))) return undefined;
    throw error;
  }
}
