import { nameOf } from "../ids.ts";
import { compact, isObject, listOf, objectOf, textOf } from "../json.ts";
import type { Call, JsonObject, Resource, World } from "../world.ts";
import { defaultRules, ruleBody } from "./ruleShape.ts";
import { childName, newEtag, securityGroupType } from "./shapes.ts";
import { begin } from "./work.ts";

/** The custom rules of an NSG. */
export function rulesOf(group: Resource | undefined): readonly JsonObject[] {
  return listOf(objectOf(group?.body.properties).securityRules).filter(isObject);
}

/** The NSG with these rules, its own etag and theirs new. */
function groupBody(
  world: World,
  id: string,
  base: JsonObject,
  rules: readonly JsonObject[],
  standing: Resource | undefined,
): JsonObject {
  const etag = newEtag(world);
  const {
    securityRules: _,
    defaultSecurityRules: __,
    subnets: ___,
    networkInterfaces: ____,
    provisioningState: _____,
    ...rest
  } = objectOf(base.properties);
  return compact({
    name: textOf(standing?.body.name) ?? nameOf(id),
    id,
    etag,
    type: securityGroupType,
    location: base.location,
    tags: base.tags,
    properties: {
      ...rest,
      provisioningState: "Updating",
      resourceGuid: objectOf(standing?.body.properties).resourceGuid ?? world.guid(),
      securityRules: rules.map((rule) => ruleBody(id, childName(rule), etag, objectOf(rule.properties), "Succeeded")),
      defaultSecurityRules: defaultRules(id, etag),
    },
  });
}

/** A write on an NSG: of itself, or of one rule in it. */
interface GroupWrite {
  readonly operation: string;
  readonly operationName: string;
  readonly base: JsonObject;
  readonly rules: readonly JsonObject[];
  readonly standing: Resource | undefined;
  readonly resourceId?: string;
  readonly noChange?: boolean;
}

/** Begins a write that gives an NSG these rules; returns the headers of its answer. */
export function writeGroup(world: World, call: Call, id: string, wanted: GroupWrite): Record<string, string> {
  const { operation, operationName, base, rules, standing, noChange = false } = wanted;
  const work = {
    operation,
    operationName,
    lock: id,
    resourceId: wanted.resourceId ?? id,
    location: textOf(base.location) ?? "",
    touched: [id],
    noChange,
  };
  return begin(world, call, work, () => {
    if (!noChange)
      world.store.putResource({
        ...standing,
        id,
        type: securityGroupType,
        body: groupBody(world, id, base, rules, standing),
      });
  });
}
