import { urlFault } from "../notify/address.ts";
import { endpointFault } from "../notify/identityTargets.ts";
import { readSecret } from "../notify/secret.ts";
import { readSlackSecret } from "../notify/slackSecret.ts";
import type { TargetSettings } from "../notify/targets.ts";
import { teamsUrlFault } from "../notify/teams.ts";
import { type Environment, type Fault, isReference, unresolvedReference } from "./checks.ts";
import type { Parsed } from "./settings.ts";

/** Targets whose secret or address cannot be used: found at the start rather than when a build has failed and nobody hears. */
export function targetFaults(values: Parsed, environment: Environment): Fault[] {
  const allowLoopback = values.GOLDSMITH_ALLOW_LOOPBACK_TARGETS;
  return values.GOLDSMITH_TARGETS.flatMap((target, index) => {
    const at = `/GOLDSMITH_TARGETS/${index}`;
    if (target.kind === "eventGrid") return [];
    if (target.kind === "email" || target.kind === "serviceBus")
      return faultAt(`${at}/endpoint`, endpointFault(target, allowLoopback));
    const { secretRef } = target;
    const text = secretRef === undefined ? undefined : environment[secretRef]?.trim();
    if (secretRef !== undefined && !text) return faultAt(`${at}/secretRef`, `the setting ${secretRef} is not set`);
    if (text && isReference(text)) return faultAt(`/${secretRef}`, unresolvedReference);
    return secretFaults(target, text ?? "", at, allowLoopback);
  });
}

function secretFaults(
  target: Extract<TargetSettings, { kind: "webhook" | "teams" | "slack" }>,
  text: string,
  at: string,
  allowLoopback: boolean,
): Fault[] {
  const setting = `/${target.secretRef}`;
  if (target.kind === "teams") return faultAt(setting, teamsUrlFault(text, allowLoopback));
  if (target.kind === "slack") {
    const secret = readSlackSecret(text);
    return faultAt(setting, "fault" in secret ? secret.fault : urlFault(secret.url, allowLoopback));
  }
  const secret = text === "" ? { secrets: [] } : readSecret(text);
  if ("fault" in secret) return faultAt(setting, secret.fault);
  const address = ("url" in secret ? secret.url : undefined) ?? target.url;
  return faultAt(
    `${at}/${target.secretRef === undefined ? "url" : "secretRef"}`,
    address === undefined ? "no URL, neither here nor in the target" : urlFault(address, allowLoopback),
  );
}

const faultAt = (pointer: string, detail: string | undefined): Fault[] =>
  detail === undefined ? [] : [{ pointer, detail }];
