import ipaddr from "ipaddr.js";
import { sameId } from "../ids.ts";
import { compact, isObject, listOf, objectOf, textOf } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, Json, JsonObject, Operation, Resource, World } from "../world.ts";
import {
  invalid,
  newEtag,
  networkOperation as operation,
  pathsOf,
  readAnswer,
  referenced,
  referenceMissing,
  resourceMissing,
  securityGroupType,
  subnetType,
} from "./shapes.ts";
import { prefixesOf } from "./subnetShape.ts";
import { begin, claim, requireProvisioned } from "./work.ts";

export const nicType = "Microsoft.Network/networkInterfaces";
const publicType = "Microsoft.Network/publicIPAddresses";
const writeAction = `${nicType}/write`;

/** What an interface refers to, with the right the caller needs there. */
const links = [
  { property: "subnet", type: subnetType },
  { property: "publicIPAddress", type: publicType },
] as const;

function put(world: World, call: Call): Answer {
  const body = objectOf(call.body);
  const sent = objectOf(body.properties);
  const standing = world.store.resource(call.id);
  const id = standing?.id ?? call.id;
  checkRights(world, call, sent);
  const location = textOf(body.location)?.replaceAll(" ", "").toLowerCase();
  if (!location) throw invalid("LocationRequired", "The location property is required for this definition.");
  const configurations = listOf(sent.ipConfigurations).map(objectOf);
  if (configurations.length === 0)
    throw invalid(
      "NetworkInterfaceMustHaveIpConfiguration",
      `Network interface ${id} must have one or more IP configurations.`,
    );
  checkReferences(world, id, location, sent);
  claim(world, id, "PutNetworkInterfaceOperation");
  const etag = newEtag(world);
  const properties = {
    ...objectOf(standing?.body.properties),
    ...sent,
    provisioningState: "Updating",
    resourceGuid: objectOf(standing?.body.properties).resourceGuid ?? world.guid(),
    ipConfigurations: configurations.map((one, index) => configurationOf(world, id, etag, one, index)),
    dnsSettings: sent.dnsSettings ?? { dnsServers: [], appliedDnsServers: [] },
    enableAcceleratedNetworking: sent.enableAcceleratedNetworking ?? false,
    enableIPForwarding: sent.enableIPForwarding ?? false,
    nicType: "Standard",
  };
  const name = call.params.networkInterfaceName ?? "";
  const tags = isObject(body.tags) ? body.tags : undefined;
  const shown = compact({ name, id, etag, type: nicType, location, tags, properties });
  const work = {
    operation: "PutNetworkInterfaceOperation",
    lock: id,
    resourceId: id,
    location,
    touched: [id],
    operationName: writeAction,
  };
  const headers = begin(world, call, work, () => {
    removeAddresses(world, standing);
    world.store.putResource({ id, type: nicType, body: shown });
    addAddresses(world, shown);
  });
  return { status: standing ? 200 : 201, headers, body: world.store.resource(id)?.body ?? shown };
}

function checkRights(world: World, call: Call, sent: JsonObject): void {
  const need = (type: string, id: string | undefined) => {
    if (id) world.rights.requireLinked(call.caller, { action: writeAction, scope: call.id }, `${type}/join/action`, id);
  };
  need(securityGroupType, referenced(sent.networkSecurityGroup));
  for (const one of listOf(sent.ipConfigurations))
    for (const { property, type } of links) need(type, referenced(objectOf(objectOf(one).properties)[property]));
}

function checkReferences(world: World, id: string, location: string, sent: JsonObject): void {
  const group = referenced(sent.networkSecurityGroup);
  if (group && !world.store.resource(group)) throw referenceMissing(group, id);
  for (const one of listOf(sent.ipConfigurations)) {
    const { subnet, publicIPAddress } = objectOf(objectOf(one).properties);
    const subnetId = referenced(subnet) ?? "";
    const standing = world.store.resource(subnetId);
    if (!standing) throw referenceMissing(subnetId, id);
    const network = world.store.resource(subnetId.replace(/\/subnets\/[^/]+$/i, ""));
    if (textOf(network?.body.location) !== location) throw referenceMissing(subnetId, id);
    requireProvisioned(world, subnetId.replace(/\/subnets\/[^/]+$/i, ""), id);
    const [delegated] = listOf(objectOf(standing.body.properties).delegations);
    if (delegated)
      throw invalid(
        "SubnetWithDelegationsCannotBeUsedByResource",
        `Subnet ${subnetId} with delegations cannot be used by resource ${id}.`,
      );
    const address = referenced(publicIPAddress);
    if (address && !world.store.resource(address)) throw referenceMissing(address, id);
  }
}

function configurationOf(world: World, nicId: string, etag: string, sent: JsonObject, index: number): JsonObject {
  const name = textOf(sent.name) ?? `ipconfig${index + 1}`;
  const asked = objectOf(sent.properties);
  const properties = {
    privateIPAddressVersion: "IPv4",
    privateIPAllocationMethod: "Dynamic",
    primary: index === 0,
    ...asked,
    provisioningState: "Succeeded",
    privateIPAddress: asked.privateIPAddress ?? freeAddress(world, referenced(asked.subnet) ?? "", nicId),
  };
  return { name, id: `${nicId}/ipConfigurations/${name}`, etag, type: `${nicType}/ipConfigurations`, properties };
}

