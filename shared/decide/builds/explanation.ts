import type { Problem } from "../../problem.ts";
import { lastWords, logEvidence } from "../failures/evidence.ts";
import { failureClasses } from "../failures/index.ts";
import type { TemplateBody } from "../planning/facts.ts";
import { fieldsOf, itemsOf, textOf } from "../template/templateBody.ts";
import { diagnose } from "./diagnosis.ts";

/** What is known of a failed run besides the service's words. */
export interface Circumstances {
  /** The build's log, secrets masked. */
  readonly log?: string;
  readonly body?: TemplateBody;
  /** What the plan had warned of. */
  readonly warnings?: readonly Problem[];
}

/** A run's problem with what log, template and plan add: a class where the service named none, the customizer at work, the lines that tell, and what the plan had warned of. */
export function explain(problem: Problem, { log = "", body, warnings = [] }: Circumstances): Problem {
  const told = isVague(problem) ? fromItsLog(problem, log) : problem;
  const said = [told.detail, sentences(log, body), hints(told, warnings)].filter((text) => text);
  return said.length === 0 ? told : { ...told, detail: said.join("\n") };
}

function fromItsLog(problem: Problem, log: string): Problem {
  const { code, detail = "", scope, stage } = problem;
  return diagnose({ code, message: detail, log, ...(scope ? { scope } : {}), ...(stage ? { stage } : {}) });
}

const isVague = ({ code }: Problem) =>
  code === "UnknownFailure" || failureClasses.some((one) => one.code === code && one.vague);

function sentences(log: string, body: TemplateBody | undefined): string {
  const { customizer, lines: telling } = logEvidence(log);
  const lines = telling.length === 0 ? lastWords(log) : telling;
  if (lines.length === 0) return "";
  const named = stepAtWork(log, body) ?? customizer;
  return `${named ? `The customizer at work was ${named}. ` : ""}The log says:\n${lines.join("\n")}`;
}

const kinds: Readonly<Record<string, string>> = {
  shell: "shell",
  powershell: "powershell",
  file: "file",
  windowsrestart: "windows-restart",
  windowsupdate: "windows-update",
};

/** The template's customizer that had begun and not ended: Packer tells the kinds in order (troubleshooting page, "stages of the customization log"). */
export function stepAtWork(log: string, body: TemplateBody | undefined): string | undefined {
  const begun = [...log.matchAll(/\(telemetry\) Starting provisioner ([\w-]+)/g)].map((match) => match[1] ?? "");
  const ended = [...log.matchAll(/\(telemetry\) ending ([\w-]+)/g)].length;
  const kind = begun.at(-1);
  if (kind === undefined || ended >= begun.length || !body) return undefined;
  const nth = begun.filter((one) => one === kind).length;
  const steps = itemsOf(body.properties?.customize).map((item, index) => ({ ...fieldsOf(item), index }));
  const step = steps.filter((one) => kinds[textOf(fieldsOf(one).type).toLowerCase()] === kind)[nth - 1];
  if (!step) return "the service's own last step, which generalizes the machine";
  const { name, type } = fieldsOf(step);
  return `${textOf(name) || "without a name"} (${textOf(type)}, customize[${step.index}])`;
}

/** Only where the cause is open: what was in doubt before the run may be it. */
function hints(problem: Problem, warnings: readonly Problem[]): string {
  if (!isVague(problem) && problem.code !== "ConnectionTimedOut" && problem.code !== "DistributionFailed") return "";
  const titles = [...new Set(warnings.map(({ title }) => title))].slice(0, 5);
  return titles.length === 0 ? "" : `The plan had warned: ${titles.join("; ")}.`;
}
