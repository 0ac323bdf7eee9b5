import { scopeContains } from "../ids.ts";
import { objectOf, textOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Operation, type World } from "../world.ts";
import { authorizationRecords, type Lock } from "./records.ts";

const collection = "{scope}/providers/Microsoft.Authorization/locks";
const one = `${collection}/{lockName}`;

function shown({ id, name, level, notes }: Lock): JsonObject {
  return { id, name, type: "Microsoft.Authorization/locks", properties: { level, notes } };
}

function putLock(world: World, call: Call): Answer {
  const properties = objectOf(objectOf(call.body).properties);
  const level = properties.level;
  if (level !== "CanNotDelete" && level !== "ReadOnly")
    throw new AzureError(400, "InvalidLockLevel", "The lock level must be 'CanNotDelete' or 'ReadOnly'.");
  const standing = world.store.get<Lock>("lock", call.id);
  const lock: Lock = {
    id: call.id,
    scope: call.params.scope ?? "",
    name: call.params.lockName ?? "",
    level,
    notes: textOf(properties.notes) ?? null,
  };
  world.store.put("lock", call.id, lock);
  return { status: standing ? 200 : 201, body: shown(lock) };
}

const operation = operationsOf("ManagementLocks", "Microsoft.Authorization/locks", [
  "2016-09-01",
  "2017-04-01",
  "2020-05-01",
]);

/** Management locks; what they block is checked in `arm.ts`. */
export const lockOperations: readonly Operation[] = [
  operation("CreateOrUpdateByScope", "PUT", one, "write", putLock),
  operation("GetByScope", "GET", one, "read", (world, call) => {
    const lock = world.store.get<Lock>("lock", call.id);
    if (!lock) throw new AzureError(404, "LockNotFound", `The lock '${call.params.lockName}' could not be found.`);
    return { status: 200, body: shown(lock) };
  }),
  operation("DeleteByScope", "DELETE", one, "delete", (world, call) => ({
    status: world.store.delete("lock", call.id) ? 200 : 204,
  })),
  operation("ListByScope", "GET", collection, "read", (world, call) => {
    const scope = call.params.scope || "/";
    const all = authorizationRecords(world.store).locks();
    return page(
      world,
      call,
      all.filter((lock) => scopeContains(scope, lock.scope) || scopeContains(lock.scope, scope)).map(shown),
    );
  }),
];
