import { asJson, at } from "../compute/paths.ts";
import type { JsonObject, Resource, World } from "../world.ts";
import { buildFaultOf } from "./buildFaults.ts";
import { deployBuild } from "./buildResources.ts";
import { beginTarget, finishTarget, startArtifact } from "./distribute.ts";
import { distributionTimedOut, timedOut } from "./failures.ts";
import { endRun, failRun } from "./finish.ts";
import { failJob, replicatedJob, stepJob } from "./jobs.ts";
import { logStep } from "./log.ts";
import type { Obstacle } from "./networkChecks.ts";
import { obstacleOf } from "./obstacles.ts";
import { putOutputs } from "./outputs.ts";
import { findRun, putRun, type Run, type RunFailure, runAt, type Step } from "./runs.ts";
import { findSource } from "./sources.ts";
import { changeTemplate, findTemplate, lastRunOf } from "./template.ts";

/**
 * Leaves one step of a run and enters the next; after the last one, the run is over. The step is written down last of all:
 * a job that a kill cuts off is done again and finds what it had already planned.
 */
export function advance(world: World, payload: JsonObject): void {
  const run = runAt(world, String(payload.runId), Number(payload.step));
  const template = run && findTemplate(world, run.templateId);
  if (!run || !template) return;
  const left = leave(world, template, run);
  const next = left.steps[left.step + 1];
  if (next) enter(world, template, left, next);
  else endRun(world, left);
}

function leave(world: World, template: Resource, run: Run): Run {
  const step = run.steps[run.step];
  if (step?.target === undefined) return run;
  const result = finishTarget(world, template, run, step.target);
  return result ? putRun(world, { ...run, results: { ...run.results, [step.target]: result } }) : run;
}

/** Enters a step: shows its sub state, and sees whether anything stands in its way. */
function enter(world: World, template: Resource, before: Run, step: Step): void {
  const run = { ...prepared(world, template, before, step), step: before.step + 1 };
  const obstacle = step.target === undefined ? obstacleOf(world, template, run, step) : undefined;
  logStep(world, template, run, step, obstacle);
  if (step.state === "Building" && !obstacle) deployBuild(world, template, run);
  scheduleEnd(world, run, step, obstacle);
  showSubState(world, template, step);
  putRun(world, run);
}

/** The next job of the run: the following step, or the failure that ends it, the time limit's at the latest. */
function scheduleEnd(world: World, run: Run, step: Step, obstacle: Obstacle | undefined): void {
  if (buildFaultOf(world, run.templateId, step.state)?.hangs) return;
  const now = world.clock.now();
  const end = now + Math.round((obstacle?.seconds ?? step.seconds) * 1000);
  const late = run.deadline !== undefined && end > run.deadline;
  const target = late && run.results[step.target ?? -1]?.kind === "planned" ? step.target : undefined;
  if (target !== undefined) world.jobs.at(end, replicatedJob, { runId: run.runId, target });
  const tooLong = target === undefined ? timedOut(run) : distributionTimedOut(run, target);
  const failure = late ? tooLong : obstacle?.failure;
  const due = late ? Math.max(now, run.deadline ?? 0) : end;
  const position = { runId: run.runId, step: run.step };
  if (failure) world.jobs.at(due, failJob, asJson({ ...position, failure }));
  else world.jobs.at(due, stepJob, asJson(position));
}

/** What a step settles when it begins: the source's version in Building, the time limit after it, the target's version number in Distributing. */
function prepared(world: World, template: Resource, run: Run, step: Step): Run {
  if (step.state === "Building") return resolveSource(world, template, run);
  const limited = run.deadline === undefined ? { ...run, deadline: world.clock.now() + timeoutOf(template) } : run;
  if (step.target === undefined) return limited;
  const result = beginTarget(world, template, limited, step.target);
  const planned = putRun(world, { ...limited, results: { ...limited.results, [step.target]: result } });
  startArtifact(world, template, planned, step.target);
  return planned;
}

/** `buildTimeoutInMinutes` in milliseconds; it covers everything after the build VM stands (image-builder.md §2.4). */
function timeoutOf(template: Resource): number {
  const minutes = Number(at(template.body, "properties", "buildTimeoutInMinutes") ?? 0);
  return (minutes || 240) * 60_000;
}

/** `latest` is resolved when the build runs, and shown as the source's `exactVersion` from then on. */
function resolveSource(world: World, template: Resource, run: Run): Run {
  const found = findSource(world, template);
  if (found.kind === "missing") return run;
  const source = at(template.body, "properties", "source") as JsonObject;
  if (found.image.exactVersion)
    changeTemplate(world, template.id, { source: { ...source, exactVersion: found.image.exactVersion } });
  return { ...run, source: found.image };
}

function showSubState(world: World, template: Resource, step: Step): void {
  const before = lastRunOf(template);
  if (before) changeTemplate(world, template.id, { lastRunStatus: asJson({ ...before, runSubState: step.state }) });
}

/** A step failed: validation that may be ignored goes on to distribution, everything else ends the run. */
export function fail(world: World, payload: JsonObject): void {
  const run = runAt(world, String(payload.runId), Number(payload.step));
  const template = run && findTemplate(world, run.templateId);
  if (!run || !template) return;
  const failure = payload.failure as unknown as RunFailure;
  const goesOn = at(template.body, "properties", "validate", "continueDistributeOnFailure") === true;
  if (run.steps[run.step]?.state === "Validating" && goesOn) {
    putRun(world, { ...run, validationFailure: failure });
    advance(world, { runId: run.runId, step: run.step });
  } else failRun(world, run, failure);
}

/** A version that its run did not wait for is replicated: it is there, and the run's output says so. */
export function endReplication(world: World, payload: JsonObject): void {
  const { runId, target } = payload as { runId: string; target: number };
  const run = findRun(world, runId);
  const template = run && findTemplate(world, run.templateId);
  if (!run || !template) return;
  const result = finishTarget(world, template, run, target);
  if (result) putOutputs(world, template, putRun(world, { ...run, results: { ...run.results, [target]: result } }));
}
