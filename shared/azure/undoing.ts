import { sameId } from "../decide/armId.ts";
import type { Effect } from "../decide/gallery/share.ts";
import type { Change } from "../decide/planning/plan.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { type Problem, Refused } from "../problem.ts";
import { networkApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { orMissing, partsOf, readResource } from "./rest.ts";
import { type Assignment, bare, fulfils, type rolesOf } from "./roleAssignments.ts";
import type { sharingOf } from "./sharing.ts";
import { propertyOf, readSubnet, writable } from "./subnetChange.ts";

type SubnetChange = Extract<Change, { kind: "setSubnetPolicy" | "delegateSubnet" }>;
type AddRule = Extract<Change, { kind: "addSecurityRule" }>;
type Fields = Readonly<Record<string, unknown>>;

/** `started`: asked for and under way, ask again. `gone`: it is as it was before. */
export type Undone = "started" | "gone";

/** Takes back what was made, if it still is as it was made; refuses `ChangedSince` otherwise. */
export function undoingOf(
  arm: Connection,
  roles: ReturnType<typeof rolesOf>,
  { unshareGallery }: Pick<ReturnType<typeof sharingOf>, "unshareGallery">,
) {
  return {
    async undo(change: Effect, before: string | undefined): Promise<Undone> {
      switch (change.kind) {
        case "assignRole":
        case "shareImage":
          return removeGrant(change);
        case "shareGallery":
          return unshareGallery(change);
        case "setSubnetPolicy":
        case "delegateSubnet":
          return restoreSubnet(change, before);
        case "addSecurityRule":
          return removeRule(change);
        case "ensureRoleDefinition":
          throw new Refused(roleStays(change.roleDefinitionId));
        case "registerProvider":
          throw new Refused(providerStays(change.namespace, change.subscriptionId));
      }
    },
  };

  /** The name is ours alone (a GUID from scope, principal and role). A young grant that no read shows yet is deleted all the same. */
  async function removeGrant(change: Assignment): Promise<Undone> {
    const found = await roles.readGrant(change.scope, change.name);
    const touched = found && (found.condition !== undefined || !(found.description ?? "").startsWith("Goldsmith "));
    if (found && (touched || !fulfils(found, change)))
      throw new Refused(changedSince(change.scope, `the role assignment ${change.name}`));
    const { roleAssignments } = await arm.authorization();
    await orMissing(roleAssignments.delete(bare(change.scope), change.name)); // it goes with what it was at
    return "gone";
  }

  async function restoreSubnet(change: SubnetChange, before = "{}"): Promise<Undone> {
    const subnet = await readSubnet(arm, change.subnetId);
    if (subnet === undefined) return "gone";
    const properties = fieldsOf(subnet.properties);
    const restored = restoredProperties(change, properties, fieldsOf(JSON.parse(before)));
    const busy = ["Updating", "Deleting"].includes(textOf(properties.provisioningState));
    if (restored === undefined) return busy ? "started" : "gone";
    if (busy) return "started";
    const etag = textOf(subnet.etag);
    await arm.send({
      method: "PUT",
      path: change.subnetId,
      apiVersion: networkApi,
      headers: etag === "" ? {} : { "if-match": etag },
      body: { ...subnet, properties: writable(restored) },
    });
    return "started";
  }

  async function removeRule({ nsgId, rule }: AddRule): Promise<Undone> {
    partsOf(nsgId);
    const path = `${nsgId}/securityRules/${rule.name}`;
    const found = await readResource(arm, path, networkApi);
    if (found === undefined) return "gone";
    const properties = fieldsOf(fieldsOf(found).properties);
    if (textOf(properties.provisioningState) === "Deleting") return "started";
    const { name: _, ...wanted } = rule;
    const lists = ["sourceAddressPrefixes", "destinationAddressPrefixes", "sourcePortRanges", "destinationPortRanges"];
    const same =
      Object.entries(wanted).every(([field, value]) => sameText(properties[field], value)) &&
      lists.every((field) => itemsOf(properties[field]).length === 0);
    if (!same) throw new Refused(changedSince(nsgId, `the rule ${rule.name}`));
    const etag = textOf(fieldsOf(found).etag);
    await arm.send({
      method: "DELETE",
      path,
      apiVersion: networkApi,
      headers: etag === "" ? {} : { "if-match": etag },
    });
    return "started";
  }
}

const sameText = (standing: unknown, wanted: unknown) =>
  String(standing ?? "").toLowerCase() === String(wanted).toLowerCase();

/** A subnet's properties with ours put back; undefined where that is so already. */
function restoredProperties(change: SubnetChange, now: Fields, before: Fields): Fields | undefined {
  const property = propertyOf(change);
  const { [property]: standing, ...rest } = now;
  if (change.kind === "setSubnetPolicy") {
    // ARM leaves the property out where it has its default, so the default is what was there.
    const was = textOf(before[property]) || change.was;
    if (sameText(standing ?? "Enabled", was)) return undefined;
    if (!sameText(standing, change.value)) throw new Refused(changedSince(change.subnetId, property));
    return { ...rest, [property]: was };
  }
  const serviceOf = (one: unknown) => textOf(fieldsOf(fieldsOf(one).properties).serviceName);
  const ours = (one: unknown) => sameId(serviceOf(one), change.serviceName);
  const others = itemsOf(standing).filter((one) => !ours(one));
  if (others.length === itemsOf(standing).length) return undefined;
  return { ...rest, ...(others.length === 0 && before[property] === undefined ? {} : { [property]: others }) };
}

const changedSince = (scope: string, what: string): Problem => ({
  code: "ChangedSince",
  title: "Somebody changed it since, so it was left as it is",
  detail: `${what} is not as Goldsmith made it.`,
  scope,
  status: 409,
  fix: ["Find out who changed it and why", "Take it back by hand if nobody needs it any more"],
});

const roleStays = (id: string): Problem => ({
  code: "RoleStays",
  title: "A role's definition stays: other grants may use it by now",
  scope: id,
  fix: ["Delete it once no assignment names it", "Or leave it: by itself it allows nobody anything"],
});

const providerStays = (namespace: string, subscriptionId: string): Problem => ({
  code: "ProviderStays",
  title: "A registered resource provider stays registered: others may use it by now",
  scope: `/subscriptions/${subscriptionId}`,
  fix: [`az provider unregister --namespace ${namespace} --subscription ${subscriptionId}`],
});
