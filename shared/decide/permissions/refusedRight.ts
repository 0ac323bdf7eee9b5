import { normalize, within } from "../armId.ts";
import type { MissingRight } from "../builds/diagnosis.ts";
import type { Requirement } from "../planning/plan.ts";
import { parseBlobUri } from "../template/blobUri.ts";
import { matchesAction } from "./grants.ts";

/** The requirement of a plan that a refusal names; undefined where it names another right: waiting for our grants to spread would not cure that. */
export function refusedRequirement(
  requirements: readonly Requirement[],
  { action, scope, principalId }: MissingRight,
): Requirement | undefined {
  return requirements.find(
    (need) =>
      (principalId === undefined || need.principalId.toLowerCase() === principalId.toLowerCase()) &&
      covers(need.scope, scope) &&
      // Some texts name only the resource.
      (action === "" || [...need.actions, ...need.dataActions].some((one) => matchesAction(one, action))),
  );
}

/** Whether what a text calls a scope (an id, or the address of a blob) lies where a right is required. */
function covers(required: string, named: string): boolean {
  if (named === "") return true;
  const blob = parseBlobUri(named);
  if (!blob) return within(required, named);
  return normalize(required).endsWith(
    `/storageaccounts/${blob.account}/blobservices/default/containers/${blob.container.toLowerCase()}`,
  );
}
