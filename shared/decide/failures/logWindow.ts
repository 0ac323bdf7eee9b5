import { plainLine } from "../builds/logText.ts";

/** The part of a log that can tell why a build failed, and who speaks there. */
export interface LogWindow {
  /** On the build VM all but Packer's own words are a script's. */
  readonly where: "azure" | "machine";
  readonly text: string;
}

/** Text far behind the end of a log says nothing of its end. */
const tail = 64_000;
/** Longer lines are data (an encoded script, a request's body), whose end nobody reads. */
const longest = 4000;
/** Clean-up is tried again until it works; its errors look like causes and are none. */
const cleanUp = /^(?!.*\berrored\b).*(?:Error deleting|Retryable error|CannotBeDeleted|Will retry)/i;
const cleaning =
  /^azure-arm[^:]*: (?:Deleting (?:individual resources|Virtual Machine deployment|KeyVault)|Cleanup requested|Removing the created Deployment|The resource group was not created by Packer)/;
const cleaned = /^Build '[^']*' errored|^Some builds didn't complete|machine readable/;
/** Warnings, counts of nothing, and what quotes a script instead of running it: Packer's log of commands, a shell's trace, a script that is printed. */
const innocent =
  /^(?:azure-arm[^:]*:\s+)?(?:\S+ )?(?:W:|\[?WARN(?:ING)?\b)|\b(?:0|no) (?:errors?|failures?|failed)\b|Found command:|starting remote command:|^azure-arm[^:]*: \++ \S|\bWrite-(?:Output|Host)\b|\becho ['"]/i;

// What Packer says when it is on the machine, when a provisioner begins, and when it is back to asking Azure (packer-plugin-azure, builder/azure/arm).
const arrived =
  /WinRM connected|Connected to (?:SSH|WinRM)!|\(telemetry\) Starting provisioner|^azure-arm[^:]*: (?:Provisioning with|Restarting Machine|Running Windows update)/i;
const left =
  /^azure-arm[^:]*: (?:Querying the machine's properties|Powering off machine|Generalizing machine|Capturing (?:image|VHD)|Publishing to Shared Image Gallery|Taking (?:OS|data) disk snapshot)/i;

/** What tells of a log: its end behind the last provisioner's beginning or, when Packer had done with the machine, behind that; without clean-up and innocent lines. */
export function windowOf(log: string): LogWindow {
  const lines = tellingLines(log);
  const there = lines.findLastIndex((line) => arrived.test(line));
  const back = lines.findLastIndex((line) => left.test(line));
  const where = there > back ? "machine" : "azure";
  return { where, text: lines.slice(Math.max(there, back, 0)).join("\n") };
}

function tellingLines(log: string): readonly string[] {
  let isCleaning = false;
  return log
    .slice(-tail)
    .split("\n")
    .map((line) => plainLine(line.slice(0, longest)))
    .filter((line) => {
      isCleaning = cleaning.test(line) || (isCleaning && !cleaned.test(line));
      return !isCleaning && !cleanUp.test(line) && !innocent.test(line);
    });
}
