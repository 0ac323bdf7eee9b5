import { soon } from "../compute/answers.ts";
import { asJson } from "../compute/paths.ts";
import type { Answer, Call, JsonObject, World } from "../world.ts";
import { clearBuild } from "./buildResources.ts";
import { abandonTarget } from "./distribute.ts";
import { existing } from "./existing.ts";
import { scheduleSettlement, showEnd } from "./finish.ts";
import { cancelJob } from "./jobs.ts";
import { closeLog } from "./log.ts";
import { notAllowed } from "./refusals.ts";
import { provisioningWord, runWord } from "./run.ts";
import { findRun, putRun } from "./runs.ts";
import { changeTemplate, findTemplate, lastRunOf, notEnded, secretsOf } from "./template.ts";

/** POST cancel: 204 at once, without headers or body; the run is Canceling for a while (recorded), or for good where a switch says so. */
export function cancel(world: World, call: Call): Answer {
  const template = existing(world, call);
  const last = lastRunOf(template);
  const run = findRun(world, secretsOf(template).runId);
  if (last?.runState !== "Running" || !run)
    throw notAllowed(world.switches.guardStatus, "cancel/action", provisioningWord(template), runWord(template));
  if (!world.switches.cancelStuck)
    world.jobs.at(soon(world, world.switches.cancelSeconds), cancelJob, { runId: run.runId });
  putRun(world, { ...run, state: "canceling" });
  const lastRunStatus = {
    startTime: last.startTime,
    endTime: notEnded,
    runState: "Canceling",
    message: "Canceling image build",
  };
  changeTemplate(world, template.id, { lastRunStatus });
  return { status: 204 };
}

/** Ends a cancelled run. What was distributed stays, and has no run output. */
export function endCancel(world: World, payload: JsonObject): void {
  const run = findRun(world, String(payload.runId));
  const template = run && findTemplate(world, run.templateId);
  if (run?.state !== "canceling" || !template) return;
  const target = run.steps[run.step]?.target;
  if (target !== undefined) abandonTarget(world, run, target);
  const outcome = { runState: "Canceled" } as const;
  closeLog(world, run, outcome);
  clearBuild(world, template);
  scheduleSettlement(world, run.runId, world.clock.now());
  showEnd(world, template, "Canceled", "Image build was canceled", secretsOf(template).failedInARow ?? 0);
  putRun(world, { ...run, outcome, state: "ended" });
}

/** For a run that is stuck in Canceling: ends it after all, as support does. */
export function releaseCancel(world: World, templateId: string): void {
  const template = findTemplate(world, templateId);
  const run = findRun(world, template && secretsOf(template).runId);
  if (run?.state === "canceling") world.jobs.at(world.clock.now(), cancelJob, asJson({ runId: run.runId }));
}
