import { scopeContains } from "../ids.ts";
import { page } from "../paging.ts";
import { drawMs } from "../random.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";
import { resourcesVersions } from "./groups.ts";

/** The providers that the emulator knows by name, with the resource types worth showing. */
const known: Readonly<Record<string, readonly string[]>> = {
  "Microsoft.Authorization": ["roleAssignments", "roleDefinitions", "locks"],
  "Microsoft.Compute": ["galleries", "galleries/images", "galleries/images/versions", "images", "virtualMachines"],
  "Microsoft.ContainerInstance": ["containerGroups"],
  "Microsoft.EventGrid": ["topics", "systemTopics", "eventSubscriptions"],
  "Microsoft.KeyVault": ["vaults"],
  "Microsoft.ManagedIdentity": ["userAssignedIdentities"],
  "Microsoft.Network": ["virtualNetworks", "networkSecurityGroups", "routeTables", "natGateways"],
  "Microsoft.Resources": ["resourceGroups", "deployments"],
  "Microsoft.Storage": ["storageAccounts"],
  "Microsoft.VirtualMachineImages": ["imageTemplates"],
};
const always = new Set(["microsoft.authorization", "microsoft.resources"]);
const job = "registerProvider";

/** How far the registration of a namespace in a subscription is. */
type State = "NotRegistered" | "Registering" | "Registered" | "Unregistering";
const key = (subscriptionId: string, namespace: string) => `${subscriptionId}/${namespace}`;

function nameOfProvider(namespace: string): string {
  return Object.keys(known).find((one) => one.toLowerCase() === namespace.toLowerCase()) ?? namespace;
}

function stateOf(world: World, subscriptionId: string, namespace: string): State {
  if (always.has(namespace.toLowerCase())) return "Registered";
  const kept = world.store.get<State>("provider", key(subscriptionId, namespace));
  const fromStart = world.switches.registeredProviders.some((one) => one.toLowerCase() === namespace.toLowerCase());
  return kept ?? (fromStart ? "Registered" : "NotRegistered");
}

/** Throws what ARM answers to a write under a namespace that is not registered; `Registering` is enough (rbac-network-arm.md §11 no. 22). */
export function requireProvider(world: World, subscriptionId: string, namespace: string): void {
  const state = stateOf(world, subscriptionId, namespace);
  if (state === "Registered" || state === "Registering") return;
  const name = nameOfProvider(namespace);
  const message = `The subscription is not registered to use namespace '${name}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
  throw new AzureError(409, "MissingSubscriptionRegistration", message, {
    details: [{ code: "MissingSubscriptionRegistration", target: name, message }],
  });
}

/** Registers the job that ends a registration. */
export function registerProviders(world: World): void {
  world.jobs.on(job, ({ subscriptionId, namespace, state }) =>
    world.store.put("provider", key(String(subscriptionId), String(namespace)), state),
  );
}

function shown(world: World, subscriptionId: string, namespace: string): JsonObject {
  const name = nameOfProvider(namespace);
  return {
    id: `/subscriptions/${subscriptionId}/providers/${name}`,
    namespace: name,
    resourceTypes: (known[name] ?? []).map((resourceType) => ({ resourceType, locations: [], apiVersions: [] })),
    registrationState: stateOf(world, subscriptionId, namespace),
    registrationPolicy: always.has(name.toLowerCase()) ? "RegistrationFree" : "RegistrationRequired",
  };
}

function change(world: World, call: Call, via: State, end: State): Answer {
  const { subscriptionId = "", namespace = "" } = call.params;
  checkKnown(namespace);
  if (stateOf(world, subscriptionId, namespace) !== end) {
    world.store.put("provider", key(subscriptionId, namespace), via);
    const due = world.clock.now() + drawMs(world.random, world.switches.registrationSeconds);
    world.jobs.at(due, job, { subscriptionId, namespace, state: end });
  }
  return { status: 200, body: shown(world, subscriptionId, namespace) };
}

function checkKnown(namespace: string): void {
  if (Object.keys(known).some((one) => one.toLowerCase() === namespace.toLowerCase())) return;
  throw new AzureError(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`);
}

function checkUnused(world: World, call: Call): void {
  const { subscriptionId = "", namespace = "" } = call.params;
  const used = world.store
    .list<Resource>("resource", `/subscriptions/${subscriptionId}`)
    .some(
      ([id]) =>
        scopeContains(`/subscriptions/${subscriptionId}`, id) &&
        id.toLowerCase().includes(`/providers/${namespace.toLowerCase()}/`),
    );
  if (!used) return;
  throw new AzureError(
    409,
    "CannotUnregisterProviderWithExistingResources",
    `Cannot unregister provider '${nameOfProvider(namespace)}' because the subscription still has resources of it.`,
  );
}

const path = "/subscriptions/{subscriptionId}/providers";
const base = { apiVersions: resourcesVersions } as const;

/** Resource providers and their registration. */
export const providerOperations: readonly Operation[] = [
  {
    ...base,
    name: "Providers_List",
    method: "GET",
    path,
    action: "Microsoft.Resources/subscriptions/providers/read",
    answer: (world, call) =>
      page(
        world,
        call,
        Object.keys(known).map((one) => shown(world, call.params.subscriptionId ?? "", one)),
      ),
  },
  {
    ...base,
    name: "Providers_Get",
    method: "GET",
    path: `${path}/{namespace}`,
    action: "Microsoft.Resources/subscriptions/providers/read",
    answer: (world, call) => {
      const { subscriptionId = "", namespace = "" } = call.params;
      checkKnown(namespace);
      return { status: 200, body: shown(world, subscriptionId, namespace) };
    },
  },
  {
    ...base,
    name: "Providers_Register",
    method: "POST",
    path: `${path}/{namespace}/register`,
    action: null,
    answer: (world, call) => {
      const { subscriptionId = "", namespace = "" } = call.params;
      world.rights.require(
        call.caller,
        `${nameOfProvider(namespace)}/register/action`,
        `/subscriptions/${subscriptionId}`,
      );
      return change(world, call, "Registering", "Registered");
    },
  },
  {
    ...base,
    name: "Providers_Unregister",
    method: "POST",
    path: `${path}/{namespace}/unregister`,
    action: null,
    answer: (world, call) => {
      const { subscriptionId = "", namespace = "" } = call.params;
      world.rights.require(
        call.caller,
        `${nameOfProvider(namespace)}/unregister/action`,
        `/subscriptions/${subscriptionId}`,
      );
      checkUnused(world, call);
      return change(world, call, "Unregistering", "NotRegistered");
    },
  },
];
