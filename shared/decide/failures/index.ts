import { capacity } from "./capacity.ts";
import { customizing } from "./customizing.ts";
import { deploying } from "./deploying.ts";
import { distributing } from "./distributing.ts";
import { type FailureClass, weights } from "./failureClass.ts";
import { isElsewhere, type LogWindow, windowOf } from "./logWindow.ts";
import { rights } from "./rights.ts";
import { scripts } from "./scripts.ts";
import { service } from "./service.ts";
import { submitting } from "./submitting.ts";

export type { FailureClass } from "./failureClass.ts";

const onMachine: readonly FailureClass[] = [...customizing, ...scripts];

/** Every class of the service's troubleshooting page, of image-builder.md §6.3 and its provisioning error codes (§2.7), of ARM's and Compute's pages of error codes, and of what Packer's Azure builder and its communicators say. */
export const failureClasses: readonly FailureClass[] = [
  ...capacity,
  ...deploying,
  ...rights,
  ...onMachine,
  ...distributing,
  ...submitting,
  ...service,
];

/** What the service's own words say went wrong: of the classes that fit, the first of those that tell most. */
export function fromWords(text: string): FailureClass | undefined {
  const fitting = failureClasses.filter((one) => one.signs?.test(text) || one.pattern?.test(text));
  return weights.flatMap((weight) => fitting.filter((one) => weightOf(one) === weight))[0];
}

/**
 * What a log says went wrong. While Packer is on the build VM, whatever Azure words the log holds are the scripts' own, so only what
 * can go wrong there is looked for. Of the signs that tell most, the last one counts: what came before was survived.
 */
export function fromLog(log: string, least: (typeof weights)[number] = "that"): FailureClass | undefined {
  const { where, text } = windowOf(log);
  const spoken = where === "machine" ? text : text.replace(azureLine, "");
  const found = candidates(where)
    .map((one) => ({ one, line: lastLine(scripts.includes(one) ? spoken : text, one) }))
    .filter(({ line }) => line >= 0);
  for (const weight of weights.slice(0, weights.indexOf(least) + 1)) {
    const fitting = found.filter(({ one }) => weightOf(one) === weight);
    const last = Math.max(...fitting.map(({ line }) => line));
    const told = fitting.find(({ line }) => line === last);
    if (told) return told.one;
  }
  return undefined;
}

/** Whether a line of a log's window is one by which a kind of failure is known. */
export const shows = (line: string, where: LogWindow["where"]): boolean =>
  candidates(where).some(({ signs, log }) => signs?.test(line) || log?.test(line));

/** Whether it happened on the build VM: Packer was at work there when the log ended, or the service was customizing and no error of Azure's is in the log. A log that ends with a restart does not say. */
export function wasOnMachine(log: string, subState = ""): boolean {
  const { where, text } = windowOf(log);
  if (isElsewhere(text)) return false;
  if (where === "machine" || /Step "StepProvision" failed|Provisioning step had errors/.test(text)) return true;
  return /^(?:customizing|validating)$/i.test(subState) && text.trim() !== "" && !azureError.test(text);
}

/** Lines in which Azure speaks, or Packer of it: no script's, where it is not known that a script was running. */
const azureLine =
  /^.*(?:ERROR:\s+->|Code="|"code":|StatusCode=|unexpected status|Microsoft\.\w+\/|\bresource ?group|\bsubscription\b|\bgaller(?:y|ies)\b|\bkey ?vault\b).*$/gim;
const azureError =
  /ERROR:\s+->|Code="|"code":"|StatusCode=|unexpected status \d|polling (?:after|failed)|performing [A-Z]\w+: |Error retrieving OS disk/;
const candidates = (where: LogWindow["where"]) => (where === "machine" ? onMachine : failureClasses);
const weightOf = ({ tells = "why" }: FailureClass) => tells;

/** The number of the last line that shows a class; -1 where none does. */
function lastLine(text: string, { signs, log }: FailureClass): number {
  const at = [signs, log].flatMap((sign) =>
    sign ? [...text.matchAll(new RegExp(sign, `${sign.flags}g`))].map(({ index }) => index) : [],
  );
  return at.length === 0 ? -1 : text.slice(0, Math.max(...at)).split("\n").length;
}
