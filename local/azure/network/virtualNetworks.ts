import { isObject, objectOf, textOf } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, Operation, Resource, World } from "../world.ts";
import { putNetwork, shownNetwork } from "./networkWrite.ts";
import {
  networkType,
  newEtag,
  networkOperation as operation,
  pathsOf,
  readAnswer,
  resourceMissing,
  subnetType,
} from "./shapes.ts";
import { checkUnused } from "./subnets.ts";
import { begin, claim } from "./work.ts";

const writeAction = `${networkType}/write`;

function find(world: World, call: Call): Resource {
  const network = world.store.resource(call.id);
  if (!network) throw resourceMissing(call, networkType, call.params.virtualNetworkName ?? "");
  return network;
}

function patchTags(world: World, call: Call): Answer {
  const network = find(world, call);
  claim(world, network.id, "PutVirtualNetworkOperation");
  const tags = objectOf(call.body).tags;
  const work = {
    operation: "PutVirtualNetworkOperation",
    lock: network.id,
    resourceId: network.id,
    location: textOf(network.body.location) ?? "",
    touched: [network.id],
    noChange: true,
    operationName: writeAction,
  };
  begin(world, call, work, () =>
    world.store.putResource({
      ...network,
      body: { ...network.body, etag: newEtag(world), ...(isObject(tags) ? { tags } : {}) },
    }),
  );
  return { status: 200, body: shownNetwork(world, find(world, call)) };
}

function deleteNetwork(world: World, call: Call): Answer {
  const network = world.store.resource(call.id);
  if (!network) return { status: 204 };
  const subnets = world.store.resources(subnetType, network.id);
  for (const subnet of subnets) checkUnused(subnet);
  claim(world, network.id, "DeleteVirtualNetworkOperation");
  const work = {
    operation: "DeleteVirtualNetworkOperation",
    lock: network.id,
    resourceId: network.id,
    location: textOf(network.body.location) ?? "",
    touched: [network.id, ...subnets.map(({ id }) => id)],
    deletes: true,
    operationName: `${networkType}/delete`,
  };
  return { status: 202, headers: begin(world, call, work, () => {}) };
}

const list = (world: World, call: Call): Answer =>
  page(
    world,
    call,
    world.store.resources(networkType, call.id.replace(/\/providers\/.*$/i, "")).map((one) => shownNetwork(world, one)),
  );

const { one, inGroup, inSubscription } = pathsOf("virtualNetworks", "virtualNetworkName");
const readAction = `${networkType}/read`;

/** Virtual networks. */
export const virtualNetworkOperations: readonly Operation[] = [
  operation("VirtualNetworks_CreateOrUpdate", "PUT", one, writeAction, putNetwork),
  operation("VirtualNetworks_Get", "GET", one, readAction, (world, call) =>
    readAnswer(shownNetwork(world, find(world, call))),
  ),
  operation("VirtualNetworks_UpdateTags", "PATCH", one, writeAction, patchTags),
  operation("VirtualNetworks_Delete", "DELETE", one, `${networkType}/delete`, deleteNetwork),
  operation("VirtualNetworks_List", "GET", inGroup, readAction, list),
  operation("VirtualNetworks_ListAll", "GET", inSubscription, readAction, list),
];
