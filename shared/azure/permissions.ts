import type { Permission } from "../decide/gallery/imageCheck.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import type { Connection } from "./connection.ts";
import { listAll, plain } from "./rest.ts";

/** What the caller itself may do at a scope, all its assignments together. */
export async function readPermissions(arm: Connection, scope: string): Promise<readonly Permission[]> {
  const found = await listAll(arm, `${plain(scope)}/providers/Microsoft.Authorization/permissions`, "2022-04-01");
  return found.map(fieldsOf).map(({ actions, notActions }) => ({
    actions: itemsOf(actions).map(textOf),
    notActions: itemsOf(notActions).map(textOf),
  }));
}
