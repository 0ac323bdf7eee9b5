import { createHash } from "node:crypto";
import { type DurableClient, OrchestrationRuntimeStatus } from "durable-functions";
import { isFinal } from "../../shared/build.ts";
import type { Verification } from "../../shared/verification.ts";
import type { Deps } from "../activities/deps.ts";
import { startOnce } from "../start.ts";

const over = [
  OrchestrationRuntimeStatus.Completed,
  OrchestrationRuntimeStatus.Failed,
  OrchestrationRuntimeStatus.Terminated,
];

/** Which sweep a verification had last. */
const sweepDocument = (id: string) => `verifications/${id}/sweep.json`;

/** Starts what was written down but never started, and has removed what outlived its orchestration: one removal per scheduled moment, and none while an earlier one is at work. Answers how many. */
export async function sweepVerifications(deps: Deps, client: DurableClient, moment: string): Promise<number> {
  let swept = 0;
  for (const one of await deps.store.verifications.open()) {
    const state = await instanceState(client, one.id);
    if (state === "running") continue;
    if (state === "none" && (await mayStillStart(deps, client, one))) continue;
    const before = await deps.store.documents.get<{ readonly instance: string }>(sweepDocument(one.id));
    if (before && (await instanceState(client, before.instance)) === "running") continue;
    const tick = createHash("sha256").update(moment).digest("hex").slice(0, 8);
    const instance = `${one.id}:sweep-${tick}`;
    await deps.store.documents.put(sweepDocument(one.id), { instance });
    await startOnce(client, "sweepVerification", instance, { verificationId: one.id });
    swept += 1;
  }
  return swept;
}

/** A verification of its own is started now; one of a build will be, while the build goes on. */
async function mayStillStart({ store }: Deps, client: DurableClient, one: Verification): Promise<boolean> {
  if (one.state !== "queued") return false;
  if (one.buildId === undefined) {
    await startOnce(client, "verifyImage", one.id, { verificationId: one.id });
    return true;
  }
  const build = await store.builds.get(one.buildId);
  return build !== undefined && !isFinal(build.state);
}

async function instanceState(client: DurableClient, id: string): Promise<"running" | "over" | "none"> {
  try {
    const status = await client.getStatus(id);
    if (!status) return "none";
    return over.includes(status.runtimeStatus) ? "over" : "running";
  } catch (error) {
    if (/HTTP 404/.test(String(error))) return "none";
    throw error;
  }
}
