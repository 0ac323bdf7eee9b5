import type { Problem } from "../../problem.ts";
import { parseId } from "../armId.ts";
import type { Facts } from "./facts.ts";
import { neededProviders } from "./factsWanted.ts";
import type { PlanPart } from "./planBuild.ts";
import type { Policy } from "./policy.ts";

/** The provider part of a plan: namespaces that a build needs and the subscription has not registered. `Registering` is good enough (image-builder.md §4); a state that was not read is not judged. */
export function planProviders(facts: Facts, policy: Policy): PlanPart {
  const subscriptionId = parseId(facts.template.id)?.subscriptionId;
  const states = new Map(Object.entries(facts.providers).map(([name, state]) => [name.toLowerCase(), state]));
  const missing = neededProviders.filter((namespace) =>
    ["notregistered", "unregistered", "unregistering"].includes(
      (states.get(namespace.toLowerCase()) ?? "").toLowerCase(),
    ),
  );
  if (subscriptionId === undefined) return { changes: [], blockers: [], warnings: [] };
  if (!policy.registerProviders)
    return { changes: [], blockers: missing.map((one) => notRegistered(one, subscriptionId)), warnings: [] };
  const changes = missing.map((namespace) => ({ kind: "registerProvider", subscriptionId, namespace }) as const);
  return { changes, blockers: [], warnings: [] };
}

function notRegistered(namespace: string, subscriptionId: string): Problem {
  return {
    code: "ProviderNotRegistered",
    title: `The resource provider ${namespace} is not registered`,
    scope: `/subscriptions/${subscriptionId}`,
    stage: "planning",
    fix: [
      `Run: az provider register --namespace ${namespace} --subscription ${subscriptionId}`,
      "Or let this app do it: set GOLDSMITH_REGISTER_PROVIDERS to true.",
    ],
  };
}
