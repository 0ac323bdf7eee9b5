import { lastSegment } from "../decide/armId.ts";
import type { Change } from "../decide/planning/plan.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { Refused } from "../problem.ts";
import { networkApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { delegationsOf } from "./networkFacts.ts";
import { partsOf, readResource } from "./rest.ts";

type SubnetChange = Extract<Change, { kind: "setSubnetPolicy" | "delegateSubnet" }>;
type Fields = Readonly<Record<string, unknown>>;

/** What NRP adds to a subnet and would not take back; everything else, known or not, is sent as it was read. */
const readOnly = [
  "provisioningState",
  "ipConfigurations",
  "ipConfigurationProfiles",
  "privateEndpoints",
  "purpose",
  "resourceNavigationLinks",
  "serviceAssociationLinks",
];

/**
 * Changes one property of a subnet by raw read-modify-write with `If-Match`; the typed SDK would drop what it does not know
 * (rbac-network-arm.md §5.1). `intend` is told what was there before anything is written. `stood`: it is as wanted and settled.
 */
export async function changeSubnet(
  arm: Connection,
  change: SubnetChange,
  intend: (before: string) => Promise<void> = async () => {},
): Promise<"started" | "stood"> {
  const subnet = await readSubnet(arm, change.subnetId);
  if (subnet === undefined) throw new Refused(gone(change.subnetId));
  const properties = fieldsOf(subnet.properties);
  const property = propertyOf(change);
  const before = JSON.stringify({ [property]: properties[property] });
  const state = textOf(properties.provisioningState);
  await intend(before);
  if (isAsWanted(properties, change)) return state === "" || state === "Succeeded" ? "stood" : "started";
  if (state === "Updating" || state === "Deleting")
    throw new Error(`${change.subnetId} is ${state.toLowerCase()}; its change must wait`);
  const etag = textOf(subnet.etag);
  await arm.send({
    method: "PUT",
    path: change.subnetId,
    apiVersion: networkApi,
    headers: etag === "" ? {} : { "if-match": etag },
    body: { ...subnet, properties: { ...writable(properties), [property]: wanted(properties, change) } },
  });
  return "started";
}

/** The property of a subnet that a change is about, and nothing else of it. */
export const propertyOf = (change: SubnetChange) =>
  change.kind === "setSubnetPolicy" ? change.property : ("delegations" as const);

/** Whether the subnet reads as wanted, and nothing is under way on it. */
export async function subnetStands(arm: Connection, change: SubnetChange): Promise<boolean> {
  const properties = fieldsOf((await readSubnet(arm, change.subnetId))?.properties);
  return isAsWanted(properties, change) && (textOf(properties.provisioningState) || "Succeeded") === "Succeeded";
}

/** A subnet as NRP returns it. */
export async function readSubnet(arm: Connection, id: string): Promise<Fields | undefined> {
  partsOf(id);
  const json = await readResource(arm, id, networkApi);
  return json === undefined ? undefined : fieldsOf(json);
}

function isAsWanted(properties: Fields, change: SubnetChange): boolean {
  if (change.kind === "setSubnetPolicy")
    return textOf(properties[change.property]).toLowerCase() === change.value.toLowerCase();
  return delegationsOf(properties).some((name) => name.toLowerCase() === change.serviceName.toLowerCase());
}

function wanted(properties: Fields, change: SubnetChange): unknown {
  if (change.kind === "setSubnetPolicy") return change.value;
  const name = lastSegment(change.serviceName);
  return [...itemsOf(properties.delegations), { name, properties: { serviceName: change.serviceName } }];
}

/** A subnet's properties as NRP takes them back. */
export function writable(properties: Fields): Fields {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !readOnly.includes(name)));
}

const gone = (subnetId: string) => ({
  code: "SubnetNotFound",
  title: "The subnet that should be changed does not exist",
  scope: subnetId,
  status: 404,
});
