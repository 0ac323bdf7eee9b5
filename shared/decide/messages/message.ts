import type { Approval } from "../../approval.ts";
import type { Origin } from "../../build.ts";
import type { Problem } from "../../problem.ts";
import { lastSegment } from "../armId.ts";
import type { Finding } from "../audit/audit.ts";
import { type Cost, costText } from "../builds/cost.ts";
import { approvalSteps } from "../gallery/approval.ts";

/** How much a message matters to whom it reaches. */
export type Severity = "info" | "warning" | "error";

/** What is sent to people and machines: a CloudEvent's attributes and data, and the same in words, which every channel sets in its own way (`messages/`). */
export interface Message {
  /** The same for the same moment of the same build: whoever gets it twice can tell. */
  readonly id: string;
  /** E.g. `io.goldsmith.build.succeeded.v1`. */
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  /** ISO, UTC. */
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly severity: Severity;
  /** Messages about the same build (audit, schedule, image) share it. */
  readonly thread: string;
  /** Of the build it is about. */
  readonly lineage?: string;
  /** One line, without a full stop. */
  readonly title: string;
  /** What the reader is to do, in order; empty where nothing is. */
  readonly next: readonly string[];
  /** What there is to know, most telling first. */
  readonly facts: readonly Fact[];
  /** Where more is to be seen. */
  readonly link?: string;
}

/** One thing a message tells. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What a message says about a build; `Build` of the index has all of it. */
export interface BuildSummary {
  readonly id: string;
  readonly templateId: string;
  readonly lineage: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly stage?: string;
  readonly artifacts?: readonly {
    readonly runOutputName: string;
    readonly kind: string;
    readonly id: string;
  }[];
  readonly cost?: Cost;
  readonly origin?: Origin;
  readonly approval?: Approval;
  readonly problem?: Problem;
}

/** What a message says about an audit. */
export interface AuditSummary {
  readonly id: string;
  readonly endedAt: string;
  readonly templates: number;
  readonly findings: readonly Finding[];
}

/** What a message says about a schedule that paused itself. */
export interface PausedSchedule {
  readonly id: string;
  readonly templateId: string;
  readonly lineage: string;
  readonly failures: number;
  readonly updatedAt: string;
  readonly paused?: { readonly at: string; readonly problem?: Problem };
}

/** The moments of a build that are told. */
export type Moment =
  | "started"
  | "awaitingApproval"
  | "succeeded"
  | "partiallySucceeded"
  | "failed"
  | "refused"
  | "cancelled"
  | "timedOut";

const severities: Readonly<Record<Moment, Severity>> = {
  started: "info",
  awaitingApproval: "warning",
  succeeded: "info",
  partiallySucceeded: "warning",
  failed: "error",
  refused: "error",
  cancelled: "info",
  timedOut: "error",
};

const sentences: Readonly<Record<Moment, string>> = {
  started: "is being built",
  awaitingApproval: "was built and waits for an approver",
  succeeded: "was built",
  partiallySucceeded: "was built, but not every target got it",
  failed: "could not be built",
  refused: "was not built: something is in the way",
  cancelled: "was not built: the build was cancelled",
  timedOut: "did not get built in time",
};

/** An image that nobody approved was built all the same. */
const unapproved: Readonly<Record<string, string>> = {
  ApprovalRejected: "was built, but an approver rejected it",
  ApprovalExpired: "was built, but nobody approved it in time",
  ApprovalCancelled: "was built, but cancelled before anybody approved it",
};

const sentenceOf = (moment: Moment, { problem }: BuildSummary) => unapproved[problem?.code ?? ""] ?? sentences[moment];

/** The event type of a moment: `io.goldsmith.build.timedout.v1`. */
function buildEventType(moment: Moment): string {
  return `io.goldsmith.build.${moment.toLowerCase()}.v1`;
}

/** The message for one moment of a build. */
export function buildMessage(moment: Moment, build: BuildSummary): Message {
  const waits = moment === "awaitingApproval";
  return {
    id: `${build.id}-${moment.toLowerCase()}`,
    type: buildEventType(moment),
    source: "/goldsmith/builds",
    subject: build.templateId,
    time: timeOf(moment, build),
    data: buildData(moment, build),
    severity: severities[moment],
    thread: build.id,
    lineage: build.lineage,
    title: `${lastSegment(build.templateId)} ${sentenceOf(moment, build)}`,
    next: waits ? approvalSteps(build.id, build.approval ?? {}, build.origin) : (build.problem?.fix ?? []),
    facts: buildFacts(moment, build),
  };
}

function timeOf(moment: Moment, { createdAt, updatedAt, endedAt, approval }: BuildSummary): string {
  if (moment === "started") return createdAt;
  return (moment === "awaitingApproval" ? approval?.askedAt : endedAt) ?? updatedAt;
}

