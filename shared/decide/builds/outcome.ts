import type { Problem } from "../../problem.ts";
import type { RunStatus, TemplateFacts } from "../planning/facts.ts";
import { diagnose } from "./diagnosis.ts";

/** How a run stands. `message` is the service's own text, `problem` what it means. */
export type RunOutcome =
  | { readonly kind: "running"; readonly subState: string }
  | {
      readonly kind: "succeeded" | "partiallySucceeded" | "failed" | "cancelled";
      readonly message?: string;
      readonly problem?: Problem;
    };

/** Reads a template's last run. `startedAfter` is the start of a run that is not the one meant: until a later one shows, the run counts as under way. States nobody documented count as under way too (image-builder.md §2.7). */
export function runOutcome(template: TemplateFacts, startedAfter?: string): RunOutcome {
  const run = template.lastRun;
  if (run === undefined || earlier(run, startedAfter)) return neverRan(template, run !== undefined);
  const state = run.runState.toLowerCase();
  const cancelled = state === "canceled" || state === "cancelled";
  if (unfinished(run) && !cancelled) return running(run);
  if (cancelled) return { kind: "cancelled", ...said(run) };
  switch (state) {
    case "succeeded":
      return { kind: "succeeded", ...said(run) };
    case "partiallysucceeded":
      return { kind: "partiallySucceeded", ...said(run), problem: diagnosed(template, run) };
    case "failed":
      return { kind: "failed", ...said(run), problem: diagnosed(template, run) };
    default:
      return running(run);
  }
}

function neverRan(template: TemplateFacts, ranBefore: boolean): RunOutcome {
  if (ranBefore || template.provisioningState?.toLowerCase() !== "failed") return { kind: "running", subState: "" };
  const { code, message } = template.provisioningError ?? { code: "", message: "" };
  return { kind: "failed", message, problem: diagnose({ code, message, stage: "creating", scope: template.id }) };
}

function running(run: RunStatus): RunOutcome {
  return { kind: "running", subState: run.runSubState ?? run.runState };
}

// The service writes year 1 for "not yet".
function unfinished(run: RunStatus): boolean {
  return run.endTime?.startsWith("0001-") === true;
}

function earlier(run: RunStatus, startedAfter: string | undefined): boolean {
  if (startedAfter === undefined || run.startTime === undefined) return false;
  return run.startTime === startedAfter || Date.parse(run.startTime) < Date.parse(startedAfter);
}

function said(run: RunStatus): { message?: string } {
  return run.message === undefined || run.message === "" ? {} : { message: run.message };
}

function diagnosed(template: TemplateFacts, run: RunStatus): Problem {
  const stage = run.runSubState?.toLowerCase() || "running";
  return diagnose({ message: run.message ?? "", stage, scope: template.id });
}
