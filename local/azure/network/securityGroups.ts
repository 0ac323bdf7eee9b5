import { sameId } from "../ids.ts";
import { isObject, listOf, objectOf, textOf } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, JsonObject, Operation, Resource, World } from "../world.ts";
import { checkConflicts, checkRule } from "./ruleShape.ts";
import { rulesOf, writeGroup } from "./securityGroupWrite.ts";
import {
  checkIfMatch,
  childName,
  invalid,
  newEtag,
  networkOperation as operation,
  pathsOf,
  readAnswer,
  referenced,
  resourceMissing,
  securityGroupType,
  subnetType,
} from "./shapes.ts";
import { begin, claim } from "./work.ts";

const writeAction = `${securityGroupType}/write`;

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
  const headers = writeGroup(world, call, id, {
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
  writeGroup(world, call, group.id, {
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

const list = (world: World, call: Call): Answer =>
  page(
    world,
    call,
    world.store.resources(securityGroupType, call.id.replace(/\/providers\/.*$/i, "")).map((one) => shown(world, one)),
  );

const { one, inGroup, inSubscription } = pathsOf("networkSecurityGroups", "networkSecurityGroupName");
const readAction = `${securityGroupType}/read`;

/** Network security groups. */
export const securityGroupOperations: readonly Operation[] = [
  operation("NetworkSecurityGroups_CreateOrUpdate", "PUT", one, writeAction, putGroup),
  operation("NetworkSecurityGroups_Get", "GET", one, readAction, (world, call) =>
    readAnswer(shown(world, find(world, call))),
  ),
  operation("NetworkSecurityGroups_UpdateTags", "PATCH", one, writeAction, patchTags),
  operation("NetworkSecurityGroups_Delete", "DELETE", one, `${securityGroupType}/delete`, deleteGroup),
  operation("NetworkSecurityGroups_List", "GET", inGroup, readAction, list),
  operation("NetworkSecurityGroups_ListAll", "GET", inSubscription, readAction, list),
];