function buildData(moment: Moment, build: BuildSummary): Readonly<Record<string, unknown>> {
  const { id, templateId, lineage, createdAt, endedAt, artifacts, cost, problem, approval } = build;
  return {
    buildId: id,
    state: moment,
    templateId,
    lineage,
    createdAt,
    ...(endedAt === undefined || moment === "started" ? {} : { endedAt }),
    ...(artifacts === undefined || moment === "started" ? {} : { artifacts }),
    ...(cost === undefined ? {} : { cost }),
    ...(approval === undefined || moment === "started" ? {} : { approval }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function buildFacts(moment: Moment, build: BuildSummary): readonly Fact[] {
  const { artifacts = [], cost, problem, approval } = build;
  const { who, reason } = approval?.decision ?? {};
  return [
    ...problemFacts(problem, moment === "succeeded" ? "But" : "Why"),
    ...(who === undefined || problem
      ? []
      : [{ name: "Decided by", value: reason === undefined ? who : `${who}: ${reason}` }]),
    ...(moment === "started" ? [] : artifacts.map(({ runOutputName, id }) => ({ name: runOutputName, value: id }))),
    ...(cost === undefined ? [] : [{ name: "Cost", value: costText(cost) }]),
    { name: "Template", value: build.templateId },
    { name: "Build", value: build.id },
  ];
}

function problemFacts(problem: Problem | undefined, name = "Why"): readonly Fact[] {
  if (problem === undefined) return [];
  const { title, code, detail, correlationId } = problem;
  return [
    { name, value: `${title} (${code})` },
    ...(detail === undefined ? [] : [{ name: "Details", value: detail }]),
    ...(correlationId === undefined ? [] : [{ name: "Correlation id", value: correlationId }]),
  ];
}

/** Deviations that a message names one by one. */
const mostFindings = 10;

/** The message for an audit that found drift. */
export function auditMessage(audit: AuditSummary): Message {
  const { findings } = audit;
  const more = findings.length - mostFindings;
  return {
    id: `${audit.id}-drift`,
    type: "io.goldsmith.audit.drift.v1",
    source: "/goldsmith/audits",
    subject: audit.id,
    time: audit.endedAt,
    data: { auditId: audit.id, templates: audit.templates, findings },
    severity: "warning",
    thread: audit.id,
    title: `The audit of ${count(audit.templates, "template")} found ${count(findings.length, "deviation")}`,
    next: [
      `Look at audit ${audit.id}`,
      "Have Goldsmith mend what it may (goldsmith audit --fix); for the rest each finding names the command",
    ],
    facts: [
      ...findings
        .slice(0, mostFindings)
        .map(({ kind, title, scope }) => ({ name: kind, value: `${title} (${scope})` })),
      ...(more > 0 ? [{ name: "More", value: `${more} further deviations` }] : []),
    ],
  };
}

/** The message for a schedule that paused itself. */
export function pausedMessage(schedule: PausedSchedule): Message {
  const { id, templateId, lineage, failures, paused, updatedAt } = schedule;
  const at = paused?.at ?? updatedAt;
  return {
    id: `${id}-paused-${at.replace(/\D/g, "").slice(0, 14)}`,
    type: "io.goldsmith.schedule.paused.v1",
    source: "/goldsmith/schedules",
    subject: templateId,
    time: at,
    data: { scheduleId: id, templateId, lineage, failures, ...(paused?.problem ? { problem: paused.problem } : {}) },
    severity: "warning",
    thread: id,
    lineage,
    title: `The scheduled rebuilds of ${lastSegment(templateId)} are paused`,
    next: paused?.problem?.fix ?? [],
    facts: [...problemFacts(paused?.problem), { name: "Template", value: templateId }, { name: "Schedule", value: id }],
  };
}

/** The message with a link to what it is about on the page of the app at `url`. */
export function linked(message: Message, url: string | undefined): Message {
  if (url === undefined) return message;
  return { ...message, link: `${url}/api/dashboard${placeOf(message)}` };
}

/** Where the page shows what a message is about. */
function placeOf({ source, thread, subject }: Message): string {
  const [, , kind] = source.split("/");
  if (kind === "builds" || kind === "audits") return `#/${kind}/${encodeURIComponent(thread)}`;
  if (kind === "channels" || kind === "images") return `#/channels/${encodeURIComponent(subject)}`;
  return kind === "schedules" ? "#/schedules" : "";
}

/** The message that tries a target out. */
export function testMessage(target: string, id: string, time: string): Message {
  return {
    id: `test-${id}`,
    type: "io.goldsmith.test.v1",
    source: "/goldsmith/targets",
    subject: target,
    time,
    data: { target },
    severity: "info",
    thread: `test-${id}`,
    title: "This is how Goldsmith will tell you",
    next: [],
    facts: [{ name: "Target", value: target }],
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
