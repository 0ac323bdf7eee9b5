import { parseId, sameId } from "../decide/armId.ts";
import { hashOf } from "../decide/hash.ts";
import type { PolicyFacts, TemplateBody, TemplateFacts } from "../decide/planning/facts.ts";
import { type StagingResource, stagingResources } from "../decide/planning/policyProblems.ts";
import { fieldsOf, itemsOf, stagingGroupOf, textOf } from "../decide/template/templateBody.ts";
import type { Connection } from "./connection.ts";
import { forMinutes } from "./forMinutes.ts";
import type { Reading } from "./reading.ts";
import { listAll } from "./rest.ts";

const restrictionsApi = "2024-10-01";
const exemptionsApi = "2022-07-01-preview";
const assignmentsApi = "2023-04-01";
/** The settings of a staging account that builds were seen to fail with (azvmimagebuilder#59; AVM). */
const harmful = /\/(allowSharedKeyAccess|publicNetworkAccess|networkAcls\.defaultAction)$/i;

/** What Azure Policy would do to the resources of a build. */
export type PolicyReader = (reading: Reading, template: TemplateFacts) => Promise<readonly PolicyFacts[]>;

/**
 * Asks ARM to evaluate the policies itself: it alone knows initiatives and parameters. Where no policy is in force, as one list
 * tells, nothing is asked; where it may not be listed, everything. Answers are kept five minutes; what could not be read is asked
 * (and noted) again.
 */
export function policyReader(arm: Connection): PolicyReader {
  const kept = forMinutes<readonly PolicyFacts[]>(5);
  const inForce = forMinutes<boolean>(5);
  const ask = async (reading: Reading, scope: string, resource: StagingResource) => {
    const key = hashOf([scope.toLowerCase(), resource]);
    return (await reading.tried(scope, () => kept(key, () => restrictionsOn(arm, scope, resource)))) ?? [];
  };
  return async (reading, { id, body }) => {
    const scope = scopeOf(id, body);
    const any = await reading.quietly(() => inForce(scope.toLowerCase(), () => isAnyInForce(arm, scope)));
    if (any === false) return [];
    const found = (await Promise.all(stagingResources(body).map((one) => ask(reading, scope, one)))).flat();
    return found.length === 0 ? found : withoutExempt(arm, reading, scope, found);
  };
}

/** Whether any policy is enforced at a scope. `atScope()` lists what applies to it, from management groups too, and nothing that is assigned below it (Policy Assignments - List, api 2023-04-01). */
async function isAnyInForce(arm: Connection, scope: string): Promise<boolean> {
  const path = `${scope}/providers/Microsoft.Authorization/policyAssignments`;
  const assignments = await listAll(arm, path, assignmentsApi, { $filter: "atScope()" });
  return assignments
    .map((one) => fieldsOf(fieldsOf(one).properties))
    .some(({ enforcementMode }) => textOf(enforcementMode).toLowerCase() !== "donotenforce");
}

/** The own staging group, or the subscription in which the service will make one. */
function scopeOf(id: string, body: TemplateBody): string {
  const own = stagingGroupOf(body);
  return own !== undefined && parseId(own)?.resourceGroup !== undefined
    ? own
    : `/subscriptions/${parseId(id)?.subscriptionId}`;
}

async function restrictionsOn(
  arm: Connection,
  scope: string,
  { type, content }: StagingResource,
): Promise<readonly PolicyFacts[]> {
  const { body } = await arm.send({
    method: "POST",
    path: `${scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions`,
    apiVersion: restrictionsApi,
    body: { resourceDetails: { resourceContent: content } },
  });
  const answer = fieldsOf(body);
  const about = (policy: unknown) => {
    const { policyAssignmentId, policyDefinitionId } = fieldsOf(policy);
    return { scope, type, assignmentId: textOf(policyAssignmentId), definitionId: textOf(policyDefinitionId) };
  };
  const denied = itemsOf(fieldsOf(answer.contentEvaluationResult).policyEvaluations)
    .map(fieldsOf)
    .filter(({ evaluationResult, effectDetails }) => {
      const effect = textOf(fieldsOf(effectDetails).policyEffect).toLowerCase();
      return textOf(evaluationResult).toLowerCase() === "noncompliant" && (effect === "deny" || effect === "");
    })
    .map(({ policyInfo }): PolicyFacts => ({ ...about(policyInfo), effect: "deny" }));
  const changed = itemsOf(answer.fieldRestrictions)
    .map(fieldsOf)
    .filter(({ field }) => harmful.test(textOf(field)))
    .flatMap(({ field, restrictions }) =>
      itemsOf(restrictions)
        .map(fieldsOf)
        .filter(({ policyEffect, defaultValue }) => /modify|append/i.test(textOf(policyEffect)) && closes(defaultValue))
        .map(
          ({ policy, defaultValue }): PolicyFacts => ({
            ...about(policy),
            effect: "modify",
            field: textOf(field),
            value: String(defaultValue),
          }),
        ),
    );
  return [...denied, ...changed];
}

const closes = (value: unknown) => /^(false|disabled|deny)$/i.test(String(value));

/** Whether ARM's answer looks at exemptions is not documented, so they are looked up. */
async function withoutExempt(
  arm: Connection,
  reading: Reading,
  scope: string,
  found: readonly PolicyFacts[],
): Promise<readonly PolicyFacts[]> {
  const path = `${scope}/providers/Microsoft.Authorization/policyExemptions`;
  const list = () => listAll(arm, path, exemptionsApi, { $filter: "atScope()" });
  const exemptions = (await reading.tried(scope, list)) ?? [];
  const exempt = exemptions.map((one) => textOf(fieldsOf(fieldsOf(one).properties).policyAssignmentId));
  return found.filter(({ assignmentId }) => !exempt.some((id) => sameId(id, assignmentId)));
}
