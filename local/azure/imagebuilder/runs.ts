import { asJson } from "../compute/paths.ts";
import type { Caller, World } from "../world.ts";
import type { SourceImage } from "./sources.ts";
import type { RunState, SubState } from "./template.ts";

/** Why a run fails: the code of its operation record, the text shown, and what the log says of it. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
  readonly log?: readonly string[];
}

/** A part of a run; several may show the same sub state (one per distribute target). */
export interface Step {
  readonly state: SubState;
  readonly seconds: number;
  /** The index of the distribute target. */
  readonly target?: number;
}

/** How one distribute target ended; a `planned` one has its image version, which is not ready yet. */
export type TargetResult =
  | { readonly kind: "planned"; readonly artifactId: string }
  | { readonly kind: "done"; readonly artifactId?: string; readonly artifactUri?: string }
  | { readonly kind: "failed"; readonly message: string };

/** One run of a template, kept beyond its end. Times are clock milliseconds. */
export interface Run {
  /** Also the name of its folder in `packerlogs`. */
  readonly runId: string;
  readonly templateId: string;
  /** What the log's lines and the error texts call operationId. */
  readonly packerId: string;
  readonly startedBy: "caller" | "autoRun" | "trigger";
  readonly caller: Caller;
  readonly correlationId: string;
  /** The record behind the headers of POST run; a run that the service starts has none. */
  readonly operationId?: string;
  readonly startedAt: number;
  /** Customizing, optimizing, validating and distributing must be over by then. */
  readonly deadline?: number;
  readonly steps: readonly Step[];
  readonly step: number;
  readonly state: "running" | "canceling" | "ended";
  readonly source?: SourceImage;
  /** By index of the distribute target. */
  readonly results: { readonly [target: string]: TargetResult };
  readonly validationFailure?: RunFailure;
  readonly outcome?: { readonly runState: RunState; readonly failure?: RunFailure };
}

const kind = "imageBuilderRun";

/** A run by its id; undefined where there is none. */
export function findRun(world: World, runId: string | undefined): Run | undefined {
  return runId === undefined ? undefined : world.store.get<Run>(kind, runId);
}

/** Writes a run down, and returns it. */
export function putRun(world: World, run: Run): Run {
  world.store.put(kind, run.runId, asJson(run));
  return run;
}

/** The run if it is still at `step` and nobody ended or cancelled it: jobs ask this before they do anything. */
export function runAt(world: World, runId: string, step: number): Run | undefined {
  const run = findRun(world, runId);
  return run?.state === "running" && run.step === step ? run : undefined;
}

/** All runs of a template, oldest first. */
export function runsOf(world: World, templateId: string): readonly Run[] {
  return world.store
    .list<Run>(kind)
    .map(([, run]) => run)
    .filter((run) => run.templateId.toLowerCase() === templateId.toLowerCase())
    .toSorted((left, right) => left.startedAt - right.startedAt);
}
