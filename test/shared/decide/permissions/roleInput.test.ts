import fc from "fast-check";
import { parseRoleInput, type RoleInputOptions } from "../../../../shared/decide/permissions/roleInput.ts";

const sub = "/subscriptions/11111111-1111-1111-1111-111111111111";
const group = `${sub}/resourceGroups/images`;
const actions = ["Microsoft.Compute/galleries/read", "Microsoft.Compute/galleries/images/versions/write"];
const flat = {
  Name: "Publisher",
  IsCustom: true,
  Description: "Publishes",
  Actions: actions,
  NotActions: [],
  AssignableScopes: [group],
};
const { Actions: _, NotActions: __, ...named } = flat;
const modern = { ...named, Permissions: [{ Actions: actions }] };
const rest = {
  properties: {
    roleName: "Publisher",
    description: "Publishes",
    type: "CustomRole",
    permissions: [{ actions }],
    assignableScopes: [group],
  },
};
const withActions = (...list: readonly unknown[]) => ({ ...flat, Actions: list });
const withScopes = (...list: readonly unknown[]) => ({ ...flat, AssignableScopes: list });
const text = JSON.stringify;
const utf16 = (value: string, bigEndian = false, mark = true) => {
  const bytes = Buffer.from(`${mark ? "\uFEFF" : ""}${value}`, "utf16le");
  return new Uint8Array(bigEndian ? bytes.swap16() : bytes);
};

type Input = string | Uint8Array;

