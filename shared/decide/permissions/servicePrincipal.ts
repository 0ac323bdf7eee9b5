import type { Problem } from "../../problem.ts";
import { normalize } from "../armId.ts";
import { topologyOf } from "../network/topology.ts";
import type { Facts } from "../planning/facts.ts";
import type { Policy } from "../planning/policy.ts";
import { osTypeOf } from "../template/osType.ts";
import { stagingGroupOf } from "../template/templateBody.ts";

/** Object id that a document of 2020 gave for the service's principal: true in one tenant only, for object ids differ from tenant to tenant. */
export const obsoletePrincipalId = "ef511139-6170-438e-a6e1-763dc31bdf74";

/** What is wrong with the setting that names the service's own principal: the old hard-coded id, or none where the template needs one. */
export function servicePrincipalProblems(facts: Facts, policy: Policy): readonly Problem[] {
  if (policy.imageBuilderPrincipalId?.toLowerCase() === obsoletePrincipalId) return [obsolete()];
  const group = stagingGroupOf(facts.template.body);
  const needed =
    group !== undefined &&
    facts.targets[normalize(group)]?.exists === true &&
    topologyOf(facts.template.body) === "buildSubnetOnly" &&
    osTypeOf(facts) === "Windows";
  return needed && policy.imageBuilderPrincipalId === undefined ? [unknown(group)] : [];
}

const lookUp = "Look it up: az ad sp show --id cf32a0cc-373c-47c9-9156-0db11f6a6dfc --query id";

function obsolete(): Problem {
  return {
    code: "ObsoleteServicePrincipal",
    title: "The object id of the service's principal is the one of another tenant",
    detail: `${obsoletePrincipalId} stood in a document of 2020. Object ids differ from tenant to tenant, and templates work as their own identity since then.`,
    principalId: obsoletePrincipalId,
    stage: "planning",
    fix: [lookUp, "Set GOLDSMITH_IMAGE_BUILDER_PRINCIPAL to what it prints."],
  };
}

function unknown(scope: string): Problem {
  return {
    code: "ServicePrincipalUnknown",
    title: "The service's own principal needs a right, and its object id is not set",
    detail:
      "For Windows in an existing subnet with an own staging group the service itself writes the proxy's disk there and needs Contributor.",
    scope,
    stage: "planning",
    fix: [
      lookUp,
      "Set GOLDSMITH_IMAGE_BUILDER_PRINCIPAL to what it prints.",
      "Or add a container subnet (containerInstanceSubnetId): then no proxy is made.",
    ],
  };
}
