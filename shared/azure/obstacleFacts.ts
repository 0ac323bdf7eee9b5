import { parseId } from "../decide/armId.ts";
import type { DenyFacts, Facts, LockFacts } from "../decide/planning/facts.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import type { Connection } from "./connection.ts";
import { textsOf } from "./json.ts";
import type { Reading } from "./reading.ts";
import { listAll } from "./rest.ts";

const denyApi = "2022-04-01";
const lockApi = "2020-05-01";

/** Deny assignments and locks of the subscriptions that scopes lie in: two lists each. What may not be listed is left out: it is no right of ours to see them. */
export async function obstacleFacts(
  arm: Connection,
  reading: Reading,
  scopes: readonly string[],
): Promise<Pick<Facts, "denyAssignments" | "locks">> {
  const subscriptions = [...new Set(scopes.map((scope) => parseId(scope)?.subscriptionId.toLowerCase() ?? ""))];
  const lists = subscriptions.filter(Boolean).map(async (subscription) => {
    const path = `/subscriptions/${subscription}/providers/Microsoft.Authorization`;
    const [denials, locks] = await Promise.all([
      reading.quietly(() => listAll(arm, `${path}/denyAssignments`, denyApi)),
      reading.quietly(() => listAll(arm, `${path}/locks`, lockApi)),
    ]);
    return { denials: denials?.map(denyFacts), locks: locks?.flatMap(lockFacts) };
  });
  const found = await Promise.all(lists);
  const denials = found.flatMap((one) => one.denials ?? []);
  const locks = found.flatMap((one) => one.locks ?? []);
  return {
    ...(found.some((one) => one.denials) ? { denyAssignments: denials } : {}),
    ...(found.some((one) => one.locks) ? { locks } : {}),
  };
}

function denyFacts(json: unknown): DenyFacts {
  const deny = fieldsOf(json);
  const own = fieldsOf(deny.properties);
  const permissions = itemsOf(own.permissions).map(fieldsOf);
  const ids = (value: unknown) => itemsOf(value).map((one) => textOf(fieldsOf(one).id));
  const all = (name: string) => permissions.flatMap((one) => textsOf(one[name]));
  return {
    id: textOf(deny.id),
    scope: textOf(own.scope),
    actions: all("actions"),
    notActions: all("notActions"),
    dataActions: all("dataActions"),
    notDataActions: all("notDataActions"),
    principalIds: ids(own.principals),
    excludedPrincipalIds: ids(own.excludePrincipals),
    appliesToChildScopes: own.doNotApplyToChildScopes !== true,
  };
}

/** A lock's scope is what its id stands on. */
function lockFacts(json: unknown): readonly LockFacts[] {
  const lock = fieldsOf(json);
  const id = textOf(lock.id);
  const scope = id.split(/\/providers\/Microsoft\.Authorization\/locks\//i)[0] ?? "";
  const level = textOf(fieldsOf(lock.properties).level).toLowerCase();
  if (scope === "" || (level !== "cannotdelete" && level !== "readonly")) return [];
  return [{ id, scope, level: level === "readonly" ? "ReadOnly" : "CanNotDelete" }];
}
