import { authorizationRecords } from "../authorization/records.ts";
import { scopeContains } from "../ids.ts";
import { page } from "../paging.ts";
import { assignmentsInForce } from "../rights.ts";
import { AzureError, type JsonObject, type Operation, type World } from "../world.ts";
import { resourcesVersions } from "./groups.ts";

/** A subscription; in the first tenant unless it names another. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly displayName: string;
  readonly tenantId?: string;
}

const versions = [
  "2016-06-01",
  "2019-06-01",
  "2019-11-01",
  "2020-01-01",
  "2021-01-01",
  "2022-12-01",
  ...resourcesVersions,
];
const locations = ["westeurope", "northeurope", "eastus", "eastus2", "westus2", "swedencentral"];

function shown(world: World, { subscriptionId, displayName, tenantId = world.tenantId }: Subscription): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName,
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "Local_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

const base = { method: "GET", apiVersions: versions } as const;
const readAction = "Microsoft.Resources/subscriptions/read";

/** Subscriptions, their locations, and the tenant. The list shows a caller those in which it has any role, as Azure's does. */
export const subscriptionOperations: readonly Operation[] = [
  {
    ...base,
    name: "Subscriptions_List",
    path: "/subscriptions",
    action: null,
    answer: (world, call) => {
      const all = world.store.list<Subscription>("subscription").map(([, subscription]) => subscription);
      const own = assignmentsInForce(authorizationRecords(world.store), call.caller.principalId, world.clock.now());
      const readable = all.filter(({ subscriptionId }) =>
        own.some(({ scope }) => scope === "/" || scopeContains(`/subscriptions/${subscriptionId}`, scope)),
      );
      return page(
        world,
        call,
        readable.map((one) => shown(world, one)),
      );
    },
  },
  {
    ...base,
    name: "Subscriptions_Get",
    path: "/subscriptions/{subscriptionId}",
    action: readAction,
    answer: (world, call) => {
      const one = world.store.get<Subscription>("subscription", call.params.subscriptionId ?? "");
      if (!one)
        throw new AzureError(
          404,
          "SubscriptionNotFound",
          `The subscription '${call.params.subscriptionId}' could not be found.`,
        );
      return { status: 200, body: shown(world, one) };
    },
  },
  {
    ...base,
    name: "Subscriptions_ListLocations",
    path: "/subscriptions/{subscriptionId}/locations",
    action: "Microsoft.Resources/subscriptions/locations/read",
    answer: (_, call) => ({
      status: 200,
      body: {
        value: locations.map((name) => ({
          id: `/subscriptions/${call.params.subscriptionId}/locations/${name}`,
          name,
          type: "Region",
          displayName: name,
          regionalDisplayName: name,
          metadata: { regionType: "Physical", regionCategory: "Recommended" },
        })),
      },
    }),
  },
  {
    ...base,
    name: "Tenants_List",
    path: "/tenants",
    action: null,
    answer: (world) => ({
      status: 200,
      body: {
        value: [
          {
            id: `/tenants/${world.tenantId}`,
            tenantId: world.tenantId,
            displayName: "Goldsmith local",
            tenantCategory: "Home",
          },
        ],
      },
    }),
  },
];
