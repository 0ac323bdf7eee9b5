import type { Problem } from "../../problem.ts";
import { fieldsOf } from "../template/templateBody.ts";
import type { RoleContent, RolePermission } from "./roleContent.ts";
import { type WrittenPermission, type WrittenRole, writtenPermission, writtenRole } from "./roleForms.ts";
import { actionFault, clientScopeFault, type RoleFault, scopeSetFaults, serviceScopeFault } from "./roleRules.ts";
import { plainJson, roleText } from "./roleText.ts";

/** A custom role as ARM takes it; a condition is never lost. */
interface RestRole {
  readonly properties: RoleContent;
}

/** How strictly to read: like which version of the cmdlet, and whether its own scope checks are skipped (`-SkipClientSideScopeValidation`). */
export interface RoleInputOptions {
  /** `any` takes every form; `az15` only what the cmdlet took until Az 15, `az16` only what it takes since. */
  readonly parity?: "any" | "az15" | "az16";
  readonly skipClientSideScopeValidation?: boolean;
}

/** A role that was read (with its GUID if it had one, and notes on what was odd), or every rule that the input breaks. */
export type RoleInput =
  | {
      readonly ok: true;
      readonly role: RestRole;
      readonly form: WrittenRole["form"];
      readonly guid?: string;
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problem: Problem; readonly faults: readonly RoleFault[] };

/** Reads a role definition in any form that `New-AzRoleDefinition` has taken over time, or in REST form, and refuses what the cmdlet or the service refuses (rbac-network-arm.md §1). */
export function parseRoleInput(input: string | Uint8Array, options: RoleInputOptions = {}): RoleInput {
  const json = parseJson(roleText(input));
  if (json === undefined) return refused([fault("", "json", "client", "the input is not JSON")]);
  if (Array.isArray(json))
    return refused([fault("", "oneObject", "client", "the input is a list; one role is expected")]);
  if (typeof json !== "object" || json === null)
    return refused([fault("", "oneObject", "client", "the input is not an object")]);
  const written = asVersion(writtenRole(fieldsOf(json)), options.parity ?? "any");
  const faults = [...nameFaults(written), ...permissionFaults(written), ...scopeFaults(written, options)];
  return faults.length > 0 ? refused(faults) : accepted(written);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(plainJson(text));
  } catch {
    return undefined;
  }
}

// A version that does not know a form sees a role without permissions: the members it does not know are passed over in silence.
function asVersion(written: WrittenRole, parity: "any" | "az15" | "az16"): WrittenRole {
  const blind = (parity === "az16" && written.form === "flat") || (parity === "az15" && written.form === "permissions");
  return blind ? { ...written, permissions: null } : written;
}

function nameFaults(written: WrittenRole): readonly RoleFault[] {
  const { name, description, pointers, form } = written;
  const faults: RoleFault[] = [];
  if (blank(name))
    faults.push(fault(pointers.name, "name", form === "rest" ? "service" : "client", "a role needs a name"));
  else if (String(name).length > 512)
    faults.push(fault(pointers.name, "nameLength", "service", "a name has at most 512 characters"));
  // Only the cmdlet insists on a description.
  if (blank(description) && form !== "rest")
    faults.push(fault(pointers.description, "description", "client", "a role needs a description"));
  if (typeof description === "string" && description.length > 2048)
    faults.push(
      fault(pointers.description, "descriptionLength", "service", "a description has at most 2048 characters"),
    );
  return faults;
}

function permissionFaults(written: WrittenRole): readonly RoleFault[] {
  const { permissions, pointers, form } = written;
  const by = form === "rest" ? "service" : "client";
  if (!Array.isArray(permissions) || permissions.length === 0)
    return [
      fault(pointers.permissions, "permissions", by, "a role needs one permission entry with actions or data actions"),
    ];
  if (permissions.length > 1)
    return [
      {
        ...fault(pointers.permissions, "onePermission", by, "more than one permission entry"),
        ...(by === "client" ? { since: "Az 16.0.0" } : {}),
      },
    ];
  if (typeof permissions[0] !== "object" || permissions[0] === null)
    return [fault(`${pointers.permissions}/0`, "permissions", by, "a permission entry must be an object")];
  return entryFaults(entryOf(written), by);
}

function entryOf(written: WrittenRole): WrittenPermission {
  const entry = Array.isArray(written.permissions) ? written.permissions[0] : undefined;
  return writtenPermission(entry, written.form === "flat" ? "" : `${written.pointers.permissions}/0`);
}

