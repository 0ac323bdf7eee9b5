import type { DurableClient } from "durable-functions";
import type { Orchestrations } from "../orchestrations/index.ts";

type Input<K extends keyof Orchestrations> = Parameters<Orchestrations[K]>[1];

/**
 * Starts an orchestration under an id of our choosing, unless it was ever started: the durable client replaces
 * finished instances, so it is read first. Two starters at the same moment: one wins, the other joins.
 */
export async function startOnce<K extends keyof Orchestrations>(
  client: DurableClient,
  name: K,
  instanceId: string,
  input: Input<K>,
): Promise<"started" | "joined"> {
  if (await known(client, instanceId)) return "joined";
  try {
    await client.startNew(name, { instanceId, input });
    return "started";
  } catch (error) {
    if (await known(client, instanceId)) return "joined";
    throw error;
  }
}

/** Whether an instance of that id exists, in any state. */
async function known(client: DurableClient, instanceId: string): Promise<boolean> {
  try {
    return (await client.getStatus(instanceId)) !== undefined;
  } catch (error) {
    if (/HTTP 404/.test(String(error))) return false;
    throw error;
  }
}
