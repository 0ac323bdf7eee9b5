import ipaddr from "ipaddr.js";
import { listOf, objectOf, textOf, textsOf } from "../json.ts";
import type { JsonObject } from "../world.ts";
import { invalid } from "./shapes.ts";

const ruleType = "Microsoft.Network/networkSecurityGroups/securityRules";
const defaultType = "Microsoft.Network/networkSecurityGroups/defaultSecurityRules";

/** A security rule as the provider shows it: with the plural twins of its fields (rbac-network-arm.md §5.5). */
export function ruleBody(
  groupId: string,
  name: string,
  etag: string,
  sent: JsonObject,
  provisioningState: string,
): JsonObject {
  const { provisioningState: _, ...rest } = sent;
  const plural = (property: string) => ({ [property]: listOf(sent[property]) });
  return {
    name,
    id: `${groupId}/securityRules/${name}`,
    etag,
    type: ruleType,
    properties: {
      provisioningState,
      ...rest,
      ...plural("sourcePortRanges"),
      ...plural("destinationPortRanges"),
      ...plural("sourceAddressPrefixes"),
      ...plural("destinationAddressPrefixes"),
    },
  };
}

/** The six rules that every NSG has, exactly as recorded. */
export function defaultRules(groupId: string, etag: string): readonly JsonObject[] {
  const rules = [
    [
      "AllowVnetInBound",
      "Allow inbound traffic from all VMs in VNET",
      "VirtualNetwork",
      "VirtualNetwork",
      "Allow",
      65000,
      "Inbound",
    ],
    [
      "AllowAzureLoadBalancerInBound",
      "Allow inbound traffic from azure load balancer",
      "AzureLoadBalancer",
      "*",
      "Allow",
      65001,
      "Inbound",
    ],
    ["DenyAllInBound", "Deny all inbound traffic", "*", "*", "Deny", 65500, "Inbound"],
    [
      "AllowVnetOutBound",
      "Allow outbound traffic from all VMs to all VMs in VNET",
      "VirtualNetwork",
      "VirtualNetwork",
      "Allow",
      65000,
      "Outbound",
    ],
    [
      "AllowInternetOutBound",
      "Allow outbound traffic from all VMs to Internet",
      "*",
      "Internet",
      "Allow",
      65001,
      "Outbound",
    ],
    ["DenyAllOutBound", "Deny all outbound traffic", "*", "*", "Deny", 65500, "Outbound"],
  ] as const;
  return rules.map(([name, description, source, destination, access, priority, direction]) => ({
    name,
    id: `${groupId}/defaultSecurityRules/${name}`,
    etag,
    type: defaultType,
    properties: {
      provisioningState: "Succeeded",
      description,
      protocol: "*",
      sourcePortRange: "*",
      destinationPortRange: "*",
      sourceAddressPrefix: source,
      destinationAddressPrefix: destination,
      access,
      priority,
      direction,
      sourcePortRanges: [],
      destinationPortRanges: [],
      sourceAddressPrefixes: [],
      destinationAddressPrefixes: [],
    },
  }));
}

/** Throws what the provider answers to a rule that makes no sense by itself. Codes of single fields are from general knowledge. */
export function checkRule(name: string, properties: JsonObject): void {
  if (!/^\w(?:[\w.-]{0,78}\w)?$/.test(name))
    throw invalid(
      "InvalidResourceName",
      `Resource name ${name} is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'.`,
    );
  const oneOf = (property: string, allowed: readonly string[]) => {
    const value = textOf(properties[property]) ?? "";
    if (!allowed.some((one) => one.toLowerCase() === value.toLowerCase()))
      throw invalid(
        "InvalidRequestFormat",
        `Cannot parse the request. The value '${value}' of '${property}' is not one of ${allowed.join(", ")}.`,
      );
  };
  oneOf("direction", ["Inbound", "Outbound"]);
  oneOf("access", ["Allow", "Deny"]);
  oneOf("protocol", ["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]);
  const priority = Number(properties.priority);
  if (!Number.isInteger(priority) || priority < 100 || priority > 4096)
    throw invalid(
      "SecurityRuleInvalidPriority",
      `Security rule has invalid Priority. Value provided: ${properties.priority ?? ""}. Allowed range 100-4096.`,
    );
  if ((textOf(properties.description) ?? "").length > 140)
    throw invalid(
      "SecurityRuleDescriptionTooLong",
      `The description of security rule ${name} is longer than 140 characters.`,
    );
  for (const side of ["source", "destination"]) {
    checkPorts(name, properties, side);
    checkAddresses(name, properties, side);
  }
}

/** The singular and the plural field of a rule together. */
function both(properties: JsonObject, singular: string): readonly string[] {
  const single = textOf(properties[singular]);
  return [
    ...(single ? [single] : []),
    ...textsOf(properties[`${singular}${singular.endsWith("Prefix") ? "es" : "s"}`]),
  ];
}

function checkPorts(name: string, properties: JsonObject, side: string): void {
  const ports = both(properties, `${side}PortRange`);
  if (ports.length === 0)
    throw invalid("SecurityRuleParameterMissing", `Security rule ${name} needs ${side}PortRange or ${side}PortRanges.`);
  for (const port of ports) {
    const [from, to = from] = port.split("-").map(Number);
    const valid = port === "*" || (/^\d+(-\d+)?$/.test(port) && from! <= to! && to! <= 65535);
    if (!valid)
      throw invalid(
        "SecurityRuleInvalidPortRange",
        `Security rule has invalid Port range. Value provided: ${port}. Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535.`,
      );
  }
}

function checkAddresses(name: string, properties: JsonObject, side: string): void {
  const groups = listOf(properties[`${side}ApplicationSecurityGroups`]);
  const prefixes = both(properties, `${side}AddressPrefix`);
  if (groups.length === 0 && prefixes.length === 0)
    throw invalid(
      "SecurityRuleParameterMissing",
      `Security rule ${name} needs ${side}AddressPrefix, ${side}AddressPrefixes or ${side}ApplicationSecurityGroups.`,
    );
  if (groups.length > 0 && prefixes.length > 0)
    throw invalid(
      "SecurityRuleParameterConflict",
      `Security rule ${name} mixes application security groups and address prefixes on its ${side}.`,
    );
  for (const prefix of prefixes)
    if (prefix !== "*" && !/^[A-Za-z][\w.]*$/.test(prefix) && !ipaddr.isValidCIDR(prefix) && !ipaddr.isValid(prefix))
      throw invalid(
        "SecurityRuleInvalidAddressPrefix",
        `Security rule has invalid Address prefix. Value provided: ${prefix}`,
      );
}

/** Throws where two rules share priority and direction. */
export function checkConflicts(rules: readonly JsonObject[]): void {
  const seen = new Map<string, string>();
  for (const rule of rules) {
    const properties = objectOf(rule.properties);
    const key = `${textOf(properties.direction)?.toLowerCase()}/${properties.priority}`;
    const name = textOf(rule.name) ?? "";
    const other = seen.get(key);
    if (other !== undefined)
      throw invalid(
        "SecurityRuleConflict",
        `Security rule ${name} conflicts with rule ${other}. Rules cannot have the same Priority and Direction. To learn more, see aka.ms/nsgrules.`,
      );
    seen.set(key, name);
  }
}
