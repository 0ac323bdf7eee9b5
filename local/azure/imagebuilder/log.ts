import { asJson } from "../compute/paths.ts";
import type { Resource, World } from "../world.ts";
import { closingLines, failureLines, openingLines, stepLines } from "./logLines.ts";
import type { Obstacle } from "./networkChecks.ts";
import type { Run, Step } from "./runs.ts";
import { stagingOf } from "./staging.ts";

/** A line of a log, readable from `at` (clock ms) on. */
interface LogEntry {
  readonly at: number;
  readonly text: string;
}

/** What one run leaves in the container `packerlogs` of the staging account, under a folder that is named like the run. */
export interface PackerLog {
  readonly templateId: string;
  readonly runId: string;
  readonly accountName: string;
  readonly packerId: string;
  readonly entries: readonly LogEntry[];
  /** While a run lasts its log is not in blob storage, only with its container. */
  readonly closed: boolean;
}

const kind = "packerlog";

/** The log kept of a run, by the run's id. */
function packerLog(world: World, runId: string): PackerLog | undefined {
  return world.store.get<PackerLog>(kind, runId);
}

/** Starts a run's log. */
export function openLog(world: World, template: Resource, run: Run): void {
  const { templateId, runId, packerId } = run;
  const log: PackerLog = {
    templateId,
    runId,
    accountName: stagingOf(template)?.accountName ?? "",
    packerId,
    entries: [],
    closed: false,
  };
  world.store.put(kind, runId, asJson(log));
}

/** Writes what a step will say while it lasts, spread over its time; in front of an obstacle only the part before it. */
export function logStep(world: World, template: Resource, run: Run, step: Step, obstacle: Obstacle | undefined): void {
  const log = packerLog(world, run.runId);
  if (!log) return;
  const opening = step.state === "Building" ? openingLines(world, template, run, obstacle === undefined) : [];
  const lines = [...opening, ...stepLines(template, run, step, obstacle !== undefined)];
  const told = obstacle ? [...lines, ...failureLines(obstacle.failure)] : lines;
  const start = world.clock.now();
  const spacing = ((obstacle?.seconds ?? step.seconds) * 1000) / (told.length + 1);
  const entries = told.map((line, index) => ({ at: start + spacing * (index + (obstacle ? 1 : 0)), text: line }));
  world.store.put(kind, run.runId, asJson({ ...log, entries: [...log.entries, ...entries] }));
}

/** Ends a log with what Packer says at the end; lines of a time that never came are gone. */
export function closeLog(world: World, run: Run, outcome: NonNullable<Run["outcome"]>): void {
  const log = packerLog(world, run.runId);
  if (!log || log.closed) return;
  const now = world.clock.now();
  const said = log.entries.filter((entry) => entry.at <= now);
  const closing = closingLines(
    run,
    outcome,
    said.map((entry) => entry.text),
  ).map((line) => ({ at: now, text: line }));
  world.store.put(kind, run.runId, asJson({ ...log, entries: [...said, ...closing], closed: true }));
}

/** The customization log of a run as far as it goes now, in Packer's own style. Empty for a run that nobody knows. */
export function buildLog(world: World, templateId: string, runId: string): string {
  const log = packerLog(world, runId);
  if (!log || log.templateId.toLowerCase() !== templateId.toLowerCase()) return "";
  const now = world.clock.now();
  const lines = log.entries.filter((entry) => entry.at <= now).map((entry) => rendered(log.packerId, entry));
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** `PACKER OUT` lines say what people should read; `PACKER ERR` lines carry a time. */
function rendered(packerId: string, { at: moment, text: line }: LogEntry): string {
  const stamp = new Date(moment).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
  return line.startsWith("ERR ")
    ? `[${packerId}] PACKER ERR ${stamp} ${line.slice(4)}`
    : `[${packerId}] PACKER OUT ${line}`;
}

/** Every finished log in the staging account `accountName`: what its container `packerlogs` holds. */
export function closedLogs(world: World, accountName: string): readonly PackerLog[] {
  return world.store
    .list<PackerLog>(kind)
    .map(([, log]) => log)
    .filter((log) => log.closed && log.accountName.toLowerCase() === accountName.toLowerCase());
}
