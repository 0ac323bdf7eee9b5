import colors from "picocolors";
import { shortId, shortIds } from "../shared/decide/armId.ts";
import { costText } from "../shared/decide/builds/cost.ts";
import { changeText } from "../shared/decide/planning/changeText.ts";
import type { Plan, Requirement } from "../shared/decide/planning/plan.ts";
import type { Flags } from "./flags.ts";
import type { Launched } from "./launch.ts";
import type { BuildView } from "./sample.ts";

/** What `npm start` prints; every line of it is for a person who sees Goldsmith for the first time. */

export const say = (line: string) => console.log(line);

export function banner(speed: number): void {
  say(
    `\n${colors.bold(colors.yellow("Goldsmith"))}  golden images on Azure, here without Azure; ${speed} × as fast as life\n`,
  );
}

export const ready = (line: string) => say(`  ${colors.green("✓")} ${line}`);

export const chapter = (title: string) => say(`\n${colors.bold(title)}`);

/** One line of the story; with a moment, how long after the build began (emulated minutes:seconds). */
export function step(text: string, moment?: { since: string; at: string; activity: string }): void {
  if (text === "") return;
  const clock = moment ? colors.dim(elapsed(moment.since, moment.at)) : "     ";
  for (const sentence of text.split("; ")) say(`  ${clock}  ${decorated(shortIds(sentence))}`);
}

/** The plan in words: each right with its reason. Answers true, so that it is shown once. */
export function showPlan({ requirements, changes }: Plan): true {
  for (const need of requirements)
    say(
      `           ${mark(need)} ${need.role.name} ${colors.dim(`at ${shortId(need.scope)}`)}\n             ${colors.dim(need.because)}`,
    );
  for (const change of changes)
    if (change.kind !== "assignRole") say(`           ${colors.yellow("+")} ${changeText(change)}`);
  return true;
}

const mark = ({ satisfied }: Requirement) => (satisfied ? colors.green("=") : colors.yellow("+"));

export function outcome(build: BuildView): void {
  chapter(build.state === "succeeded" ? colors.green("Done") : colors.red(build.state));
  for (const { id, regions } of build.artifacts ?? [])
    say(
      `  image version  ${id}\n  replicated to  ${regions?.map(({ name, state }) => `${name} (${state.toLowerCase()})`).join(", ") ?? "-"}`,
    );
  if (build.cost) say(`  cost           ${costText(build.cost)}`);
  if (build.problem)
    say(`  ${build.problem.title}\n  ${build.problem.detail ?? ""}\n  ${(build.problem.fix ?? []).join("\n  ")}`);
  for (const { target, event, state } of build.deliveries) say(`  ${state.padEnd(13)}  ${event} → ${target}`);
}

/** What to try next, ready to be pasted. */
export function next({ appUrl, functionKey, azure }: Launched, { data }: Flags): void {
  const key = `-H 'x-functions-key: ${functionKey}'`;
  chapter("Look at it");
  say(`  ${appUrl}/api/dashboard     ${colors.dim("its key, to build and read:")} ${functionKey}
  ${colors.dim(`the master key, to approve, is in ${data}/keys.json`)}`);
  chapter("Try next");
  say(`  curl -s ${key} ${appUrl}/api/builds
  curl -s ${key} ${appUrl}/api/plans -d '{"templateId":"/subscriptions/${azure.subscriptionId}/resourceGroups/rg-images/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu-2404"}'
  cat ${data}/azure.json        how to sign in to the emulated Azure as its owner
  tail -f ${data}/logs/*.log    what the host and the emulator say
  Ctrl-C                        ends it; the next npm start goes on where this one stopped\n`);
}

function decorated(sentence: string): string {
  const stage = stages.indexOf(sentence);
  if (stage < 0) return sentence;
  const done = Math.round(((stage + 1) / stages.length) * 24);
  return `${colors.cyan("█".repeat(done))}${colors.dim("░".repeat(24 - done))} ${sentence}`;
}

/** Sub-states of a run in their order (image-builder.md §2.7). */
const stages = ["Queued", "Building", "Customizing", "Optimizing", "Validating", "Distributing", "Succeeded"];

function elapsed(since: string, at: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(since)) / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
