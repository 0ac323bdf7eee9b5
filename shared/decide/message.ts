import type { Problem } from "../problem.ts";
import { lastSegment } from "./armId.ts";
import type { Finding } from "./audit.ts";
import { type Cost, costText } from "./cost.ts";

/** What is sent to people and machines: a CloudEvent's attributes and data, and the same in words. */
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
  /** One line. */
  readonly title: string;
  /** A few lines, plain text. */
  readonly text: string;
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
export type Moment = "started" | "succeeded" | "partiallySucceeded" | "failed" | "refused" | "cancelled" | "timedOut";

const sentences: Readonly<Record<Moment, string>> = {
  started: "is being built",
  succeeded: "was built",
  partiallySucceeded: "was built, but not every target got it",
  failed: "could not be built",
  refused: "was not built: something is in the way",
  cancelled: "was not built: the build was cancelled",
  timedOut: "did not get built in time",
};

/** The event type of a moment: `io.goldsmith.build.timedout.v1`. */
function buildEventType(moment: Moment): string {
  return `io.goldsmith.build.${moment.toLowerCase()}.v1`;
}

/** The message for one moment of a build. */
export function buildMessage(moment: Moment, build: BuildSummary): Message {
  const title = `${lastSegment(build.templateId)} ${sentences[moment]}`;
  return {
    id: `${build.id}-${moment.toLowerCase()}`,
    type: buildEventType(moment),
    source: "/goldsmith/builds",
    subject: build.templateId,
    time: moment === "started" ? build.createdAt : (build.endedAt ?? build.updatedAt),
    data: buildData(moment, build),
    title,
    text: [`${title}.`, ...details(build)].join("\n"),
  };
}

function buildData(moment: Moment, build: BuildSummary): Readonly<Record<string, unknown>> {
  const { id, templateId, lineage, createdAt, endedAt, artifacts, cost, problem } = build;
  return {
    buildId: id,
    state: moment,
    templateId,
    lineage,
    createdAt,
    ...(endedAt === undefined || moment === "started" ? {} : { endedAt }),
    ...(artifacts === undefined || moment === "started" ? {} : { artifacts }),
    ...(cost === undefined ? {} : { cost }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function details(build: BuildSummary): readonly string[] {
  const { artifacts = [], cost, problem } = build;
  return [
    ...artifacts.map((artifact) => `${artifact.runOutputName}: ${artifact.id}`),
    ...problemLines(problem),
    ...(cost === undefined ? [] : [`Cost: ${costText(cost)}`]),
    `Template: ${build.templateId}`,
    `Build: ${build.id}`,
  ];
}

function problemLines(problem: Problem | undefined): readonly string[] {
  if (problem === undefined) return [];
  const said = problem.detail === undefined ? [] : [problem.detail];
  const steps = (problem.fix ?? []).map((step, index) => `${index + 1}. ${step}`);
  return [`Why: ${problem.title} (${problem.code}).`, ...said, ...(steps.length > 0 ? ["What to do:", ...steps] : [])];
}

/** The message for an audit that found drift. */
export function auditMessage(audit: AuditSummary): Message {
  const { findings } = audit;
  const title = `The audit of ${count(audit.templates, "template")} found ${count(findings.length, "deviation")}`;
  return {
    id: `${audit.id}-drift`,
    type: "io.goldsmith.audit.drift.v1",
    source: "/goldsmith/audits",
    subject: audit.id,
    time: audit.endedAt,
    data: { auditId: audit.id, templates: audit.templates, findings },
    title,
    text: [`${title}.`, ...findings.slice(0, 20).map(line), ...more(findings)].join("\n"),
  };
}

/** The message for a schedule that paused itself. */
export function pausedMessage(schedule: PausedSchedule): Message {
  const { id, templateId, lineage, failures, paused, updatedAt } = schedule;
  const title = `The scheduled rebuilds of ${lastSegment(templateId)} are paused`;
  const at = paused?.at ?? updatedAt;
  return {
    id: `${id}-paused-${at.replace(/\D/g, "").slice(0, 14)}`,
    type: "io.goldsmith.schedule.paused.v1",
    source: "/goldsmith/schedules",
    subject: templateId,
    time: at,
    data: { scheduleId: id, templateId, lineage, failures, ...(paused?.problem ? { problem: paused.problem } : {}) },
    title,
    text: [`${title}.`, ...problemLines(paused?.problem), `Template: ${templateId}`, `Schedule: ${id}`].join("\n"),
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function line(finding: Finding): string {
  return `- ${finding.kind}: ${finding.title} (${finding.scope})`;
}

function more(findings: readonly Finding[]): readonly string[] {
  return findings.length > 20 ? [`… and ${findings.length - 20} more.`] : [];
}
