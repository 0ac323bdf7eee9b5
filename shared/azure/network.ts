import type { SecurityRule } from "@azure/arm-network";
import { parentId } from "../decide/armId.ts";
import type { NsgFacts, SubnetFacts } from "../decide/planning/facts.ts";
import type { Change, SecurityRuleSpec } from "../decide/planning/plan.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { Refused } from "../problem.ts";
import { networkApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { nsgFacts, subnetFacts } from "./networkFacts.ts";
import { partsOf, readResource } from "./rest.ts";
import { routeFacts } from "./routes.ts";

type AddRule = Extract<Change, { kind: "addSecurityRule" }>;

/** Networks as they stand, and security rules. Subnets are changed in `subnetChange.ts`. */
export function networkOf(arm: Connection) {
  return {
    async readSubnet(id: string): Promise<SubnetFacts | undefined> {
      return readSubnetWith(id, (resourceId) => readResource(arm, resourceId, networkApi));
    },

    /** Adds the rule unless it stands; a rule of that name that says something else is somebody's, and stays. `absent`: it was just read that there is none. */
    async addSecurityRule({ nsgId, rule }: AddRule, absent = false): Promise<"started" | "stood"> {
      const standing = absent ? undefined : await readRule(nsgId, rule.name);
      if (standing && saysSame(standing, rule)) return "stood";
      if (standing) throw new Refused(nameTaken(nsgId, rule.name));
      const { name, ...properties } = rule;
      const path = ruleId(nsgId, name);
      // Only where there still is none: what somebody made since is not to be overwritten (rbac-network-arm.md §5.2).
      const headers = { "if-none-match": "*" };
      await arm.send({ method: "PUT", path, apiVersion: networkApi, headers, body: { name, properties } });
      return "started";
    },

    /** Which of these rules of one group do not stand (yet), with one read of the group. */
    async missingRules(nsgId: string, changes: readonly AddRule[]): Promise<readonly AddRule[]> {
      const group = fieldsOf(fieldsOf(await readResource(arm, nsgId, networkApi)).properties);
      const rules = new Map(itemsOf(group.securityRules).map((json) => [nameOf(json), propertiesOf(json)]));
      return changes.filter(({ rule }) => !settledAs(rules.get(rule.name.toLowerCase()), rule));
    },

    async ruleStands({ nsgId, rule }: AddRule): Promise<boolean> {
      return settledAs(await readRule(nsgId, rule.name), rule);
    },
  };

  // By hand: the SDK for networks is as large as the rest of the app, for these two requests.
  async function readRule(nsgId: string, ruleName: string): Promise<SecurityRule | undefined> {
    const json = await readResource(arm, ruleId(nsgId, ruleName), networkApi);
    return json === undefined ? undefined : propertiesOf(json);
  }
}

const nameOf = (json: unknown) => textOf(fieldsOf(json).name).toLowerCase();
const propertiesOf = (json: unknown) => fieldsOf(fieldsOf(json).properties) as SecurityRule;

const settledAs = (standing: SecurityRule | undefined, wanted: SecurityRuleSpec) =>
  standing !== undefined && saysSame(standing, wanted) && (standing.provisioningState ?? "Succeeded") === "Succeeded";

const ruleId = (nsgId: string, name: string) => `${nsgId}/securityRules/${name}`;

/** A subnet with its NSG and, where it names a route table, its routes, through any way of reading: one VNet serves all its subnets and knows its own prefixes. */
export async function readSubnetWith(
  id: string,
  read: (resourceId: string) => Promise<unknown>,
  readBeside: (id: string) => Promise<unknown> = read,
): Promise<SubnetFacts | undefined> {
  partsOf(id);
  const vnetId = parentId(id);
  const found = vnetId === undefined ? undefined : subnetFacts(await read(vnetId), id);
  if (found === undefined) return undefined;
  const [json, routeTable] = await Promise.all(
    [found.nsgId, found.facts.routeTableId].map((one) => (one === undefined ? undefined : readBeside(one))),
  );
  const nsg: NsgFacts | undefined = json === undefined ? undefined : nsgFacts(json);
  return {
    ...found.facts,
    ...(nsg === undefined ? {} : { nsg }),
    ...(routeTable === undefined ? {} : { routes: routeFacts(routeTable) }),
  };
}

/** Whether a rule does what is wanted; its description is nobody's business. */
function saysSame(standing: SecurityRule, wanted: SecurityRuleSpec): boolean {
  const several = [
    standing.sourceAddressPrefixes,
    standing.destinationAddressPrefixes,
    standing.sourcePortRanges,
    standing.destinationPortRanges,
  ];
  const fields = [
    "direction",
    "access",
    "protocol",
    "sourceAddressPrefix",
    "sourcePortRange",
    "destinationAddressPrefix",
    "destinationPortRange",
  ] as const;
  return (
    standing.priority === wanted.priority &&
    fields.every((field) => (standing[field] ?? "").toLowerCase() === wanted[field].toLowerCase()) &&
    several.every((list) => (list ?? []).length === 0) &&
    (standing.sourceApplicationSecurityGroups ?? []).length === 0 &&
    (standing.destinationApplicationSecurityGroups ?? []).length === 0
  );
}

const nameTaken = (nsgId: string, name: string) => ({
  code: "SecurityRuleDiffers",
  title: `The security group has a rule named ${name} that says something else`,
  scope: nsgId,
  fix: [`Remove the rule ${name} from ${nsgId}, or rename it`],
});
