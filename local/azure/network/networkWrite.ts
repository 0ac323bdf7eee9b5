import { sameId } from "../ids.ts";
import { compact, isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import type { Answer, Call, Json, JsonObject, Resource, World } from "../world.ts";
import { checkIfMatch, childName, invalid, networkType, newEtag, subnetType } from "./shapes.ts";
import { checkLayout, checkSubnet, prefixesOf, subnetBody, subnetProperties } from "./subnetShape.ts";
import { checkLinks, checkReferences, checkUnused } from "./subnets.ts";
import { begin, claim, refreshEtags } from "./work.ts";

const writeAction = `${networkType}/write`;

/** A network with its subnets in it. */
export function shownNetwork(world: World, { id, body }: Resource): JsonObject {
  const subnets = world.store.resources(subnetType, id).map((subnet) => subnet.body);
  return { ...body, properties: { ...objectOf(body.properties), subnets } };
}

interface WantedSubnet {
  readonly id: string;
  readonly name: string;
  readonly sent: JsonObject;
}

/** Writes a virtual network; with `subnets` in the body they are all replaced. */
export function putNetwork(world: World, call: Call): Answer {
  const body = objectOf(call.body);
  const sent = objectOf(body.properties);
  const standing = world.store.resource(call.id);
  const id = standing?.id ?? call.id;
  const wanted = wantedSubnets(id, sent.subnets);
  for (const subnet of wanted ?? []) checkLinks(world, call, call.id, writeAction, subnet.sent);
  checkIfMatch(call, call.id, standing);
  claim(world, id, "PutVirtualNetworkOperation");
  const location = textOf(body.location)?.replaceAll(" ", "").toLowerCase();
  if (!location) throw invalid("LocationRequired", "The location property is required for this definition.");
  const space = textsOf(objectOf(sent.addressSpace).addressPrefixes);
  if (space.length === 0) throw invalid("NetcfgMissingAddressSpace", "A virtual network must have an address space.");
  const name = textOf(standing?.body.name) ?? call.params.virtualNetworkName ?? "";
  const subnets = wanted ?? (keepsSubnets(call) ? undefined : []);
  for (const subnet of subnets ?? []) {
    checkSubnet(subnet.name, subnet.sent);
    checkReferences(world, subnet.id, subnet.sent);
  }
  const layout = subnets ?? standingSubnets(world, id);
  checkLayout(
    name,
    space,
    layout.map((one) => ({ name: one.name, prefixes: prefixesOf(one.sent) })),
  );
  return writeNetwork(world, call, { id, name, location, sent, subnets, standing });
}

/** From 2023-11-01 on, a PUT without `subnets` keeps them; earlier it removes them (rbac-network-arm.md §5.1). */
function keepsSubnets(call: Call): boolean {
  return call.apiVersion >= "2023-11-01";
}

function wantedSubnets(networkId: string, value: Json | undefined): readonly WantedSubnet[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return listOf(value)
    .filter(isObject)
    .map((entry) => {
      const name = childName(entry);
      if (!name) throw invalid("InvalidRequestFormat", "Cannot parse the request. A subnet needs a name.");
      return { id: `${networkId}/subnets/${name}`, name, sent: objectOf(entry.properties) };
    });
}

function standingSubnets(world: World, networkId: string): readonly WantedSubnet[] {
  return world.store
    .resources(subnetType, networkId)
    .map(({ id, body }) => ({ id, name: textOf(body.name) ?? "", sent: objectOf(body.properties) }));
}

interface NetworkWrite {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly sent: JsonObject;
  /** Undefined: the standing ones stay. */
  readonly subnets: readonly WantedSubnet[] | undefined;
  readonly standing: Resource | undefined;
}

function writeNetwork(world: World, call: Call, write: NetworkWrite): Answer {
  const { id, subnets, standing } = write;
  const removed = subnets
    ? world.store.resources(subnetType, id).filter((old) => !subnets.some((one) => sameId(one.id, old.id)))
    : [];
  for (const subnet of removed) checkUnused(subnet);
  const touched = [id, ...(subnets ?? []).map((one) => one.id), ...removed.map((one) => one.id)];
  const work = {
    operation: "PutVirtualNetworkOperation",
    lock: id,
    resourceId: id,
    location: write.location,
    touched,
    operationName: writeAction,
  };
  const headers = begin(world, call, work, () => {
    for (const subnet of removed) world.store.deleteResource(subnet.id);
    for (const subnet of subnets ?? []) {
      const old = world.store.resource(subnet.id);
      const body = subnetBody(
        old?.id ?? subnet.id,
        subnet.name,
        newEtag(world),
        subnetProperties(subnet.id, newEtag(world), subnet.sent),
      );
      world.store.putResource({ ...old, id: old?.id ?? subnet.id, type: subnetType, body });
    }
    world.store.putResource({ ...standing, id, type: networkType, body: networkBody(world, call, write) });
    refreshEtags(world, touched, id);
  });
  const stored = world.store.resource(id)!;
  return { status: standing ? 200 : 201, headers, body: shownNetwork(world, stored) };
}

function networkBody(world: World, call: Call, { id, name, location, sent, standing }: NetworkWrite): JsonObject {
  const { subnets: _, provisioningState: __, resourceGuid: ___, ...rest } = sent;
  const body = objectOf(call.body);
  return compact({
    name,
    id,
    etag: newEtag(world),
    type: networkType,
    location,
    tags: isObject(body.tags) ? body.tags : undefined,
    properties: {
      ...rest,
      provisioningState: "Updating",
      resourceGuid: objectOf(standing?.body.properties).resourceGuid ?? world.guid(),
      virtualNetworkPeerings: rest.virtualNetworkPeerings ?? [],
      enableDdosProtection: rest.enableDdosProtection ?? false,
      privateEndpointVNetPolicies: rest.privateEndpointVNetPolicies ?? "Disabled",
    },
  });
}