const taken: readonly (readonly [name: string, input: Input, options?: RoleInputOptions])[] = [
  ["the flat form", text(flat)],
  ["the flat form as of Az 15", text(flat), { parity: "az15" }],
  ["the form with Permissions", text(modern)],
  ["the form with Permissions as of Az 16", text(modern), { parity: "az16" }],
  ["the REST form", text(rest)],
  [
    "what az role definition list prints",
    text({ ...rest.properties, name: "22222222-2222-2222-2222-222222222222", roleType: "CustomRole" }),
  ],
  [
    "what Get-AzRoleDefinition prints, flat",
    text({
      ...flat,
      Id: "22222222-2222-2222-2222-222222222222",
      DataActions: [],
      NotDataActions: [],
      Condition: null,
      ConditionVersion: null,
    }),
  ],
  ["what Get-AzRoleDefinition prints, new", text({ ...modern, Id: "22222222-2222-2222-2222-222222222222" })],
  [
    "names in lower case",
    text(Object.fromEntries(Object.entries(flat).map(([key, value]) => [key.toLowerCase(), value]))),
  ],
  [
    "names in capitals",
    text(Object.fromEntries(Object.entries(modern).map(([key, value]) => [key.toUpperCase(), value]))),
  ],
  ["UTF-8 with a byte order mark", new Uint8Array(Buffer.from(`\uFEFF${text(flat)}`, "utf8"))],
  ["UTF-8 without one", new Uint8Array(Buffer.from(text(flat), "utf8"))],
  ["UTF-16 as Windows PowerShell writes it", utf16(text(flat))],
  ["UTF-16 of the other order", utf16(text(flat), true)],
  ["UTF-16 without a mark", utf16(text(flat), false, false)],
  ["a text with a mark", `\uFEFF${text(flat)}`],
  ["a comment to the end of the line", `// mine\n${text(flat)}`],
  ["a comment in between", text(flat).replace('"Actions"', '/* what it may */ "Actions"')],
  ["a comma too much in a list", text(flat).replace('"],"NotActions"', '",],"NotActions"')],
  ["a comma too much in an object", text(flat).replace(/}$/, ",}")],
  ["members nobody knows", text({ ...flat, Owner: "me" })],
  ["no NotActions", text({ ...named, Actions: actions })],
  ["lists that are null", text({ ...flat, NotActions: null, DataActions: null })],
  [
    "data actions only",
    text({ ...named, DataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"] }),
  ],
  ["everything", text(withActions("*"))],
  ["a star at the front", text(withActions("*/read"))],
  ["a star in the middle", text(withActions("Microsoft.Network/*/read"))],
  ["a star at the end", text(withActions("Microsoft.Support/*"))],
  ["a subscription as scope", text(withScopes(sub))],
  ["a slash at the end of a scope", text(withScopes(`${sub}/`))],
  ["a resource as scope", text(withScopes(`${group}/providers/Microsoft.Compute/galleries/gold`))],
  ["one management group", text(withScopes("/providers/Microsoft.Management/managementGroups/corp"))],
  ["two subscriptions", text(withScopes(sub, sub.replaceAll("1", "2")))],
  [
    "a condition with its version",
    text({
      ...named,
      Permissions: [{ Actions: actions, Condition: "@Resource[a] StringEquals 'b'", ConditionVersion: "2.0" }],
    }),
  ],
  ["a version without condition", text({ ...named, Permissions: [{ Actions: actions, ConditionVersion: "2.0" }] })],
  ["REST without a description", text({ properties: { ...rest.properties, description: undefined } })],
  [
    "an odd scope where the client's check is skipped",
    text(withScopes(`${sub}/odd`)),
    { skipClientSideScopeValidation: true },
  ],
  ["flat members beside Permissions", text({ ...modern, Actions: ["Microsoft.Compute/images/read"] })],
  ["a name of 512 characters", text({ ...flat, Name: "x".repeat(512) })],
];

test.each(taken.map(([name, input, options]) => ({ name, input, options })))("takes $name", ({ input, options }) => {
  const read = parseRoleInput(input, options);
  expect(read).toMatchObject({ ok: true, role: { properties: { type: "CustomRole" } } });
  if (read.ok) {
    expect(read.role.properties.permissions).toHaveLength(1);
    expect(parseRoleInput(text(read.role))).toMatchObject({ ok: true, role: read.role });
  }
});

type Refusal = readonly [
  name: string,
  input: Input,
  rule: string,
  by: "client" | "service",
  pointer: string,
  options?: RoleInputOptions,
];

const refused: readonly Refusal[] = [
  ["nothing", "", "json", "client", ""],
  ["no JSON", "Name: Publisher", "json", "client", ""],
  ["single quotes", "{'Name':'x'}", "json", "client", ""],
  ["half of a file", text(flat).slice(0, 50), "json", "client", ""],
  ["a list of roles", text([flat]), "oneObject", "client", ""],
  ["a string", text("Publisher"), "oneObject", "client", ""],
  ["null", "null", "oneObject", "client", ""],
  ["the flat form as of Az 16", text(flat), "permissions", "client", "/Permissions", { parity: "az16" }],
  ["the new form as of Az 15", text(modern), "permissions", "client", "/Permissions", { parity: "az15" }],
  ["no name", text({ ...flat, Name: undefined }), "name", "client", "/Name"],
  ["a blank name", text({ ...flat, Name: "  " }), "name", "client", "/Name"],
  ["a name that is too long", text({ ...flat, Name: "x".repeat(513) }), "nameLength", "service", "/Name"],
  [
    "REST without a name",
    text({ properties: { ...rest.properties, roleName: "" } }),
    "name",
    "service",
    "/properties/roleName",
  ],
  ["no description", text({ ...flat, Description: undefined }), "description", "client", "/Description"],
  ["an empty description", text({ ...modern, Description: "" }), "description", "client", "/Description"],
  [
    "a description that is too long",
    text({ ...flat, Description: "x".repeat(2049) }),
    "descriptionLength",
    "service",
    "/Description",
  ],
  ["no permissions at all", text(named), "permissions", "client", "/Permissions"],
  ["permissions that are null", text({ ...named, Permissions: null }), "permissions", "client", "/Permissions"],
  ["an empty list of permissions", text({ ...named, Permissions: [] }), "permissions", "client", "/Permissions"],
  ["a permission that is null", text({ ...named, Permissions: [null] }), "permissions", "client", "/Permissions/0"],
  [
    "two permissions",
    text({ ...named, Permissions: [{ Actions: actions }, { Actions: actions }] }),
    "onePermission",
    "client",
    "/Permissions",
  ],
  [
    "two permissions in REST form",
    text({ properties: { ...rest.properties, permissions: [{ actions }, { actions }] } }),
    "onePermission",
    "service",
    "/properties/permissions",
  ],
  ["no action", text(withActions()), "someAction", "client", "/actions"],
  ["NotActions only", text({ ...named, NotActions: actions }), "someAction", "client", "/actions"],
  [
    "REST without actions",
    text({ properties: { ...rest.properties, permissions: [{}] } }),
    "someAction",
    "service",
    "/properties/permissions/0/actions",
  ],
  ["a single action instead of a list", text({ ...flat, Actions: "*/read" }), "list", "client", "/actions"],
  ["a number as action", text(withActions(7)), "list", "client", "/actions/0"],
  ["an empty action", text(withActions("")), "action", "service", "/actions/0"],
  [
    "an action with two stars",
    text(withActions("Microsoft.*/virtualMachines/*")),
    "oneWildcard",
    "service",
    "/actions/0",
  ],
  [
    "a star lost at the front, as in the printed sample",
    text(withActions("/read")),
    "lostWildcard",
    "service",
    "/actions/0",
  ],
  ["a star lost in NotActions", text({ ...flat, NotActions: ["/write"] }), "lostWildcard", "service", "/notActions/0"],
  ["a star lost in the middle", text(withActions("Microsoft.Network//read")), "lostWildcard", "service", "/actions/0"],
  [
    "a star lost at the end",
    text(withActions("Microsoft.Insights/alertRules/")),
    "lostWildcard",
    "service",
    "/actions/0",
  ],
  ["an action without a verb", text(withActions("Microsoft.Compute/images")), "action", "service", "/actions/0"],
  ["an action that is a word", text(withActions("read")), "action", "service", "/actions/0"],
  [
    "an action with blanks",
    text(withActions("Microsoft.Compute/images/read write")),
    "action",
    "service",
    "/actions/0",
  ],
  [
    "a data action with two stars",
    text({ ...named, DataActions: ["*/blobs/*"] }),
    "oneWildcard",
    "service",
    "/dataActions/0",
  ],
  [
    "a condition without its version",
    text({ ...named, Permissions: [{ Actions: actions, Condition: "x" }] }),
    "conditionVersion",
    "service",
    "/Permissions/0/conditionVersion",
  ],
  [
    "a condition of another version",
    text({ ...named, Permissions: [{ Actions: actions, Condition: "x", ConditionVersion: "3.0" }] }),
    "conditionVersion",
    "service",
    "/Permissions/0/conditionVersion",
  ],
  [
    "a condition that is no text",
    text({ ...named, Permissions: [{ Actions: actions, Condition: {}, ConditionVersion: "2.0" }] }),
    "condition",
    "client",
    "/Permissions/0/condition",
  ],
  ["no scopes", text(withScopes()), "someScope", "client", "/AssignableScopes"],
  ["scopes that are null", text({ ...flat, AssignableScopes: null }), "someScope", "client", "/AssignableScopes"],
  ["one scope instead of a list", text({ ...flat, AssignableScopes: sub }), "someScope", "client", "/AssignableScopes"],
  ["a blank scope", text(withScopes(sub, " ")), "someScope", "client", "/AssignableScopes/1"],
  [
    "a scope without a slash in front",
    text(withScopes("subscriptions/x")),
    "scopeSyntax",
    "client",
    "/AssignableScopes/0",
  ],
  [
    "a scope with an odd number of parts",
    text(withScopes(`${sub}/resourceGroups`)),
    "scopeSyntax",
    "client",
    "/AssignableScopes/0",
  ],
  ["a scope with an empty part", text(withScopes(`${sub}//images`)), "scopeSyntax", "client", "/AssignableScopes/0"],
  [
    "a scope that begins with something else",
    text(withScopes("/tenants/x")),
    "scopeSyntax",
    "client",
    "/AssignableScopes/0",
  ],
  [
    "a scope with something else than groups",
    text(withScopes(`${sub}/groups/images`)),
    "scopeSyntax",
    "client",
    "/AssignableScopes/0",
  ],
  [
    "a scope with something else than providers",
    text(withScopes(`${group}/resources/a/b/c`)),
    "scopeSyntax",
    "client",
    "/AssignableScopes/0",
  ],
  [
    "a scope that ends before the name",
    text(withScopes(`${group}/providers/Microsoft.Compute`)),
    "scopeSyntax",
    "client",
    "/AssignableScopes/0",
  ],
  ["the root, which passes the client", text(withScopes("/")), "rootScope", "service", "/AssignableScopes/0"],
  [
    "a scope with a wildcard",
    text(withScopes(`${sub}/resourceGroups/*`)),
    "scopeWildcard",
    "service",
    "/AssignableScopes/0",
  ],
  [
    "a placeholder, as in the printed sample",
    text(withScopes("/subscriptions/xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")),
    "subscriptionId",
    "service",
    "/AssignableScopes/0",
  ],
  [
    "a placeholder, as in the older sample",
    text(withScopes("/subscriptions/<Subscription ID>/resourceGroups/<group>")),
    "subscriptionId",
    "service",
    "/AssignableScopes/0",
  ],
  [
    "two management groups",
    text(
      withScopes(
        "/providers/Microsoft.Management/managementGroups/a",
        "/providers/Microsoft.Management/managementGroups/b",
      ),
    ),
    "oneManagementGroup",
    "service",
    "/AssignableScopes",
  ],
  [
    "2001 scopes",
    text(withScopes(...Array.from({ length: 2001 }, () => sub))),
    "scopeCount",
    "service",
    "/AssignableScopes",
  ],
  [
    "REST with an odd root",
    text({ properties: { ...rest.properties, assignableScopes: ["/"] } }),
    "rootScope",
    "service",
    "/properties/assignableScopes/0",
  ],
  [
    "the root, with the client's check skipped",
    text(withScopes("/")),
    "rootScope",
    "service",
    "/AssignableScopes/0",
    { skipClientSideScopeValidation: true },
  ],
];

const refusals = refused.map(([name, input, rule, by, pointer, options]) => ({
  name,
  input,
  rule,
  by,
  pointer,
  options,
}));

test.each(refusals)("refuses $name", ({ input, rule, by, pointer, options }) => {
  const read = parseRoleInput(input, options);
  expect(read.ok).toBe(false);
  if (read.ok) return;
  expect(read.faults).toContainEqual(expect.objectContaining({ rule, by, pointer }));
  expect(read.problem).toMatchObject({ code: "InvalidRoleDefinition", status: 400 });
  expect(read.problem.errors?.length).toBe(read.faults.length);
});

test("the corpus has at least 60 inputs", () => expect(taken.length + refused.length).toBeGreaterThanOrEqual(60));

test("a lost star is guessed back", () => {
  for (const [lost, guess] of [
    ["/read", "*/read"],
    ["Microsoft.Network//read", "Microsoft.Network/*/read"],
    ["Microsoft.Support/", "Microsoft.Support/*"],
  ]) {
    const read = parseRoleInput(text(withActions(lost)));
    expect(read.ok ? "" : read.problem.errors?.[0]?.detail).toContain(`did you mean "${guess}"`);
  }
});

test("a refusal says whose rule it is, and since when", () => {
  const read = parseRoleInput(text({ ...named, Permissions: [{ Actions: actions }, { Actions: actions }] }));
  expect(read.ok ? "" : read.problem.errors?.[0]?.detail).toContain("New-AzRoleDefinition since Az 16.0.0");
});

test("all faults of an input are told at once", () => {
  const read = parseRoleInput(text({ Actions: ["/read", "a"], AssignableScopes: ["x"] }));
  expect(read.ok ? [] : read.faults.map((one) => one.pointer)).toEqual([
    "/Name",
    "/Description",
    "/actions/0",
    "/actions/1",
    "/AssignableScopes/0",
  ]);
});

test("a condition is kept", () => {
  const read = parseRoleInput(
    text({ ...named, Permissions: [{ Actions: actions, Condition: "c", ConditionVersion: "2.0" }] }),
  );
  expect(read).toMatchObject({ role: { properties: { permissions: [{ condition: "c", conditionVersion: "2.0" }] } } });
});

test("what is odd but taken is noted, and a GUID is found", () => {
  const notes = (value: unknown) => {
    const read = parseRoleInput(text(value));
    return read.ok ? read.notes.join() : "";
  };
  expect(notes(flat)).toContain("Az 15");
  expect(notes({ ...modern, Actions: actions })).toContain("Actions beside Permissions are ignored");
  expect(
    notes({
      ...flat,
      DataActions: ["*/read"],
      AssignableScopes: ["/providers/Microsoft.Management/managementGroups/a"],
    }),
  ).toContain("management group");
  expect(parseRoleInput(text({ ...flat, Id: "22222222-2222-2222-2222-222222222222" }))).toMatchObject({
    guid: "22222222-2222-2222-2222-222222222222",
  });
});

test("strings are never touched by the cleaning of comments and commas", () =>
  fc.assert(
    fc.property(fc.string(), (description) => {
      const read = parseRoleInput(`/* a */ ${text({ ...flat, Description: `x${description}` })} // b`);
      expect(read.ok && read.role.properties.description).toBe(`x${description}`);
    }),
  ));
