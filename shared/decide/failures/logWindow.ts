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
/** Warnings, counts of nothing, Packer's looking whether a machine is back (1115, 1190: it is going down, as it was told), and what quotes a script instead of running it: Packer's log of commands, a shell's trace, a script that is printed. */
const innocent =
  /^(?:azure-arm[^:]*:\s+)?(?:\S+ )?(?:W:|\[?WARN(?:ING)?\b)|\b(?:0|no) (?:errors?|failures?|failed)\b|Found command:|starting remote command:|^azure-arm[^:]*: \++ \S|\bWrite-(?:Output|Host)\b|\becho ['"]|packer restart test|(?:exited with code|ended with|exit status)\D{0,3}11(?:15|90)\b/i;

// What Packer says when it is on the machine, when a provisioner begins, and when it is back to asking Azure (packer-plugin-azure, builder/azure/arm).
const arrived =
  /WinRM connected|Connected to (?:SSH|WinRM)!|\(telemetry\) Starting provisioner|^azure-arm[^:]*: (?:Provisioning with|Restarting Machine|Running Windows update)/i;
const left =
  /^azure-arm[^:]*: (?:Querying the machine's properties|Powering off machine|Generalizing machine|Capturing (?:image|VHD)|Publishing to Shared Image Gallery|Taking (?:OS|data) disk snapshot)/i;

/** Of a log whose beginning is lost this tells, too, that a script was running. */
const scriptEnded = /script exited with (?:a )?non-zero exit status/i;
/** Packer ended well: what failed is in no line of its log. */
const good = /^Build '[^']*' finished\b|^Builds finished\. The artifacts of successful/;
/** Packer has not yet asked the machine for anything. */
const early =
  /^azure-arm[^:]*: (?:Running builder|Creating Azure Resource Manager|ARM Client|Getting (?:tokens|the VM's IP)|(?:Validating|Deploying) deployment template)/i;
/** A restart that goes its way, and what Packer's plugins say when they are shut down. */
const restarting =
  /Restarting (?:the )?machine|Waiting for (?:the )?machine to (?:restart|become available)|Machine successfully restarted|Reboot already in progress|system shutdown (?:is in progress|has already been scheduled)|echo didn't succeed/i;
const farewell = /^$|bytes written for|plugin process exited|waiting for all plugin processes|\(telemetry\)/i;

/** Whether nothing in a log's window was done on the machine, or its end is a restart that nobody says was too long. */
export function isElsewhere(text: string): boolean {
  const lines = text.split("\n").filter((line) => !farewell.test(line));
  return lines.some((line) => early.test(line)) || restarting.test(lines.at(-1) ?? "");
}

/** What tells of a log: its end behind the last provisioner's beginning or, when Packer had done with the machine, behind that; without clean-up and innocent lines. Nothing where Packer ended well. */
export function windowOf(log: string): LogWindow {
  const lines = tellingLines(log);
  const there = lines.findLastIndex((line) => arrived.test(line));
  const back = lines.findLastIndex((line) => left.test(line));
  if (lines.some((line) => good.test(line))) return { where: "azure", text: "" };
  const rest = lines.slice(Math.max(there, back, 0));
  const where = there > back || rest.some((line) => scriptEnded.test(line)) ? "machine" : "azure";
  return { where, text: rest.join("\n") };
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
