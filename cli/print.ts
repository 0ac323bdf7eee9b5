import { sentence } from "../functions/effects.ts";
import type { Answer } from "../functions/http/contract.ts";
import type { Build } from "../shared/build.ts";
import { shortId, shortIds } from "../shared/decide/armId.ts";
import { costText } from "../shared/decide/builds/cost.ts";
import type { AuditView, BuildView } from "./api.ts";
import type { Remedied } from "./commands/audit.ts";
import { inFull } from "./progress.ts";
import type { Terms } from "./terms.ts";
import { columns, elapsed, harmless, say, templateName } from "./text.ts";

/** The result, on stdout: JSON for programs, text for people. */
export function print<T>({ output }: Pick<Terms, "output">, value: T, text: (value: T) => string): void {
  if (output === "json") process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else say(process.stdout, harmless(text(value)));
}

/** One build, without its story. */
export function buildText(build: BuildView): string {
  const lines = [
    ["build", build.id],
    ["template", build.templateId],
    ["state", build.stage && build.state === "running" ? `${build.state} (${build.stage})` : build.state],
    ["took", elapsed(build.createdAt, build.endedAt ?? build.updatedAt)],
    ...(build.planHash ? [["plan", build.planHash]] : []),
    ...(build.artifacts ?? []).flatMap(({ id, regions = [], warning }) => [
      ["image", id],
      ...(regions.length > 0 ? [["", `in ${regions.map(({ name }) => name).join(", ")}`]] : []),
      ...(warning ? [["", warning]] : []),
    ]),
    ...(build.cost ? [["cost", costText(build.cost)]] : []),
    ...(build.state === "awaitingApproval"
      ? [
          ["until", build.approval?.decideBy ?? ""],
          ["next", `goldsmith approve ${build.id}, or reject; not by who asked`],
        ]
      : []),
    ...(build.approval?.decision ? [[build.approval.decision.kind, whoOf(build.approval.decision)]] : []),
    ...(build.shares?.length ? [["shared", `goldsmith share list --build ${build.id}`]] : []),
    ...(build.problem
      ? [[build.state === "succeeded" ? "but" : "because", `${build.problem.code}: ${build.problem.title}`]]
      : []),
  ];
  return lines.map(([name, value]) => `${name?.padEnd(9)}  ${value}`).join("\n");
}

const whoOf = ({ who, reason }: { readonly who?: string; readonly reason?: string }) =>
  [...(who === undefined ? [] : [`by ${who}`]), ...(reason === undefined ? [] : [reason])].join(": ");

/** Builds as a table, newest first. */
export const buildsText = ({ value }: { readonly value: readonly Build[] }): string =>
  value.length === 0
    ? "No builds."
    : columns(
        ["BUILD", "STATE", "BY", "STARTED", "TOOK", "TEMPLATE"],
        value.map((build) => [
          build.id,
          build.state,
          build.origin.kind,
          build.createdAt.slice(0, 16).replace("T", " "),
          elapsed(build.createdAt, build.endedAt ?? build.updatedAt),
          templateName(build.templateId),
        ]),
      );

/** What an audit found. */
export function auditText({ id, templates = 0, findings = [] }: AuditView): string {
  const counted = `Audit ${id}: ${templates} template${templates === 1 ? "" : "s"}, ${findings.length} finding${findings.length === 1 ? "" : "s"}`;
  return [
    counted,
    ...findings.flatMap(({ id: finding, kind, title, scope, fix }) => [
      "",
      `${kind}  ${title}`,
      `  at ${shortId(scope)}`,
      `  id ${finding}`,
      ...fix.map((step) => `  → ${step}`),
    ]),
  ].join("\n");
}

/** What was put right, and what is left for somebody who may. */
export const remediationText = ({ audit, lines, commands }: Remedied, titles: ReadonlyMap<string, string>): string =>
  [
    `Audit ${audit}: ${lines.length} put to work, ${commands.length} left for somebody who may`,
    ...lines.flatMap(({ findingId, outcome, problem, command }) => [
      `  ${outcome.padEnd(9)}  ${titles.get(findingId) ?? findingId}`,
      ...(problem ? [indented(inFull(problem))] : []),
      ...(command ? [`    → ${command}`] : []),
    ]),
    ...commands.map(({ findingId, command }) => `  by hand    ${titles.get(findingId) ?? findingId}\n    → ${command}`),
  ].join("\n");

/** What was taken back. */
export const undoText = ({ id, lines }: Answer<"GET undo/{id}">): string =>
  [
    lines.length === 0 ? "There was nothing to take back." : `Undo ${id}`,
    ...lines.flatMap(({ change, outcome, problem, command }) => [
      `  ${outcome.padEnd(8)}  ${shortIds(sentence(change))}`,
      ...(problem ? [indented(inFull(problem))] : []),
      ...(command ? [`    → ${command}`] : []),
    ]),
  ].join("\n");

/** One verification with what was seen of its machines. */
export function verificationText(seen: Answer<"GET verifications/{id}">): string {
  const { id, image, state, versionId, resolution, machines, problem, proof } = seen;
  return [
    `verification  ${id}`,
    `image         ${image.id}`,
    ...(versionId && versionId !== image.id ? [`version       ${versionId}`] : []),
    ...(resolution ? [`              ${resolution}`] : []),
    `state         ${state}`,
    ...machines.flatMap(({ region, size, bootedAt, scripts = [] }) => [
      `machine       ${size} in ${region}${bootedAt ? ", booted" : ""}`,
      ...scripts.map(
        ({ name, passed, exitCode }) => `  ${passed ? "passed" : "failed"}      ${name} (exit ${exitCode})`,
      ),
    ]),
    ...(proof ? [`proof         ${proof.hash}`] : []),
    ...(problem ? [`because       ${problem.code}: ${problem.title}`] : []),
  ].join("\n");
}

const indented = (text: string) => text.replace(/^/gm, "    ");
