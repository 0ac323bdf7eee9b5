import { asJson, at } from "../compute/paths.ts";
import type { JsonObject, Resource, World } from "../world.ts";
import { spendBuildFault } from "./buildFaults.ts";
import { clearBuild } from "./buildResources.ts";
import { settleJob } from "./jobs.ts";
import { closeLog } from "./log.ts";
import { putOutputs } from "./outputs.ts";
import { runAction } from "./run.ts";
import { findRun, putRun, type Run, type RunFailure } from "./runs.ts";
import { changeTemplate, findTemplate, goTime, lastRunOf, type RunState, secretsOf } from "./template.ts";
import { judgeTrigger } from "./triggers.ts";

/** Ends a run whose steps are all done: how many of its targets have their image decides how. */
export function endRun(world: World, run: Run): void {
  const results = Object.entries(run.results);
  const failed = results.filter(([, result]) => result.kind === "failed");
  if (run.validationFailure) close(world, run, "Failed", run.validationFailure);
  else if (failed.length === 0) close(world, run, "Succeeded", undefined);
  else close(world, run, failed.length === results.length ? "Failed" : "PartiallySucceeded", distributionFailure(run));
}

/** The frame of the text is the troubleshooting page's. */
function distributionFailure(run: Run): RunFailure {
  const results = Object.entries(run.results);
  const failed = results.filter(([, result]) => result.kind === "failed");
  const errors = failed.map(
    ([target, result], index) =>
      `[Error ${index}] [Distribute ${target}] ${result.kind === "failed" ? result.message : ""}`,
  );
  const message = `Failed in distributing ${failed.length} images out of total ${results.length}: {${errors.join(" ")}}`;
  return { code: "InternalOperationError", message };
}

/** Ends a run that failed before its images were distributed. */
export function failRun(world: World, run: Run, failure: RunFailure): void {
  close(world, run, "Failed", failure);
}

function close(world: World, run: Run, runState: RunState, failure: RunFailure | undefined): void {
  const template = findTemplate(world, run.templateId);
  if (!template) return;
  const outcome = failure ? { runState, failure } : { runState };
  closeLog(world, run, outcome);
  putOutputs(world, template, run);
  if (!keepsBuild(template, run, runState)) clearBuild(world, template);
  if (failure) spendBuildFault(world, template.id);
  scheduleSettlement(world, run.runId, world.clock.now() + world.switches.operationLagSeconds * 1000);
  const failedInARow = failure ? (secretsOf(template).failedInARow ?? 0) + 1 : 0;
  judgeTrigger(world, template, failedInARow);
  showEnd(world, template, runState, failure?.message ?? "", failedInARow);
  putRun(world, { ...run, outcome, state: "ended" });
}

/** Ends the record behind a run's headers at `due`, and raises the event. */
export function scheduleSettlement(world: World, runId: string, due: number): void {
  world.jobs.at(due, settleJob, { runId });
}

/** With `abort` the service leaves the build VM for whoever wants to look (image-builder.md §2.4). */
function keepsBuild(template: Resource, run: Run, runState: RunState): boolean {
  const state = run.steps[run.step]?.state;
  const field =
    state === "Customizing" ? "onCustomizerError" : state === "Validating" ? "onValidationError" : undefined;
  return (
    runState === "Failed" && field !== undefined && at(template.body, "properties", "errorHandling", field) === "abort"
  );
}

/** Shows a final state; the sub state is gone then (recorded). */
export function showEnd(
  world: World,
  template: Resource,
  runState: RunState,
  message: string,
  failedInARow: number,
): void {
  const endTime = goTime(world.clock.now());
  const startTime = lastRunOf(template)?.startTime ?? endTime;
  changeTemplate(world, template.id, { lastRunStatus: { startTime, endTime, runState, message } }, { failedInARow });
}

/** About a minute after `lastRunStatus` the operation record follows, and with it the event (image-builder.md §1.3). */
export function settle(world: World, payload: JsonObject): void {
  const run = findRun(world, String(payload.runId));
  if (!run?.outcome || (run.operationId && world.operations.get(run.operationId)?.status !== "InProgress")) return;
  const { runState, failure } = run.outcome;
  raise(world, run, runState);
  if (!run.operationId) return;
  const status =
    runState === "Succeeded"
      ? "Succeeded"
      : runState === "Canceled"
        ? world.switches.cancelledOperationStatus
        : "Failed";
  const error = failure ?? { code: "OperationCanceled", message: "The image build was canceled." };
  world.operations.finish(
    run.operationId,
    status === "Succeeded" ? { status } : { status, error: asJson({ code: error.code, message: error.message }) },
  );
}

function raise(world: World, run: Run, runState: RunState): void {
  const accepted = run.startedBy === "caller" && world.switches.runEventAt === "acceptance";
  if (accepted || (run.startedBy !== "caller" && !world.switches.serviceWritesRaiseEvents)) return;
  const ending = runState === "Succeeded" ? "Success" : runState === "Canceled" ? "Cancel" : "Failure";
  world.events.emit({
    eventType: `Microsoft.Resources.ResourceAction${ending}`,
    resourceId: run.templateId,
    operationName: runAction,
    caller: run.caller,
    correlationId: run.correlationId,
  });
}
