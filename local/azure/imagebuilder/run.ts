import { correlationOf } from "../compute/answers.ts";
import { asJson } from "../compute/paths.ts";
import type { Answer, Call, Caller, Resource, World } from "../world.ts";
import { existing } from "./existing.ts";
import { stepJob } from "./jobs.ts";
import { openLog } from "./log.ts";
import { notAllowed } from "./refusals.ts";
import { putRun, type Run } from "./runs.ts";
import { planSteps } from "./steps.ts";
import {
  changeTemplate,
  findTemplate,
  goTime,
  lastRunOf,
  locationOf,
  notEnded,
  provisioningStateOf,
  secretsOf,
  templateType,
} from "./template.ts";

/** Action and operation name of a run. */
export const runAction = `${templateType}/run/action`;

/** POST run: 202 with both headers, no body, no Retry-After (recorded); one run at a time. */
export function run(world: World, call: Call): Answer {
  const template = existing(world, call);
  guard(world, template, "run");
  const operation = world.operations.begin(call, "Microsoft.VirtualMachineImages", locationOf(template), {
    asyncOperation: true,
    location: true,
  });
  const correlationId = correlationOf(world, call);
  startRun(world, template.id, { startedBy: "caller", caller: call.caller, correlationId, operationId: operation.id });
  if (world.switches.runEventAt === "acceptance") {
    const eventType = "Microsoft.Resources.ResourceActionSuccess";
    world.events.emit({
      eventType,
      resourceId: template.id,
      operationName: runAction,
      caller: call.caller,
      correlationId,
    });
  }
  return { status: 202, headers: { ...operation.headers, "x-ms-request-id": operation.id } };
}

/** How a provisioning state is called in the texts of refusals. */
export function provisioningWord(template: Resource): string {
  const state = provisioningStateOf(template);
  return state === "Succeeded" ? "provisioned" : state.toLowerCase();
}

/** How the run state is called there; a template that never ran has none. */
export function runWord(template: Resource): string {
  return lastRunOf(template)?.runState.toLowerCase() ?? "none";
}

/** Whether a run is under way. */
export function isBusy(template: Resource): boolean {
  const state = lastRunOf(template)?.runState;
  return state === "Running" || state === "Canceling";
}

function guard(world: World, template: Resource, operation: string): void {
  if (provisioningStateOf(template) === "Succeeded" && !isBusy(template)) return;
  throw notAllowed(world.switches.guardStatus, operation, provisioningWord(template), runWord(template));
}

interface Start {
  readonly startedBy: Run["startedBy"];
  readonly caller?: Caller;
  readonly correlationId?: string;
  readonly operationId?: string;
}

/** Starts a run of a template that is ready; does nothing where it is busy or gone. */
export function startRun(world: World, templateId: string, start: Start): Run | undefined {
  const template = findTemplate(world, templateId);
  if (!template || isBusy(template)) return undefined;
  const runId = world.guid();
  const startedAt = world.clock.now();
  const steps = planSteps(world, template);
  const run = putRun(world, {
    runId,
    templateId: template.id,
    packerId: world.guid(),
    caller: secretsOf(template).submittedBy,
    correlationId: start.correlationId ?? world.guid(),
    ...start,
    startedAt,
    steps,
    step: 0,
    state: "running",
    results: {},
  });
  openLog(world, template, run);
  const lastRunStatus = {
    startTime: goTime(startedAt),
    endTime: notEnded,
    runState: "Running",
    runSubState: "Queued",
    message: "",
  };
  world.jobs.at(startedAt + Math.round((steps[0]?.seconds ?? 0) * 1000), stepJob, asJson({ runId, step: 0 }));
  changeTemplate(world, template.id, { lastRunStatus }, { runId });
  return run;
}
