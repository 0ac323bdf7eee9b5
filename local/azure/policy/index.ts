import { scopeContains, subscriptionOf } from "../ids.ts";
import { isObject, objectOf, textOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type Json,
  type JsonObject,
  type Operation,
  type World,
} from "../world.ts";
import { type Hit, hitsOf, policyKinds } from "./assigned.ts";
import { checkCondition, effectOf, resolved } from "./rule.ts";

interface Family {
  readonly kind: string;
  /** As in `policyAssignments`. */
  readonly type: string;
  readonly group: string;
  readonly at: string;
  readonly apiVersions: readonly string[];
  readonly check: (world: World, properties: JsonObject) => void;
}

const families: readonly Family[] = [
  {
    kind: policyKinds.definitions,
    type: "policyDefinitions",
    group: "PolicyDefinitions",
    at: "/subscriptions/{subscriptionId}",
    apiVersions: ["2021-06-01", "2023-04-01", "2025-01-01"],
    check: checkDefinition,
  },
  {
    kind: policyKinds.assignments,
    type: "policyAssignments",
    group: "PolicyAssignments",
    at: "{scope}",
    apiVersions: ["2022-06-01", "2023-04-01", "2025-01-01"],
    check(world, { policyDefinitionId }) {
      const id = textOf(policyDefinitionId) ?? "";
      if (world.store.get(policyKinds.definitions, id)) return;
      throw new AzureError(404, "PolicyDefinitionNotFound", `The policy definition '${id}' could not be found.`);
    },
  },
  {
    kind: policyKinds.exemptions,
    type: "policyExemptions",
    group: "PolicyExemptions",
    at: "{scope}",
    apiVersions: ["2022-07-01-preview"],
    check(world, { policyAssignmentId, exemptionCategory }) {
      const id = textOf(policyAssignmentId) ?? "";
      if (!world.store.get(policyKinds.assignments, id))
        throw new AzureError(404, "PolicyAssignmentNotFound", `The policy assignment '${id}' is not found.`);
      if (!["Waiver", "Mitigated"].includes(textOf(exemptionCategory) ?? ""))
        throw new AzureError(400, "InvalidPolicyExemption", "The exemption category must be 'Waiver' or 'Mitigated'.");
    },
  },
];

/** Refuses at once what would be judged wrongly later. */
function checkDefinition(_: World, { policyRule, parameters }: JsonObject): void {
  const sample = Object.fromEntries(
    Object.entries(objectOf(parameters)).map(([name, one]) => [name, objectOf(one).defaultValue ?? "Deny"]),
  );
  const rule = objectOf(resolved(policyRule ?? null, sample));
  if (!isObject(rule.if) || !isObject(rule.then))
    throw new AzureError(400, "InvalidPolicyRule", "The policy rule must have 'if' and 'then'.");
  checkCondition(rule.if);
  effectOf(rule.then);
}

function operationsOfFamily({ kind, type, group, at, apiVersions, check }: Family): readonly Operation[] {
  const collection = `${at}/providers/Microsoft.Authorization/${type}`;
  const one = `${collection}/{policyName}`;
  const found = (world: World, call: Call): JsonObject => {
    const body = world.store.get<JsonObject>(kind, call.id);
    if (body) return body;
    const singular = group.slice(0, -1);
    throw new AzureError(404, `${singular}NotFound`, `The ${type.slice(0, -1)} '${call.id}' could not be found.`);
  };
  const put = (world: World, call: Call): Answer => {
    const properties = objectOf(objectOf(call.body).properties);
    check(world, properties);
    const body = {
      id: call.id,
      name: call.params.policyName ?? "",
      type: `Microsoft.Authorization/${type}`,
      properties,
    };
    world.store.put(kind, call.id, body);
    return { status: 201, body };
  };
  const list = (world: World, call: Call): Answer => {
    const scope = call.id.split(/\/providers\/Microsoft\.Authorization\//i)[0] || "/";
    const atScope = /atScope\(\)/i.test(call.query.get("$filter") ?? "");
    const all = world.store.list<JsonObject>(kind).map(([id, body]) => ({ at: scopeAbove(id), body }));
    const wanted = all.filter((each) => scopeContains(each.at, scope) || (!atScope && scopeContains(scope, each.at)));
    return page(
      world,
      call,
      wanted.map(({ body }) => body),
    );
  };
  const operation = operationsOf(group, `Microsoft.Authorization/${type}`, apiVersions);
  return [
    operation(kind === policyKinds.assignments ? "Create" : "CreateOrUpdate", "PUT", one, "write", put),
    operation("Get", "GET", one, "read", (world, call) => ({ status: 200, body: found(world, call) })),
    operation("List", "GET", collection, "read", list),
    operation("Delete", "DELETE", one, "delete", (world, call) => ({
      status: world.store.delete(kind, call.id) ? 200 : 204,
    })),
  ];
}

const scopeAbove = (id: string) => id.split(/\/providers\/Microsoft\.Authorization\//i)[0] ?? "";

/** What policies would do to a resource that does not exist yet. Exemptions are not looked at: whether Azure does is not documented. */
function restrictions(world: World, call: Call): Answer {
  const details = objectOf(objectOf(call.body).resourceDetails);
  const body = objectOf(details.resourceContent);
  const type = textOf(body.type);
  if (type === undefined)
    throw new AzureError(400, "InvalidCheckRestrictionsRequest", "The resource content must have a 'type'.");
  const scope = call.id;
  const candidate = { id: `${scope}/providers/${type}/${textOf(body.name) ?? ""}`, type, body };
  const found = hitsOf(world, candidate, scope, false);
  const policyEvaluations = found
    .filter(({ effect }) => effect.kind === "deny")
    .map((hit) => ({
      policyInfo: referenceTo(hit),
      evaluationResult: "NonCompliant",
      effectDetails: { policyEffect: "Deny" },
    }));
  const fieldRestrictions = found.flatMap((hit) =>
    hit.effect.kind === "modify" ? hit.effect.sets.map((set) => restriction(hit, set)) : [],
  );
  return { status: 200, body: { contentEvaluationResult: { policyEvaluations }, fieldRestrictions } };
}

const referenceTo = ({ assignment, definition }: Hit) => ({
  policyDefinitionId: definition.id,
  policyAssignmentId: assignment.id,
});

const restriction = (hit: Hit, { field, value }: { readonly field: string; readonly value: Json }) => ({
  field,
  restrictions: [{ result: "Required", defaultValue: String(value), policyEffect: "Modify", policy: referenceTo(hit) }],
});

const check = "providers/Microsoft.PolicyInsights/checkPolicyRestrictions";
const checks = [
  ["SubscriptionScope", `/subscriptions/{subscriptionId}/${check}`],
  ["ResourceGroupScope", `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/${check}`],
] as const;

/** Policy definitions, assignments and exemptions, and what they would do (a POST that needs a read right). */
export const policyOperations: readonly Operation[] = [
  ...families.flatMap(operationsOfFamily),
  ...checks.map(
    ([name, path]): Operation => ({
      name: `PolicyRestrictions_CheckAt${name}`,
      method: "POST",
      path,
      apiVersions: ["2022-03-01", "2023-03-01", "2024-10-01"],
      action: "Microsoft.PolicyInsights/checkPolicyRestrictions/read",
      answer: (world, call) => {
        const scope = call.id.split(/\/providers\/Microsoft\.PolicyInsights/i)[0] ?? "";
        world.requireProvider(subscriptionOf(scope) ?? "", "Microsoft.PolicyInsights");
        return restrictions(world, { ...call, id: scope });
      },
    }),
  ),
];
