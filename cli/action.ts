import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { exportPlan, joined } from "../shared/decide/exports/exportPlan.ts";
import type { Plan } from "../shared/decide/plan.ts";
import type { BuildView } from "./api.ts";
import { type Exit, exits, type ShownProblem } from "./exits.ts";
import { runGoldsmith } from "./run.ts";

/** The GitHub Action: inputs become flags, the result becomes outputs and a job summary (docs/cli.md). */
const env = process.env;
process.exitCode = await act(input("command") || "build");
process.exit();

async function act(command: string): Promise<Exit> {
  if (command !== "plan" && command !== "build") {
    console.log(`::error::command is ${JSON.stringify(command)}; it is plan or build`);
    return exits.usage;
  }
  if (input("key")) console.log(`::add-mask::${input("key")}`);
  env.GITHUB_ACTIONS ??= "true";
  env.GOLDSMITH_URL = input("url");
  env.GOLDSMITH_KEY = input("key");
  const { exit, out } = await captured(() => runGoldsmith([command, input("template"), ...flags(command)]));
  const result = JSON.parse(out || "{}") as Partial<Plan> & Partial<BuildView> & { readonly problem?: ShownProblem };
  if (command === "plan" && result.requirements) tellPlan(result as Plan);
  else if (result.id) tellBuild(result as BuildView);
  else if (result.problem) summarize(`### Goldsmith: ${result.problem.title}`);
  return exit;
}

function flags(command: "plan" | "build"): string[] {
  const given = (["resource-group", "name"] as const).flatMap((name) =>
    input(name) ? [`--${name}`, input(name)] : [],
  );
  if (command === "plan")
    return ["-o", "json", ...given, ...(input("fail-on-missing-rights") === "true" ? ["--fail-on-missing"] : [])];
  const seconds = Number(input("timeout-minutes")) * 60;
  const hash = input("plan-hash");
  // A cancelled job cancels its build: nobody waits for it any more.
  return [
    "-o",
    "json",
    "--on-interrupt",
    "cancel",
    ...given,
    ...(seconds > 0 ? ["--timeout", String(seconds)] : []),
    ...(hash ? ["--plan-hash", hash] : []),
  ];
}

/** The runner gives `my-input` as `INPUT_MY-INPUT`. */
function input(name: string): string {
  return (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
}

/** What the command prints on stdout is the result; the log gets everything else. */
async function captured(work: () => Promise<Exit>): Promise<{ readonly exit: Exit; readonly out: string }> {
  const write = process.stdout.write;
  let out = "";
  process.stdout.write = ((chunk: string | Uint8Array) => {
    out += String(chunk);
    return true;
  }) as typeof write;
  try {
    return { exit: await work(), out };
  } finally {
    process.stdout.write = write;
  }
}

function tellPlan(plan: Plan): void {
  output("plan-hash", plan.hash);
  output("rights-missing", String(plan.requirements.filter(({ satisfied }) => !satisfied).length));
  summarize(joined(exportPlan(plan, "markdown")));
}

function tellBuild({ id, state, artifacts = [], planHash, problem, templateId }: BuildView): void {
  output("build-id", id);
  output("state", state);
  if (planHash) output("plan-hash", planHash);
  if (artifacts[0]) output("image-version-id", artifacts[0].id);
  const images = artifacts.map((artifact) => `- \`${artifact.id}\``);
  const cause = problem
    ? [`**${plain(problem.code)}**: ${plain(problem.title)}`, ...(problem.fix ?? []).map((step) => `1. ${plain(step)}`)]
    : [];
  summarize(
    [`### Goldsmith: ${state}`, "", `Build \`${id}\` of \`${templateId}\``, "", ...images, ...cause].join("\n"),
  );
}

/** Words from elsewhere, without their Markdown and HTML. */
const plain = (text: string) => text.replace(/[\r\n]+/g, " ").replace(/[\\`*_{}[\]<>|]/g, "\\$&");

/** The runner's file format takes any text between two lines that nobody can guess. */
function output(name: string, value: string): void {
  const end = randomUUID();
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`);
}

function summarize(text: string): void {
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${text}\n`);
}