/** The first address that nobody has; Azure keeps the first four and the last of a subnet. */
function freeAddress(world: World, subnetId: string, nicId: string): string {
  const subnet = world.store.resource(subnetId);
  const [prefix = "10.0.0.0/24"] = prefixesOf(objectOf(subnet?.body.properties));
  const taken = listOf(objectOf(subnet?.body.properties).ipConfigurations)
    .map((one) => referenced(one) ?? "")
    .filter((id) => !sameId(id.replace(/\/ipConfigurations\/[^/]+$/i, ""), nicId)).length;
  const [address, bits] = ipaddr.IPv4.parseCIDR(prefix);
  if (taken + 5 >= 2 ** (32 - bits))
    throw invalid(
      "SubnetIsFull",
      `Subnet ${subnetId} with address prefix ${prefix} does not have enough capacity for 1 IP addresses.`,
    );
  const number = address.octets.reduce((sum, octet) => sum * 256 + octet, 0) + 4 + taken;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** Who has an address in a subnet keeps it from being deleted. */
function addAddresses(world: World, nic: JsonObject): void {
  for (const { subnet, id } of addressesOf(nic)) change(world, subnet, (standing) => [...standing, { id }]);
}

function removeAddresses(world: World, nic: Resource | undefined): void {
  for (const { subnet, id } of addressesOf(nic?.body ?? {}))
    change(world, subnet, (standing) => standing.filter((one) => !sameId(referenced(one) ?? "", id)));
}

function addressesOf(nic: JsonObject): readonly { readonly subnet: string; readonly id: string }[] {
  return listOf(objectOf(nic.properties).ipConfigurations).map((one) => ({
    subnet: referenced(objectOf(objectOf(one).properties).subnet) ?? "",
    id: textOf(objectOf(one).id) ?? "",
  }));
}

function change(world: World, subnetId: string, edit: (standing: readonly Json[]) => readonly Json[]): void {
  const subnet = world.store.resource(subnetId);
  if (!subnet) return;
  const { ipConfigurations, ...rest } = objectOf(subnet.body.properties);
  const left = edit(listOf(ipConfigurations));
  const properties = left.length > 0 ? { ...rest, ipConfigurations: left } : rest;
  world.store.putResource({ ...subnet, body: { ...subnet.body, properties } });
}

/** Takes an interface away, and its addresses out of the subnets; whoever deletes a machine with `deleteOption: Delete` does so too. */
export function removeInterface(world: World, id: string): void {
  removeAddresses(world, world.store.resource(id));
  world.store.deleteResource(id);
}

function find(world: World, call: Call): Resource {
  const nic = world.store.resource(call.id);
  if (!nic) throw resourceMissing(call, nicType, call.params.networkInterfaceName ?? "");
  return nic;
}

function remove(world: World, call: Call): Answer {
  const nic = world.store.resource(call.id);
  if (!nic) return { status: 204 };
  const user = referenced(objectOf(nic.body.properties).virtualMachine);
  if (user)
    throw invalid(
      "NicInUse",
      `Network Interface ${nic.id} is used by existing resource ${user}. In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.`,
    );
  claim(world, nic.id, "DeleteNetworkInterfaceOperation");
  const location = textOf(nic.body.location) ?? "";
  const work = {
    operation: "DeleteNetworkInterfaceOperation",
    lock: nic.id,
    resourceId: nic.id,
    location,
    touched: [nic.id],
    deletes: true,
    operationName: `${nicType}/delete`,
  };
  return { status: 202, headers: begin(world, call, work, () => removeAddresses(world, nic)) };
}

function patchTags(world: World, call: Call): Answer {
  const nic = find(world, call);
  const tags = objectOf(call.body).tags;
  const body = { ...nic.body, etag: newEtag(world), ...(isObject(tags) ? { tags } : {}) };
  world.store.putResource({ ...nic, body });
  return { status: 200, body };
}

const list = (world: World, call: Call): Answer =>
  page(
    world,
    call,
    world.store.resources(nicType, call.id.replace(/\/providers\/.*$/i, "")).map(({ body }) => body),
  );

const { one, inGroup, inSubscription } = pathsOf("networkInterfaces", "networkInterfaceName");
const readAction = `${nicType}/read`;

/** Network interfaces: with an address of their subnet, and a machine that uses them. */
export const interfaceOperations: readonly Operation[] = [
  operation("NetworkInterfaces_CreateOrUpdate", "PUT", one, writeAction, put),
  operation("NetworkInterfaces_Get", "GET", one, readAction, (world, call) => readAnswer(find(world, call).body)),
  operation("NetworkInterfaces_UpdateTags", "PATCH", one, writeAction, patchTags),
  operation("NetworkInterfaces_Delete", "DELETE", one, `${nicType}/delete`, remove),
  operation("NetworkInterfaces_List", "GET", inGroup, readAction, list),
  operation("NetworkInterfaces_ListAll", "GET", inSubscription, readAction, list),
];
