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

/** The providers that exist for the emulator. */
const known: readonly string[] = [
  "Microsoft.Authorization",
  "Microsoft.Compute",
  "Microsoft.ContainerInstance",
  "Microsoft.EventGrid",
  "Microsoft.KeyVault",
  "Microsoft.ManagedIdentity",
  "Microsoft.Network",
  "Microsoft.PolicyInsights",
  "Microsoft.Resources",
  "Microsoft.Storage",
  "Microsoft.VirtualMachineImages",
];
const always = new Set(["microsoft.authorization", "microsoft.resources"]);
const job = "registerProvider";

/** How far the registration of a namespace in a subscription is. */
type State = "NotRegistered" | "Registering" | "Registered" | "Unregistering";
const key = (subscriptionId: string, namespace: string) => `${subscriptionId}/${namespace}`;

function nameOfProvider(namespace: string): string {
  return known.find((one) => one.toLowerCase() === namespace.toLowerCase()) ?? namespace;
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

/** The types of a namespace with the api-versions that are taken, newest first. */
export type ResourceTypes = (
  namespace: string,
) => readonly { readonly resourceType: string; readonly apiVersions: readonly string[] }[];

function shown(world: World, subscriptionId: string, namespace: string, typesOf: ResourceTypes): JsonObject {
  const name = nameOfProvider(namespace);
  return {
    id: `/subscriptions/${subscriptionId}/providers/${name}`,
    namespace: name,
    resourceTypes: typesOf(name).map((type) => ({ ...type, locations: [] })),
    registrationState: stateOf(world, subscriptionId, namespace),
    registrationPolicy: always.has(name.toLowerCase()) ? "RegistrationFree" : "RegistrationRequired",
  };
}

function change(world: World, call: Call, via: State, end: State): void {
  const { subscriptionId = "", namespace = "" } = call.params;
  checkKnown(namespace);
  if (stateOf(world, subscriptionId, namespace) !== end) {
    world.store.put("provider", key(subscriptionId, namespace), via);
    const due = world.clock.now() + drawMs(world.random, world.switches.registrationSeconds);
    world.jobs.at(due, job, { subscriptionId, namespace, state: end });
  }
}

function checkKnown(namespace: string): void {
  if (known.some((one) => one.toLowerCase() === namespace.toLowerCase())) return;
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
const readAction = "Microsoft.Resources/subscriptions/providers/read";

/** Resource providers and their registration; `typesOf` tells what each namespace has. */
export function providerOperations(typesOf: ResourceTypes): readonly Operation[] {
  const show = (world: World, call: Call): Answer => {
    const { subscriptionId = "", namespace = "" } = call.params;
    checkKnown(namespace);
    return { status: 200, body: shown(world, subscriptionId, namespace, typesOf) };
  };
  const turn = (verb: string, via: State, end: State) => (world: World, call: Call) => {
    const { subscriptionId, namespace = "" } = call.params;
    world.rights.require(
      call.caller,
      `${nameOfProvider(namespace)}/${verb}/action`,
      `/subscriptions/${subscriptionId}`,
    );
    if (verb === "unregister") checkUnused(world, call);
    change(world, call, via, end);
    return show(world, call);
  };
  const operation = (
    name: string,
    method: Operation["method"],
    at: string,
    answer: Operation["answer"],
    action: string | null = readAction,
  ): Operation => ({
    name: `Providers_${name}`,
    method,
    path: at,
    apiVersions: resourcesVersions,
    action,
    answer,
  });
  return [
    operation("List", "GET", path, (world, call) =>
      page(
        world,
        call,
        known.map((one) => shown(world, call.params.subscriptionId ?? "", one, typesOf)),
      ),
    ),
    operation("Get", "GET", `${path}/{namespace}`, show),
    operation("Register", "POST", `${path}/{namespace}/register`, turn("register", "Registering", "Registered"), null),
    operation(
      "Unregister",
      "POST",
      `${path}/{namespace}/unregister`,
      turn("unregister", "Unregistering", "NotRegistered"),
      null,
    ),
  ];
}
