import { exportPlan, joined } from "../shared/decide/exports/exportPlan.ts";
import type { Plan } from "../shared/decide/planning/plan.ts";
import type { BuildView } from "./api.ts";
import { type Exit, exits, type ShownProblem } from "./exits.ts";
import { connectGitHub, type GitHub } from "./github/api.ts";
import { chosenTemplates, type Happened, readEvent } from "./github/changed.ts";
import { commentPlans } from "./github/comment.ts";
import { buildSummary, plain, setOutput, summarize } from "./github/report.ts";
import { runGoldsmith } from "./run.ts";

/** The GitHub Action: inputs become flags, results become outputs, a job summary and a comment on the pull request (docs/cli.md). */
const env = process.env;
process.exitCode = await act().catch((error: unknown) => {
  console.log(`::error::${plain(wordsOf(error))}`);
  return exits.failed;
});
process.exit();

async function act(): Promise<Exit> {
  const happened = readEvent(env);
  const command = input("command") || (happened.kind === "pullRequest" ? "plan" : "build");
  if (command !== "plan" && command !== "build") {
    console.log(`::error::command is ${JSON.stringify(command)}; it is plan or build`);
    return exits.usage;
  }
  for (const secret of ["key", "github-token"]) if (input(secret)) console.log(`::add-mask::${input(secret)}`);
  env.GITHUB_ACTIONS ??= "true";
  for (const name of ["url", "key", "audience"] as const) env[`GOLDSMITH_${name.toUpperCase()}`] = input(name);
  const github = connectGitHub(env, input("github-token"));
  const wanted = input("template")
    .split(/\s*\n\s*/)
    .filter(Boolean);
  const templates = await chosenTemplates(wanted, happened, github);
  if (templates.length === 0) {
    console.log("No template has changed.");
    setOutput("results", "[]");
    return exits.done;
  }
  return command === "plan" ? planAll(templates, happened, github) : buildAll(templates);
}

type Result<T> = Partial<T> & { readonly problem?: ShownProblem };

/** Runs one command; what it prints on stdout is the result, the log gets everything else. */
async function resultOf<T>(args: readonly string[]): Promise<{ readonly exit: Exit; readonly result: Result<T> }> {
  const write = process.stdout.write;
  let out = "";
  process.stdout.write = ((chunk: string | Uint8Array) => {
    out += String(chunk);
    return true;
  }) as typeof write;
  try {
    const exit = await runGoldsmith([...args, "-o", "json"]);
    return { exit, result: JSON.parse(out || "{}") as Result<T> };
  } finally {
    process.stdout.write = write;
  }
}

/** Plans all, says so in the summary and on the pull request, and fails with the worst of them. */
async function planAll(templates: readonly string[], happened: Happened, github: GitHub | undefined): Promise<Exit> {
  const told: string[] = [];
  const planned: { template: string; planHash?: string; rightsMissing?: number }[] = [];
  let worst: Exit = exits.done;
  for (const template of templates) {
    const missing = input("fail-on-missing-rights") === "true" ? ["--fail-on-missing"] : [];
    const { exit, result } = await resultOf<Plan>(["plan", template, ...place(), ...missing]);
    worst = worst === exits.done || exit === exits.failed ? exit : worst;
    const plan = result.requirements ? (result as Plan) : undefined;
    told.push(plan ? joined(exportPlan(plan, "markdown")) : problemText(template, result.problem));
    const rightsMissing = plan?.requirements.filter(({ satisfied }) => !satisfied).length;
    planned.push({
      template,
      ...(plan ? { planHash: plan.hash } : {}),
      ...(rightsMissing === undefined ? {} : { rightsMissing }),
    });
  }
  const text = told.join("\n---\n\n");
  summarize(text);
  if (planned[0]?.planHash) setOutput("plan-hash", planned[0].planHash);
  setOutput("rights-missing", String(planned.reduce((sum, { rightsMissing = 0 }) => sum + rightsMissing, 0)));
  setOutput("results", JSON.stringify(planned));
  await comment(text, happened, github);
  return worst;
}

async function comment(text: string, happened: Happened, github: GitHub | undefined): Promise<void> {
  if (happened.kind !== "pullRequest" || !github || input("comment") === "false") return;
  const denied = "the token may not (permissions: pull-requests: write)";
  const said = await commentPlans(github, happened.number, text).catch(wordsOf);
  if (said !== true)
    console.log(`::warning::The plan is in the summary, and not on the pull request: ${plain(said || denied)}`);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Builds one after the other; a cancelled job ends the build under way and begins no other. */
async function buildAll(templates: readonly string[]): Promise<Exit> {
  const built: { template: string; id?: string; state?: string; imageVersionId?: string; planHash?: string }[] = [];
  let worst: Exit = exits.done;
  for (const template of templates) {
    const { exit, result } = await resultOf<BuildView>(["build", template, ...place(), ...buildFlags()]);
    worst = worst === exits.done || exit === exits.interrupted ? exit : worst;
    const [image] = result.artifacts ?? [];
    built.push({
      template,
      ...(result.id ? { id: result.id } : {}),
      ...(result.state ? { state: result.state } : {}),
      ...(image ? { imageVersionId: image.id } : {}),
      ...(result.planHash ? { planHash: result.planHash } : {}),
    });
    if (result.id) summarize(buildSummary(result as BuildView));
    else if (result.problem) summarize(problemText(template, result.problem));
    if (exit === exits.interrupted) break;
  }
  const [first] = built;
  if (first?.id) setOutput("build-id", first.id);
  if (first?.state) setOutput("state", first.state);
  if (first?.planHash) setOutput("plan-hash", first.planHash);
  if (first?.imageVersionId) setOutput("image-version-id", first.imageVersionId);
  setOutput("results", JSON.stringify(built));
  return worst;
}

function problemText(template: string, problem: ShownProblem | undefined): string {
  return `### Goldsmith: ${plain(template)}\n\n**${plain(problem?.code ?? "Unexpected")}**: ${plain(problem?.title ?? "no answer")}\n`;
}

function place(): string[] {
  return (["resource-group", "name"] as const).flatMap((name) => (input(name) ? [`--${name}`, input(name)] : []));
}

function buildFlags(): string[] {
  const seconds = Number(input("timeout-minutes")) * 60;
  const hash = input("plan-hash");
  // A cancelled job cancels its build: nobody waits for it any more.
  return [
    "--on-interrupt",
    "cancel",
    ...(seconds > 0 ? ["--timeout", String(seconds)] : []),
    ...(hash ? ["--plan-hash", hash] : []),
  ];
}

/** The runner gives `my-input` as `INPUT_MY-INPUT`. */
function input(name: string): string {
  return (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
}
