import { parentOf, sameId } from "../ids.ts";
import { listOf, objectOf, sameJson, textOf, textsOf } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, JsonObject, Operation, Resource, World } from "../world.ts";
import {
  checkIfMatch,
  childMissing,
  invalid,
  networkVersions,
  newEtag,
  parentMissing,
  pathsOf,
  readAnswer,
  referenced,
  referenceMissing,
  securityGroupType,
  subnetType,
} from "./shapes.ts";
import { checkLayout, checkSubnet, layoutOf, prefixesOf, subnetBody, subnetProperties } from "./subnetShape.ts";
import { begin, claim, refreshEtags, requireProvisioned } from "./work.ts";

/** What a subnet refers to, with the right that the caller needs there (rbac-network-arm.md §3.2). */
const links = [
  { property: "networkSecurityGroup", type: securityGroupType },
  { property: "routeTable", type: "Microsoft.Network/routeTables" },
  { property: "natGateway", type: "Microsoft.Network/natGateways" },
] as const;

/** Checks the caller's rights on everything that a subnet's body refers to, as the gateway does before the provider sees it. */
export function checkLinks(world: World, call: Call, scope: string, action: string, properties: JsonObject): void {
  for (const { property, type } of links) {
    const id = referenced(properties[property]);
    if (id) world.rights.requireLinked(call.caller, { action, scope }, `${type}/join/action`, id);
  }
  for (const policy of listOf(properties.serviceEndpointPolicies)) {
    const id = referenced(policy);
    if (id)
      world.rights.requireLinked(
        call.caller,
        { action, scope },
        "Microsoft.Network/serviceEndpointPolicies/join/action",
        id,
      );
  }
}

/** Checks that what a subnet refers to exists and is not being written. */
export function checkReferences(world: World, subnetId: string, properties: JsonObject): void {
  for (const { property } of links) {
    const id = referenced(properties[property]);
    if (!id) continue;
    if (!world.store.resource(id)) throw referenceMissing(id, subnetId);
    requireProvisioned(world, id, subnetId);
  }
}

function networkOf(world: World, call: Call): Resource {
  const id = parentOf(call.id.replace(/\/subnets$/i, "/subnets/any"));
  const network = world.store.resource(id);
  if (!network) throw parentMissing(call, subnetType, id);
  return network;
}

const writeAction = `${subnetType}/write`;

function putSubnet(world: World, call: Call): Answer {
  const sent = objectOf(objectOf(call.body).properties);
  checkLinks(world, call, call.id, writeAction, sent);
  const network = networkOf(world, call);
  const standing = world.store.resource(call.id);
  if (world.switches.subnetsHonourIfMatch) checkIfMatch(call, call.id, standing);
  claim(world, network.id, "PutSubnetOperation");
  const name = textOf(standing?.body.name) ?? call.params.subnetName ?? "";
  const id = standing?.id ?? `${network.id}/subnets/${name}`;
  checkSubnet(name, sent);
  checkReferences(world, id, sent);
  const others = layoutOf(world, network.id).filter((one) => !sameId(one.id, id));
  const space = textsOf(objectOf(objectOf(network.body.properties).addressSpace).addressPrefixes);
  checkLayout(textOf(network.body.name) ?? "", space, [...others, { name, prefixes: prefixesOf(sent) }]);
  return writeSubnet(world, call, network, { id, name, sent, standing });
}

function writeSubnet(
  world: World,
  call: Call,
  network: Resource,
  { id, name, sent, standing }: { id: string; name: string; sent: JsonObject; standing: Resource | undefined },
): Answer {
  const kept = textOf(standing?.body.etag) ?? "";
  const unchanged =
    standing !== undefined &&
    sameJson(settled(subnetProperties(id, kept, sent)), settled(objectOf(standing.body.properties)));
  const etag = unchanged ? kept : newEtag(world);
  // Who has an address in the subnet keeps it, whatever a PUT says.
  const used = standing ? objectOf(standing.body.properties).ipConfigurations : undefined;
  const properties = { ...subnetProperties(id, etag, sent), ...(used ? { ipConfigurations: used } : {}) };
  const body = subnetBody(id, name, etag, properties);
  const location = textOf(network.body.location) ?? "";
  const work = {
    operation: "PutSubnetOperation",
    lock: network.id,
    resourceId: id,
    location,
    touched: [id],
    noChange: unchanged,
    operationName: writeAction,
  };
  const headers = begin(world, call, work, () => {
    world.store.putResource({ ...standing, id, type: subnetType, body });
    if (!unchanged) refreshEtags(world, [id], network.id);
  });
  const stored = world.store.resource(id)?.body ?? body;
  return { status: standing ? 200 : 201, headers, body: stored };
}

/** What counts when two subnets are compared. */
function settled(properties: JsonObject): JsonObject {
  const { provisioningState: _, ipConfigurations: __, ...rest } = properties;
  return rest;
}

function getSubnet(world: World, call: Call): Answer {
  networkOf(world, call);
  const subnet = world.store.resource(call.id);
  if (!subnet) throw childMissing(call.id);
  return readAnswer(subnet.body);
}

function deleteSubnet(world: World, call: Call): Answer {
  const network = networkOf(world, call);
  const subnet = world.store.resource(call.id);
  if (!subnet) return { status: 204 };
  checkUnused(subnet);
  claim(world, network.id, "DeleteSubnetOperation");
  const location = textOf(network.body.location) ?? "";
  const headers = begin(
    world,
    call,
    {
      operation: "DeleteSubnetOperation",
      lock: network.id,
      resourceId: subnet.id,
      location,
      touched: [subnet.id],
      deletes: true,
      operationName: `${subnetType}/delete`,
    },
    () => {},
  );
  return { status: 202, headers };
}

/** Throws where something has an address in the subnet. */
export function checkUnused(subnet: Resource): void {
  const [used] = listOf(objectOf(subnet.body.properties).ipConfigurations);
  const id = referenced(used);
  if (id)
    throw invalid(
      "InUseSubnetCannotBeDeleted",
      `Subnet ${textOf(subnet.body.name)} is in use by ${id} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
    );
}

const one = `${pathsOf("virtualNetworks", "virtualNetworkName").one}/subnets/{subnetName}`;
const base = { apiVersions: networkVersions } as const;

/** Subnets: rbac-network-arm.md §5.1. */
export const subnetOperations: readonly Operation[] = [
  { ...base, name: "Subnets_CreateOrUpdate", method: "PUT", path: one, action: writeAction, answer: putSubnet },
  { ...base, name: "Subnets_Get", method: "GET", path: one, action: `${subnetType}/read`, answer: getSubnet },
  {
    ...base,
    name: "Subnets_Delete",
    method: "DELETE",
    path: one,
    action: `${subnetType}/delete`,
    answer: deleteSubnet,
  },
  {
    ...base,
    name: "Subnets_List",
    method: "GET",
    path: one.replace("/{subnetName}", ""),
    action: `${subnetType}/read`,
    answer: (world, call) =>
      page(
        world,
        call,
        world.store.resources(subnetType, networkOf(world, call).id).map(({ body }) => body),
      ),
  },
];