const lists = ["actions", "notActions", "dataActions", "notDataActions"] as const;

function entryFaults(entry: WrittenPermission, by: "client" | "service"): readonly RoleFault[] {
  const faults = lists.flatMap((name) => listFaults(entry[name], `${entry.pointer}/${name}`));
  if (size(entry.actions) + size(entry.dataActions) === 0)
    faults.push(
      fault(`${entry.pointer}/actions`, "someAction", by, "at least one of actions and data actions must be given"),
    );
  return [...faults, ...conditionFaults(entry)];
}

function listFaults(value: unknown, pointer: string): RoleFault[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [fault(pointer, "list", "client", "must be a list of strings")];
  return value.flatMap((item, index) => {
    const at = `${pointer}/${index}`;
    if (typeof item !== "string") return [fault(at, "list", "client", "must be a string")];
    return actionFault(item, at) ?? [];
  });
}

function conditionFaults({ condition, conditionVersion, pointer }: WrittenPermission): readonly RoleFault[] {
  if (blank(condition)) return [];
  if (typeof condition !== "string") return [fault(`${pointer}/condition`, "condition", "client", "must be a string")];
  if (conditionVersion === "2.0") return [];
  return [
    fault(`${pointer}/conditionVersion`, "conditionVersion", "service", 'a condition needs conditionVersion "2.0"'),
  ];
}

function scopeFaults(written: WrittenRole, options: RoleInputOptions): readonly RoleFault[] {
  const { assignableScopes: scopes, pointers, form } = written;
  const by = form === "rest" ? "service" : "client";
  if (!Array.isArray(scopes) || scopes.length === 0)
    return [fault(pointers.scopes, "someScope", by, "at least one assignable scope must be given")];
  const checked = form !== "rest" && options.skipClientSideScopeValidation !== true;
  const single = scopes.flatMap((scope, index) => {
    const at = `${pointers.scopes}/${index}`;
    if (blank(scope) || typeof scope !== "string")
      return [fault(at, "someScope", by, "a scope must be a string that is not blank")];
    return (checked ? clientScopeFault(scope, at) : undefined) ?? serviceScopeFault(scope, at) ?? [];
  });
  return [
    ...single,
    ...scopeSetFaults(
      scopes.filter((scope) => typeof scope === "string"),
      pointers.scopes,
    ),
  ];
}

function accepted(written: WrittenRole): RoleInput {
  const entry = entryOf(written);
  const condition = blank(entry.condition) ? {} : { condition: String(entry.condition), conditionVersion: "2.0" };
  const [actions, notActions, dataActions, notDataActions] = lists.map((name) => strings(entry[name]));
  const permission = { actions, notActions, dataActions, notDataActions, ...condition } as RolePermission;
  const scopes = strings(written.assignableScopes).map((scope) => scope.replace(/\/$/, ""));
  const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(String(written.id ?? ""))?.[0];
  const description = blank(written.description) ? "" : String(written.description);
  const properties = { roleName: String(written.name), description, type: "CustomRole" as const };
  return {
    ok: true,
    form: written.form,
    role: { properties: { ...properties, permissions: [permission], assignableScopes: scopes } },
    ...(guid === undefined ? {} : { guid }),
    notes: notesOn(written, permission, scopes),
  };
}

function notesOn(written: WrittenRole, permission: RolePermission, scopes: readonly string[]): readonly string[] {
  const notes: string[] = [];
  if (written.form === "flat")
    notes.push("This is the form of Az 15 and before; since Az 16 the cmdlet wants Permissions[].");
  if (written.ignored.length > 0) notes.push(`${written.ignored.join(", ")} beside Permissions are ignored.`);
  if (permission.dataActions.length > 0 && scopes.some((scope) => /managementgroups/i.test(scope)))
    notes.push("A role with data actions cannot be assigned at a management group.");
  return notes;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function size(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function blank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

function fault(pointer: string, rule: string, by: RoleFault["by"], detail: string): RoleFault {
  return { pointer, rule, by, detail };
}

function refused(faults: readonly RoleFault[]): RoleInput {
  const errors = faults.map(({ pointer, rule, by, since, detail }) => {
    const whose =
      by === "client" ? `New-AzRoleDefinition${since === undefined ? "" : ` since ${since}`}` : "the service";
    return { pointer, detail: `${detail} (rule ${rule} of ${whose})` };
  });
  const title = "The role definition would be refused";
  return { ok: false, faults, problem: { code: "InvalidRoleDefinition", title, status: 400, errors } };
}
