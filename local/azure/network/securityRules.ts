import { listOf, objectOf, sameJson } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, JsonObject, Operation, Resource, World } from "../world.ts";
import { checkConflicts, checkRule, ruleBody } from "./ruleShape.ts";
import { rulesOf, writeGroup } from "./securityGroupWrite.ts";
import {
  checkIfMatch,
  childMissing,
  childName,
  networkOperation as operation,
  parentMissing,
  pathsOf,
  readAnswer,
  securityGroupType,
} from "./shapes.ts";
import { claim } from "./work.ts";

const ruleType = `${securityGroupType}/securityRules`;

function groupOfRule(world: World, call: Call): Resource {
  const id = call.id.replace(/\/(securityRules|defaultSecurityRules)(\/[^/]+)?$/i, "");
  const group = world.store.resource(id);
  if (!group) throw parentMissing(call, ruleType, id);
  return group;
}

const named = (call: Call) => (rule: JsonObject) =>
  childName(rule).toLowerCase() === call.params.securityRuleName?.toLowerCase();

function putRule(world: World, call: Call): Answer {
  const group = groupOfRule(world, call);
  const standing = rulesOf(group).find(named(call));
  const name = standing ? childName(standing) : (call.params.securityRuleName ?? "");
  checkIfMatch(call, call.id, standing ? { id: call.id, type: ruleType, body: standing } : undefined);
  claim(world, group.id, "PutSecurityRuleOperation");
  const sent = objectOf(objectOf(call.body).properties);
  checkRule(name, sent);
  const others = rulesOf(group).filter((rule) => !named(call)(rule));
  const rules = [...others, { name, properties: sent }];
  checkConflicts([...rules].reverse());
  const wanted = ruleBody(group.id, name, "", sent, "Succeeded");
  const noChange = standing !== undefined && sameJson({ ...standing, etag: "" }, wanted);
  const id = `${group.id}/securityRules/${name}`;
  const headers = writeGroup(world, call, group.id, {
    operation: "PutSecurityRuleOperation",
    operationName: `${ruleType}/write`,
    base: group.body,
    rules,
    standing: group,
    resourceId: id,
    noChange,
  });
  const stored = rulesOf(world.store.resource(group.id)).find(named(call)) ?? wanted;
  const body = noChange
    ? stored
    : { ...stored, properties: { ...objectOf(stored.properties), provisioningState: "Updating" } };
  return { status: standing ? 200 : 201, headers, body };
}

function deleteRule(world: World, call: Call): Answer {
  const group = groupOfRule(world, call);
  if (!rulesOf(group).some(named(call))) return { status: 204 };
  claim(world, group.id, "DeleteSecurityRuleOperation");
  const rules = rulesOf(group).filter((rule) => !named(call)(rule));
  const headers = writeGroup(world, call, group.id, {
    operation: "DeleteSecurityRuleOperation",
    operationName: `${ruleType}/delete`,
    base: group.body,
    rules,
    standing: group,
    resourceId: call.id,
  });
  return { status: 202, headers };
}

function getRule(world: World, call: Call): Answer {
  const rule = rulesOf(groupOfRule(world, call)).find(named(call));
  if (!rule) throw childMissing(call.id);
  return readAnswer(rule);
}

const group = pathsOf("networkSecurityGroups", "networkSecurityGroupName").one;
const one = `${group}/securityRules/{securityRuleName}`;

/** The rules of an NSG, one by one; each write locks the whole NSG. */
export const securityRuleOperations: readonly Operation[] = [
  operation("SecurityRules_CreateOrUpdate", "PUT", one, `${ruleType}/write`, putRule),
  operation("SecurityRules_Get", "GET", one, `${ruleType}/read`, getRule),
  operation("SecurityRules_Delete", "DELETE", one, `${ruleType}/delete`, deleteRule),
  operation("SecurityRules_List", "GET", `${group}/securityRules`, `${ruleType}/read`, (world, call) =>
    page(world, call, rulesOf(groupOfRule(world, call))),
  ),
  operation(
    "DefaultSecurityRules_List",
    "GET",
    `${group}/defaultSecurityRules`,
    `${securityGroupType}/defaultSecurityRules/read`,
    (world, call) => page(world, call, listOf(objectOf(groupOfRule(world, call).body.properties).defaultSecurityRules)),
  ),
];
