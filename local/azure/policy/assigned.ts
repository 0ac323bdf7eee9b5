import { sameId, scopeContains, typeOf } from "../ids.ts";
import { objectOf, textOf, textsOf } from "../json.ts";
import { AzureError, type Json, type JsonObject, type World } from "../world.ts";
import { type Candidate, type Effect, effectOf, hits, resolved, withSet } from "./rule.ts";

/** Where the store keeps policies: their resources' JSON by id. */
export const policyKinds = {
  definitions: "policyDefinition",
  assignments: "policyAssignment",
  exemptions: "policyExemption",
} as const;

/** A policy that hits a resource. */
export interface Hit {
  readonly assignment: { readonly id: string; readonly name: string };
  readonly definition: { readonly id: string; readonly name: string };
  readonly effect: Effect;
}

const all = (world: World, kind: string) => world.store.list<JsonObject>(kind).map(([, body]) => body);
const named = (body: JsonObject) => ({
  id: textOf(body.id) ?? "",
  name: textOf(objectOf(body.properties).displayName) ?? textOf(body.name) ?? "",
});

/** The policies in force for a resource that hit it; `exemptions` says whether these count. */
export function hitsOf(world: World, candidate: Candidate, scope: string, exemptions: boolean): readonly Hit[] {
  return all(world, policyKinds.assignments).flatMap((assignment) => {
    const own = objectOf(assignment.properties);
    const [at = ""] = (textOf(assignment.id) ?? "").split(
      /\/providers\/Microsoft\.Authorization\/policyAssignments\//i,
    );
    if (!scopeContains(at, scope) || textOf(own.enforcementMode) === "DoNotEnforce") return [];
    if (textsOf(own.notScopes).some((one) => scopeContains(one, scope))) return [];
    if (exemptions && isExempt(world, textOf(assignment.id) ?? "", scope)) return [];
    const definition = world.store.get<JsonObject>(policyKinds.definitions, textOf(own.policyDefinitionId) ?? "");
    if (!definition) return [];
    const { policyRule, parameters, mode } = objectOf(definition.properties);
    if (isGroup(candidate) && textOf(mode)?.toLowerCase() === "indexed") return [];
    const rule = objectOf(resolved(policyRule ?? null, valuesOf(objectOf(parameters), objectOf(own.parameters))));
    const effect = effectOf(rule.then);
    if (effect.kind === "disabled" || !hits(rule.if, candidate)) return [];
    return [{ assignment: named(assignment), definition: named(definition), effect }];
  });
}

const isGroup = ({ type }: Candidate) => /^Microsoft\.Resources\/subscriptions\/resourceGroups$/i.test(type);

function isExempt(world: World, assignmentId: string, scope: string): boolean {
  return all(world, policyKinds.exemptions).some((exemption) => {
    const [at = ""] = (textOf(exemption.id) ?? "").split(/\/providers\/Microsoft\.Authorization\/policyExemptions\//i);
    const about = textOf(objectOf(exemption.properties).policyAssignmentId) ?? "";
    return sameId(about, assignmentId) && scopeContains(at, scope);
  });
}

function valuesOf(declared: JsonObject, given: JsonObject): JsonObject {
  const value = (name: string): Json =>
    objectOf(given[name]).value ?? objectOf(declared[name]).defaultValue ?? (null as Json);
  return Object.fromEntries(Object.keys(declared).map((name) => [name, value(name)]));
}

/** The resource as policies let it be written: what `modify` sets is set, then what `deny` hits is refused as ARM refuses it. */
export function enforced(world: World, id: string, body: JsonObject, type = policyTypeOf(id)): JsonObject {
  let candidate: Candidate = { id, type, body };
  for (const { effect } of hitsOf(world, candidate, id, true))
    if (effect.kind === "modify")
      for (const { field, value } of effect.sets) candidate = { ...candidate, body: withSet(candidate, field, value) };
  const denying = hitsOf(world, candidate, id, true).filter(({ effect }) => effect.kind === "deny");
  if (denying.length > 0) throw disallowed(id, denying);
  return candidate.body;
}

/** A group's type is written in full in policies. */
function policyTypeOf(id: string): string {
  const type = typeOf(id);
  return type === "Microsoft.Resources/resourceGroups" ? "Microsoft.Resources/subscriptions/resourceGroups" : type;
}

function disallowed(id: string, denying: readonly Hit[]): AzureError {
  const identifiers = denying.map(({ assignment, definition }) => ({
    policyAssignment: { name: assignment.name, id: assignment.id },
    policyDefinition: { name: definition.name, id: definition.id },
  }));
  const name = id.split("/").at(-1) ?? "";
  return new AzureError(
    403,
    "RequestDisallowedByPolicy",
    `Resource '${name}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`,
  );
}
