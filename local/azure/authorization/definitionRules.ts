import { isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import type { Permission } from "../matching.ts";
import { AzureError, type Json } from "../world.ts";
import type { RoleDefinition } from "./records.ts";

type Content = Pick<RoleDefinition, "roleName" | "description" | "permissions" | "assignableScopes">;

/** Reads the body of a role definition's PUT and applies the rules of rbac-network-arm.md §1.2. Codes other than those named there are assumed. */
export function readDefinition(body: Json | undefined): Content {
  const properties = objectOf(objectOf(body).properties);
  const roleName = textOf(properties.roleName)?.trim() ?? "";
  const description = textOf(properties.description) ?? "";
  if (roleName === "" || roleName.length > 512)
    throw invalid("InvalidRoleDefinitionName", "The role name must have between 1 and 512 characters.");
  if (description.length > 2048)
    throw invalid("InvalidRoleDefinitionDescription", "The role description must not exceed 2048 characters.");
  const entries = listOf(properties.permissions).filter(isObject);
  if (entries.length !== 1 || listOf(properties.permissions).length !== 1)
    throw invalid(
      "InvalidRoleDefinitionPermissions",
      "A custom role definition must have exactly one permissions entry.",
    );
  const permissions = [readPermission(entries[0] ?? {})];
  const assignableScopes = textsOf(properties.assignableScopes);
  checkScopes(assignableScopes, permissions[0]!);
  return { roleName, description, permissions, assignableScopes };
}

function readPermission(entry: { readonly [key: string]: Json }): Permission {
  const list = (name: string) => textsOf(entry[name]);
  const permission = {
    actions: list("actions"),
    notActions: list("notActions"),
    dataActions: list("dataActions"),
    notDataActions: list("notDataActions"),
  };
  if (permission.actions.length + permission.dataActions.length === 0)
    throw invalid(
      "InvalidRoleDefinitionPermissions",
      "A custom role definition must have at least one action or data action.",
    );
  for (const action of Object.values(permission).flat()) checkAction(action);
  const condition = textOf(entry.condition);
  return condition
    ? { ...permission, condition, conditionVersion: textOf(entry.conditionVersion) ?? "2.0" }
    : permission;
}

function checkAction(action: string): void {
  const stars = action.split("*").length - 1;
  if (stars > 1)
    throw invalid("InvalidActionOrNotAction", `'${action}' has more than one wildcard. An action may have one.`);
  if (action !== "*" && !/^[\w.*-]+(\/[\w.*-]+)+$/.test(action))
    throw invalid(
      "InvalidActionOrNotAction",
      `'${action}' does not match any of the actions supported by the providers.`,
    );
}

function checkScopes(scopes: readonly string[], permission: Permission): void {
  if (scopes.length === 0 || scopes.length > 2000)
    throw invalid(
      "InvalidAssignableScopes",
      "A custom role definition must have between 1 and 2000 assignable scopes.",
    );
  for (const scope of scopes)
    if (scope === "/" || scope.includes("*") || !/^(\/[^/]+)+$/.test(scope))
      throw invalid(
        "InvalidAssignableScope",
        `The assignable scope '${scope}' is not valid: a custom role takes no root scope and no wildcard.`,
      );
  const groups = scopes.filter((scope) => /^\/providers\/Microsoft\.Management\/managementGroups\//i.test(scope));
  if (groups.length > 1)
    throw invalid(
      "InvalidAssignableScopes",
      "A custom role definition may have at most one management group as an assignable scope.",
    );
  if (groups.length > 0 && permission.dataActions.length > 0)
    throw invalid(
      "InvalidAssignableScopes",
      "You cannot add data action permissions when you have a management group as an assignable scope.",
    );
}

function invalid(code: string, message: string): AzureError {
  return new AzureError(400, code, message);
}
