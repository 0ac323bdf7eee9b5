import colors from "picocolors";
import type { TimelineEntry } from "../shared/build.ts";
import { shortId, shortIds } from "../shared/decide/armId.ts";
import { changeText } from "../shared/decide/planning/changeText.ts";
import type { Plan } from "../shared/decide/planning/plan.ts";
import type { BuildView } from "./api.ts";
import { asCommand } from "./asCommand.ts";
import type { ShownProblem } from "./exits.ts";
import { openBar } from "./stageBar.ts";
import { wordsIn } from "./stages.ts";
import type { Terms } from "./terms.ts";
import { elapsed, folded, harmless } from "./text.ts";

/** Shows a build while it goes on; never on stdout, which belongs to the result. */
export interface Progress {
  saw(build: BuildView): void;
  /** Lets go of the terminal's line, so that something else can be said. */
  pause(): void;
  ended(build: BuildView): void;
}

/** The way of showing that fits the place. */
export function showProgress(terms: Pick<Terms, "progress">, write: (text: string) => void = toStderr): Progress {
  if (terms.progress === "none") return { saw() {}, pause() {}, ended() {} };
  const bar = terms.progress === "bar" ? openBar(write) : undefined;
  const commands = commandsOf(terms.progress);
  let shown = 0;
  let planned = false;
  const tell = (line: string) => {
    bar?.clear();
    write(`${bar ? folded(line, process.stderr.columns ?? 80) : line}\n`);
  };
  const saw = (build: BuildView) => {
    if (build.plan && !planned) {
      planned = true;
      for (const line of commands.group("Plan", planLines(build.plan))) tell(line);
    }
    for (const entry of build.timeline.slice(shown)) for (const line of storyLines(build, entry)) tell(line);
    shown = build.timeline.length;
    bar?.draw(build);
  };
  return {
    saw,
    pause: () => bar?.close(),
    ended(build) {
      saw(build);
      bar?.close();
      // An image that could not be shared is built all the same.
      if (build.problem && build.state === "succeeded")
        write(commands.warning(build.problem) || `${colors.yellow(inFull(build.problem))}\n`);
      else if (build.problem) tell(commands.error(build.problem));
      for (const warning of build.plan?.warnings ?? []) write(commands.warning(warning));
      if (bar) write("\n");
    },
  };
}

const toStderr = (text: string) => void process.stderr.write(text);

/** One line of a story as sentences, with the time since it began; ids are cut to what tells them apart. */
export function storyLines(build: Pick<BuildView, "createdAt">, { at, detail }: TimelineEntry): string[] {
  if (!detail) return [];
  const clock = colors.dim(elapsed(build.createdAt, at).padStart(7));
  return harmless(shortIds(detail))
    .split(/; |\n/)
    .map((sentence) => `${clock}  ${inWords(sentence)}`);
}

/** `waitingForRights`: a state as it is written down. */
const inWords = (sentence: string) => (/^[a-z]+([A-Z][a-z]+)+$/.test(sentence) ? wordsIn(sentence) : sentence);

function planLines({ requirements, changes, blockers }: Plan): string[] {
  const rights = requirements.flatMap(({ satisfied, role, scope, because }) => [
    `  ${satisfied ? "=" : "+"} ${harmless(`${role.name} at ${shortId(scope)}`)}`,
    `      ${colors.dim(harmless(because))}`,
  ]);
  const others = changes
    .filter(({ kind }) => kind !== "assignRole")
    .map((change) => `  + ${harmless(changeText(change))}`);
  return [...rights, ...others, ...blockers.map(({ title }) => harmless(`  ! ${title}`))];
}

/** A problem in the words of the pipeline it happens in; undefined outside of one. */
export const problemLine = (progress: Terms["progress"], problem: ShownProblem): string | undefined =>
  progress === "github" || progress === "azureDevOps" ? commandsOf(progress).error(problem) : undefined;

/** What GitHub and Azure DevOps make of a line. */
interface Commands {
  group(title: string, lines: readonly string[]): readonly string[];
  error(problem: ShownProblem): string;
  warning(problem: ShownProblem): string;
}

function commandsOf(progress: Terms["progress"]): Commands {
  if (progress === "github")
    return {
      group: (title, lines) => [`::group::${title}`, ...lines, "::endgroup::"],
      error: (problem) => `::error title=${githubProperty(problem.code)}::${githubData(inFull(problem))}`,
      warning: (problem) => `::warning title=${githubProperty(problem.code)}::${githubData(inFull(problem))}\n`,
    };
  if (progress === "azureDevOps")
    return {
      group: (title, lines) => [`##[group]${title}`, ...lines, "##[endgroup]"],
      error: (problem) =>
        `##vso[task.logissue type=error;code=${vsoProperty(problem.code)}]${vsoData(inFull(problem))}`,
      warning: (problem) =>
        `##vso[task.logissue type=warning;code=${vsoProperty(problem.code)}]${vsoData(inFull(problem))}\n`,
    };
  return {
    group: (title, lines) => [title, ...lines].map((line) => `${" ".repeat(9)}${line}`),
    error: (problem) => colors.red(inFull(problem)),
    warning: () => "",
  };
}

/** A problem with what to do next. */
export const inFull = ({ code, title, detail, fix = [], errors = [] }: ShownProblem) =>
  harmless(
    [
      `${code}: ${title}`,
      ...(detail ? [detail] : []),
      ...errors.map(({ pointer, detail: why }) => `  ${pointer || "the body"}: ${why}`),
      ...fix.map((step) => `  → ${asCommand(step)}`),
    ].join("\n"),
  );

/** Escapes of the runner's toolkit (actions/toolkit, packages/core/src/command.ts). */
const githubData = (text: string) => text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
const githubProperty = (text: string) => githubData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
/** Escapes of the agent (azure-pipelines-task-lib, taskcommand.ts); the message itself is one line. */
const vsoData = (text: string) => text.replace(/%/g, "%AZP25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
const vsoProperty = (text: string) => vsoData(text).replace(/;/g, "%3B").replace(/]/g, "%5D");
