import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { BuildView } from "../api.ts";

/** Sets an output of the step. The runner's file format takes any text between two lines that nobody can guess. */
export function setOutput(name: string, value: string): void {
  const end = randomUUID();
  const file = process.env.GITHUB_OUTPUT;
  if (file) appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`);
}

/** Adds Markdown to the job's summary. */
export function summarize(text: string): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file) appendFileSync(file, `${text}\n`);
}

/** How a build ended, as Markdown. */
export function buildSummary({ id, state, artifacts = [], planHash, problem, templateId }: BuildView): string {
  const images = artifacts.map((artifact) => `- \`${artifact.id}\``);
  const cause = problem
    ? [`**${plain(problem.code)}**: ${plain(problem.title)}`, ...(problem.fix ?? []).map((step) => `1. ${plain(step)}`)]
    : [];
  const plan = planHash ? ["", `Plan \`${planHash}\``] : [];
  return [`### Goldsmith: ${state}`, "", `Build \`${id}\` of \`${templateId}\``, "", ...images, ...cause, ...plan].join(
    "\n",
  );
}

/** Words from elsewhere, without their Markdown and HTML. */
export const plain = (text: string) => text.replace(/[\r\n]+/g, " ").replace(/[\\`*_{}[\]<>|]/g, "\\$&");
