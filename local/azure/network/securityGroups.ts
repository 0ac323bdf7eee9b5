import { nameOf, sameId } from "../ids.ts";
import { compact, isObject, listOf, objectOf, sameJson, textOf } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, JsonObject, Operation, Resource, World } from "../world.ts";
import { checkConflicts, checkRule, defaultRules, ruleBody } from "./ruleShape.ts";
import {
  checkIfMatch,
  childMissing,
  childName,
  invalid,
  networkVersions,
  newEtag,
  parentMissing,
  pathsOf,
  readAnswer,
  referenced,
  resourceMissing,
  securityGroupType,
  subnetType,
} from "./shapes.ts";
import { begin, claim } from "./work.ts";

const writeAction = `${securityGroupType}/write`;
const ruleType = `${securityGroupType}/securityRules`;

/** An NSG with the subnets that use it. */
function shown(world: World, group: Resource): JsonObject {
  const subnets = usersOf(world, group.id).map((id) => ({ id }));
  return {
    ...group.body,
    properties: { ...objectOf(group.body.properties), ...(subnets.length > 0 ? { subnets } : {}) },
  };
}

function usersOf(world: World, groupId: string): readonly string[] {
  return world.store
    .resources(subnetType)
    .filter(({ body }) => sameId(referenced(objectOf(body.properties).networkSecurityGroup) ?? "", groupId))
    .map(({ id }) => id);
}

function find(world: World, call: Call): Resource {
  const group = world.store.resource(call.id);
  if (!group) throw resourceMissing(call, securityGroupType, call.params.networkSecurityGroupName ?? "");
  return group;
}

function rulesOf(group: Resource | undefined): readonly JsonObject[] {
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

interface GroupWrite {
  readonly operation: string;
  readonly operationName: string;
  readonly base: JsonObject;
  readonly rules: readonly JsonObject[];
  readonly standing: Resource | undefined;
  readonly resourceId?: string;
  readonly noChange?: boolean;
}

function write(world: World, call: Call, id: string, wanted: GroupWrite): Record<string, string> {
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

function putGroup(world: World, call: Call): Answer {
  const body = objectOf(call.body);
  const standing = world.store.resource(call.id);
  const id = standing?.id ?? call.id;
  checkIfMatch(call, id, standing);
  claim(world, id, "PutNetworkSecurityGroupOperation");
  const location = textOf(body.location)?.replaceAll(" ", "").toLowerCase();
  if (!location) throw invalid("LocationRequired", "The location property is required for this definition.");
  const rules = listOf(objectOf(body.properties).securityRules).filter(isObject);
  for (const rule of rules) checkRule(childName(rule), objectOf(rule.properties));
  checkConflicts(rules.map((rule) => ({ ...rule, name: childName(rule) })));
  const base = {
    location,
    ...(isObject(body.tags) ? { tags: body.tags } : {}),
    properties: objectOf(body.properties),
  };
  const headers = write(world, call, id, {
    operation: "PutNetworkSecurityGroupOperation",
    operationName: writeAction,
    base,
    rules,
    standing,
  });
  return { status: standing ? 200 : 201, headers, body: shown(world, world.store.resource(id)!) };
}

function patchTags(world: World, call: Call): Answer {
  const group = find(world, call);
  const tags = objectOf(call.body).tags;
  const body = { ...group.body, etag: newEtag(world), ...(isObject(tags) ? { tags } : {}) };
  world.store.putResource({ ...group, body });
  write(world, call, group.id, {
    operation: "PutNetworkSecurityGroupOperation",
    operationName: writeAction,
    base: body,
    rules: rulesOf(group),
    standing: group,
    noChange: true,
  });
  return { status: 200, body: shown(world, find(world, call)) };
}

function deleteGroup(world: World, call: Call): Answer {
  const group = world.store.resource(call.id);
  if (!group) return { status: 204 };
  const [user] = usersOf(world, group.id);
  if (user)
    throw invalid(
      "InUseNetworkSecurityGroupCannotBeDeleted",
      `Network security group ${group.id} cannot be deleted since it is in use by ${user}. In order to delete the Network security group, remove the association with the resource(s).`,
    );
  claim(world, group.id, "DeleteNetworkSecurityGroupOperation");
  const location = textOf(group.body.location) ?? "";
  const work = {
    operation: "DeleteNetworkSecurityGroupOperation",
    operationName: `${securityGroupType}/delete`,
    lock: group.id,
    resourceId: group.id,
    location,
    touched: [group.id],
    deletes: true,
  };
  return { status: 202, headers: begin(world, call, work, () => {}) };
}

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
  const headers = write(world, call, group.id, {
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
  const headers = write(world, call, group.id, {
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

const paths = pathsOf("networkSecurityGroups", "networkSecurityGroupName");
const oneRule = `${paths.one}/securityRules/{securityRuleName}`;
const base = { apiVersions: networkVersions } as const;
const list = (world: World, call: Call): Answer =>
  page(
    world,
    call,
    world.store.resources(securityGroupType, call.id.replace(/\/providers\/.*$/i, "")).map((one) => shown(world, one)),
  );

/** Network security groups and their rules. */
export const securityGroupOperations: readonly Operation[] = [
  {
    ...base,
    name: "NetworkSecurityGroups_CreateOrUpdate",
    method: "PUT",
    path: paths.one,
    action: writeAction,
    answer: putGroup,
  },
  {
    ...base,
    name: "NetworkSecurityGroups_Get",
    method: "GET",
    path: paths.one,
    action: `${securityGroupType}/read`,
    answer: (world, call) => readAnswer(shown(world, find(world, call))),
  },
  {
    ...base,
    name: "NetworkSecurityGroups_UpdateTags",
    method: "PATCH",
    path: paths.one,
    action: writeAction,
    answer: patchTags,
  },
  {
    ...base,
    name: "NetworkSecurityGroups_Delete",
    method: "DELETE",
    path: paths.one,
    action: `${securityGroupType}/delete`,
    answer: deleteGroup,
  },
  {
    ...base,
    name: "NetworkSecurityGroups_List",
    method: "GET",
    path: paths.inGroup,
    action: `${securityGroupType}/read`,
    answer: list,
  },
  {
    ...base,
    name: "NetworkSecurityGroups_ListAll",
    method: "GET",
    path: paths.inSubscription,
    action: `${securityGroupType}/read`,
    answer: list,
  },
  {
    ...base,
    name: "SecurityRules_CreateOrUpdate",
    method: "PUT",
    path: oneRule,
    action: `${ruleType}/write`,
    answer: putRule,
  },
  { ...base, name: "SecurityRules_Get", method: "GET", path: oneRule, action: `${ruleType}/read`, answer: getRule },
  {
    ...base,
    name: "SecurityRules_Delete",
    method: "DELETE",
    path: oneRule,
    action: `${ruleType}/delete`,
    answer: deleteRule,
  },
  {
    ...base,
    name: "SecurityRules_List",
    method: "GET",
    path: `${paths.one}/securityRules`,
    action: `${ruleType}/read`,
    answer: (world, call) => page(world, call, rulesOf(groupOfRule(world, call))),
  },
  {
    ...base,
    name: "DefaultSecurityRules_List",
    method: "GET",
    path: `${paths.one}/defaultSecurityRules`,
    action: `${securityGroupType}/defaultSecurityRules/read`,
    answer: (world, call) =>
      page(world, call, listOf(objectOf(groupOfRule(world, call).body.properties).defaultSecurityRules)),
  },
];
