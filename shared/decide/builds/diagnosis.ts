import type { Problem } from "../../problem.ts";
import { type FailureClass, failureClasses, fromLog, fromWords, wasOnMachine } from "../failures/index.ts";

/** An error as the service worded it. */
export interface Complaint {
  readonly code?: string | undefined;
  readonly message: string;
  /** What was being done, as far as the service says; used where the text itself does not tell. */
  readonly stage?: string;
  readonly scope?: string;
  /** The build's log, where there is one: it is asked where the text says only that something failed. */
  readonly log?: string;
}

/** A right that an authorization text names; `action` is empty where the text names only the resource, and `scope` an address where that is a blob. */
export interface MissingRight {
  readonly action: string;
  readonly scope: string;
  readonly principalId?: string;
}

/** What an error of the service means and what to do about it. A text nobody knows, with a log that does not tell either, is passed on as unknown, with its words. */
export function diagnose(complaint: Complaint): Problem {
  const right = missingRight(complaint.message);
  const worded = fromWords(`${phaseOf(complaint)}${complaint.code ?? ""}: ${complaint.message}`);
  const known = worded && !worded.vague ? worded : narrowed(worded, complaint);
  const log = logOf(complaint.message);
  const scope = right?.scope ?? complaint.scope;
  return {
    code: known?.code ?? (complaint.code || "UnknownFailure"),
    title: known?.title ?? "The service reported a failure that this app does not know",
    ...(complaint.message === "" ? {} : { detail: complaint.message.slice(0, 2000) }),
    ...(scope === undefined ? {} : { scope }),
    ...(right?.principalId === undefined ? {} : { principalId: right.principalId }),
    ...(right === undefined || right.action === "" ? {} : { action: right.action }),
    stage: (known?.vague ? complaint.stage : known?.stage) ?? known?.stage ?? complaint.stage ?? "running",
    fix: [...(known?.fix ?? unknownFix), ...(log === undefined ? [] : [`Read the build log: ${log}`])],
  };
}

/** That the service was distributing, where the text may not say so: a wait that ended or something that was not found there is about the target. */
const phaseOf = ({ stage }: Complaint) => (/^distributing$/i.test(stage ?? "") ? "distributing: " : "");

/** What the log adds to words that do not tell why; of a build whose time was up only why it took so long. Where it adds nothing, that it happened on the build VM, if that much is known. */
function narrowed(worded: FailureClass | undefined, { log = "", stage }: Complaint): FailureClass | undefined {
  const told = fromLog(log, worded?.code === "BuildTimedOut" ? "why" : "that");
  if (told || worded?.code !== "PackerBuildFailed" || !wasOnMachine(log, stage)) return told ?? worded;
  return failureClasses.find(({ code }) => code === "CustomizingFailed");
}

const unknownFix = [
  "Read the service's own words in detail and, where there is one, the customization log.",
  "See https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot",
];

const quoted = "['\"‘’“”]?([^'\"‘’“”,;\\s]+)['\"‘’“”]?";
const linked = new RegExp(
  `does not have permission to perform action(?:\\(s\\))? ${quoted} on the linked scope(?:\\(s\\))? ${quoted}`,
  "i",
);
const plain = new RegExp(
  `(?:not have|lacks?|missing) (?:the )?(?:authorization|permission|rights?) to perform (?:the )?action(?:\\(s\\))? ${quoted}(?: (?:over|on|at) (?:the )?scope ${quoted})?`,
  "i",
);
const resourceOnly = /not authorized to access the resource:?\s*['"]?((?:\/|https:\/\/)[^\s'"]+?)['"]?[.,;]?(?:\s|$)/i;

/** The right that an authorization text says is missing; undefined for texts that are about something else. */
export function missingRight(message: string): MissingRight | undefined {
  const named = linked.exec(message) ?? plain.exec(message);
  if (named?.[1] !== undefined) return { action: named[1], scope: trimmed(named[2] ?? ""), ...principalOf(message) };
  const resource = resourceOnly.exec(message)?.[1];
  return resource === undefined ? undefined : { action: "", scope: trimmed(resource), ...principalOf(message) };
}

function trimmed(scope: string): string {
  return scope.replace(/[.,]+$/, "");
}

function principalOf(message: string): { principalId?: string } {
  const id = /object id ['"]?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i.exec(message)?.[1];
  return id === undefined ? {} : { principalId: id.toLowerCase() };
}

// Both wordings the service has used: an ARM id since 2024, a blob address before (image-builder.md §6.3).
const logPattern =
  /(?:storageAccounts\/([a-z0-9]{3,24})\/blobServices\/default\/containers|https:\/\/([a-z0-9]{3,24})\.blob\.[^/\s]+)\/packerlogs\/([0-9a-f-]{36})\/([\w-]+\.log)/i;

/** Where a failure text says the build log is: storage account and blob name. */
export function buildLogOf(message: string): { readonly account: string; readonly blob: string } | undefined {
  const match = logPattern.exec(message);
  const account = match?.[1] ?? match?.[2];
  return account === undefined ? undefined : { account, blob: `packerlogs/${match?.[3]}/${match?.[4]}` };
}

function logOf(message: string): string | undefined {
  const log = buildLogOf(message);
  return log === undefined ? undefined : `blob ${log.blob} of storage account ${log.account}`;
}
