import { fieldsOf } from "../template/templateBody.ts";

/** One permission as written, before it is judged. */
export interface WrittenPermission {
  readonly pointer: string;
  readonly actions: unknown;
  readonly notActions: unknown;
  readonly dataActions: unknown;
  readonly notDataActions: unknown;
  readonly condition: unknown;
  readonly conditionVersion: unknown;
}

/** A role as written in one of the forms people have. */
export interface WrittenRole {
  /** `flat`: New-AzRoleDefinition until Az 15. `permissions`: since Az 16. `rest`: what ARM takes, or what az prints. */
  readonly form: "flat" | "permissions" | "rest";
  readonly id: unknown;
  readonly name: unknown;
  readonly description: unknown;
  readonly assignableScopes: unknown;
  /** Where the members are, for people: JSON pointers. */
  readonly pointers: {
    readonly name: string;
    readonly description: string;
    readonly scopes: string;
    readonly permissions: string;
  };
  readonly permissions: unknown;
  /** The flat members, where both forms are mixed: the newer cmdlet ignores them. */
  readonly ignored: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The members of a JSON object by name in any casing, as the cmdlet's reader finds them. */
function member(fields: Fields, name: string): unknown {
  const key = keyOf(fields, name);
  return key === undefined ? undefined : fields[key];
}

function keyOf(fields: Fields, name: string): string | undefined {
  return Object.keys(fields).find((key) => key.toLowerCase() === name.toLowerCase());
}

const flatMembers = ["Actions", "NotActions", "DataActions", "NotDataActions"];

/** Recognises the form of a role definition and where its members are. */
export function writtenRole(json: Fields): WrittenRole {
  const properties = member(json, "properties");
  if (typeof properties === "object" && properties !== null)
    return restRole(fieldsOf(properties), "/properties", member(json, "name") ?? member(json, "id"));
  if (keyOf(json, "roleName") !== undefined) return restRole(json, "", member(json, "name"));
  const flat = flatMembers.filter((name) => keyOf(json, name) !== undefined);
  const listed = keyOf(json, "Permissions") !== undefined;
  const form = listed || flat.length === 0 ? "permissions" : "flat";
  return {
    form,
    id: member(json, "Id"),
    name: member(json, "Name"),
    description: member(json, "Description"),
    assignableScopes: member(json, "AssignableScopes"),
    pointers: { name: "/Name", description: "/Description", scopes: "/AssignableScopes", permissions: "/Permissions" },
    permissions: form === "flat" ? [json] : member(json, "Permissions"),
    ignored: form === "flat" ? [] : flat,
  };
}

function restRole(properties: Fields, base: string, id: unknown): WrittenRole {
  return {
    form: "rest",
    id,
    name: member(properties, "roleName"),
    description: member(properties, "description"),
    assignableScopes: member(properties, "assignableScopes"),
    pointers: {
      name: `${base}/roleName`,
      description: `${base}/description`,
      scopes: `${base}/assignableScopes`,
      permissions: `${base}/permissions`,
    },
    permissions: member(properties, "permissions"),
    ignored: [],
  };
}

/** The members of one permission entry. */
export function writtenPermission(entry: unknown, pointer: string): WrittenPermission {
  const fields = fieldsOf(entry);
  return {
    pointer,
    actions: member(fields, "actions"),
    notActions: member(fields, "notActions"),
    dataActions: member(fields, "dataActions"),
    notDataActions: member(fields, "notDataActions"),
    condition: member(fields, "condition"),
    conditionVersion: member(fields, "conditionVersion"),
  };
}
