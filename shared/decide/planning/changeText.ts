import { shortId } from "../armId.ts";
import type { Change } from "./plan.ts";

/** What a change does, for people, in one line without a capital or a full stop. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case "assignRole":
      return `grant ${inWords(change.roleKey)} to ${shortId(change.identityId ?? change.principalId)} at ${shortId(change.scope)}`;
    case "setSubnetPolicy":
      return `set ${change.property} of ${shortId(change.subnetId)} from ${change.was} to ${change.value}`;
    case "delegateSubnet":
      return `delegate ${shortId(change.subnetId)} to ${change.serviceName}`;
    case "addSecurityRule":
      return `add rule ${change.rule.name} to ${shortId(change.nsgId)}`;
    case "ensureRoleDefinition":
      return `write the role ${change.content.roleName}`;
    case "registerProvider":
      return `register ${change.namespace} in ${change.subscriptionId}`;
  }
}

const inWords = (key: string) => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
