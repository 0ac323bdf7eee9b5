import { plainLine } from "../builds/logText.ts";
import { capacity } from "./capacity.ts";
import { customizing } from "./customizing.ts";
import { deploying } from "./deploying.ts";
import { distributing } from "./distributing.ts";
import type { FailureClass } from "./failureClass.ts";
import { rights } from "./rights.ts";
import { service } from "./service.ts";
import { submitting } from "./submitting.ts";

export type { FailureClass } from "./failureClass.ts";

/** Every class of the service's troubleshooting page, of image-builder.md §6.3 and its provisioning error codes (§2.7); the first whose pattern fits a text counts. */
export const failureClasses: readonly FailureClass[] = [
  ...capacity,
  ...deploying,
  ...rights,
  ...customizing,
  ...distributing,
  ...submitting,
  ...service,
];

/** Text far behind the end of a log says nothing of its end. */
const tail = 64_000;
/** Clean-up is tried again until it works; its errors look like causes and are none. */
const cleanUp = /^(?!.*errored: ).*(?:Error deleting|Retryable error|CannotBeDeleted|Will retry)/i;
const connected = /WinRM connected|Connected to (?:SSH|WinRM)!/gi;

/**
 * What a log says went wrong. Once Packer was on the build VM, whatever Azure words the log holds are the scripts' own, so
 * only what can go wrong there is looked for, and only behind the last time it got in.
 */
export function fromLog(log: string): FailureClass | undefined {
  const { text, candidates } = endOf(log);
  return candidates.find((one) => one.log?.test(text));
}

/** Whether Packer was on the build VM when a log ended. */
export const wasConnected = (log: string): boolean => endOf(log).candidates === customizing;

function endOf(log: string): { readonly text: string; readonly candidates: readonly FailureClass[] } {
  const telling = log
    .slice(-tail)
    .split("\n")
    .map(plainLine)
    .filter((line) => !cleanUp.test(line))
    .join("\n");
  const last = [...telling.matchAll(connected)].at(-1);
  const text = last ? telling.slice(last.index + last[0].length) : telling;
  return { text, candidates: last ? customizing : failureClasses };
}
