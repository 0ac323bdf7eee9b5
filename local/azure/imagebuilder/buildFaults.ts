import { asJson } from "../compute/paths.ts";
import type { World } from "../world.ts";
import type { SubState } from "./template.ts";

/** A failure that a test asks for: the next runs of a template fail in `stage`, in Distributing for every target or for one. */
export interface BuildFault {
  readonly stage: SubState;
  /** Code of the operation record; default `PackerBuildFailed`. */
  readonly code?: string;
  readonly message?: string;
  /** Lines for the customization log. */
  readonly log?: readonly string[];
  /** In Distributing: the index of the only target that fails. */
  readonly target?: number;
  /** The run stays in the stage instead, for ever (as users reported); it can be cancelled. */
  readonly hangs?: true;
  /** So many runs fail, then no more; default: every run. */
  readonly runs?: number;
}

const kind = "buildFault";

/** Plants a fault for a template, or takes it away (`undefined`). */
export function setBuildFault(world: World, templateId: string, fault: BuildFault | undefined): void {
  if (fault) world.store.put(kind, templateId, asJson(fault));
  else world.store.delete(kind, templateId);
}

/** The fault that waits for a template in a stage. */
export function buildFaultOf(
  world: World,
  templateId: string,
  stage: SubState,
  target?: number,
): BuildFault | undefined {
  const fault = world.store.get<BuildFault>(kind, templateId);
  if (fault?.stage !== stage || fault.runs === 0) return undefined;
  return fault.target === undefined || target === undefined || fault.target === target ? fault : undefined;
}

/** Counts a failed run against the fault's `runs`. */
export function spendBuildFault(world: World, templateId: string): void {
  const fault = world.store.get<BuildFault>(kind, templateId);
  if (fault?.runs !== undefined) setBuildFault(world, templateId, { ...fault, runs: Math.max(0, fault.runs - 1) });
}
