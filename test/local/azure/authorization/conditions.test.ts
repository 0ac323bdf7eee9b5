import fc from "fast-check";
import { parseCondition } from "../../../../local/azure/conditions.ts";
import { conditionHolds } from "../../../../local/azure/conditionValue.ts";
import { grantCondition } from "../../../../local/azure/deployment.ts";
import { actionMatches } from "../../../../local/azure/matching.ts";

const values: Record<string, readonly string[]> = {
  name: ["Gold"],
  many: ["a", "b"],
  id: ["AAAAAAAA-0000-4000-8000-000000000001"],
  size: ["7"],
  day: ["2026-11-22T12:00:00Z"],
  flag: ["true"],
};
const holds = (text: string, action = "Microsoft.Compute/images/read") =>
  conditionHolds(parseCondition(text), {
    action,
    values: ({ source, name }) => (source === "request" ? (values[name] ?? []) : []),
  });

test.each([
  ["@Request[name] StringEquals 'Gold'", true],
  ["@Request[name] StringEquals 'gold'", false],
  ["@Request[name] StringEqualsIgnoreCase 'gold'", true],
  ["@Request[name] StringNotEquals 'Silver'", true],
  ["@Request[name] StringStartsWith 'Go'", true],
  ["@Request[name] StringLike 'G?l*'", true],
  ["@Request[name] StringLike 'G\\?ld'", false],
  ["@Request[name] StringNotLike 'S*'", true],
  ["@Request[id] GuidEquals aaaaaaaa-0000-4000-8000-000000000001", true],
  ["@Request[id] GuidNotEquals aaaaaaaa-0000-4000-8000-000000000001", false],
  ["@Request[size] NumericGreaterThan 6", true],
  ["@Request[size] NumericLessThanEquals 6", false],
  ["@Request[size] NumericNotEquals 7", false],
  ["@Request[day] DateTimeLessThan '2026-11-23T00:00:00Z'", true],
  ["@Request[flag] BoolEquals true", true],
  ["@Request[flag] BoolNotEquals true", false],
  ["@Request[many] ForAnyOfAnyValues:StringEquals {'b', 'c'}", true],
  ["@Request[many] ForAllOfAnyValues:StringEquals {'b', 'c'}", false],
  ["@Request[many] ForAllOfAnyValues:StringEquals {'a', 'b', 'c'}", true],
  ["@Request[many] ForAnyOfAllValues:StringNotEquals {'a', 'c'}", true],
  ["@Request[many] ForAllOfAllValues:StringNotEquals {'c', 'd'}", true],
  ["Exists @Request[name]", true],
  ["Exists @Request[none]", false],
  ["@Resource[name] StringEquals 'Gold'", false],
  ["ActionMatches{'Microsoft.Compute/images/*'}", true],
  ["!(ActionMatches{'Microsoft.Compute/images/write'})", true],
  ["SubOperationMatches{'Blob.List'}", false],
])("%s is %s", (text, expected) => {
  expect(holds(text)).toBe(expected);
});

test("what the request does not carry makes every comparison false, also the negative ones", () => {
  expect(holds("@Request[none] StringNotEquals 'x'")).toBe(false);
  expect(holds("NOT @Request[none] StringNotEquals 'x'")).toBe(true);
});

test.each([
  ["Exists @Request[name] OR Exists @Request[none] AND Exists @Request[none]", true],
  ["(Exists @Request[name] OR Exists @Request[none]) AND Exists @Request[none]", false],
  ["Exists @Request[name] || Exists @Request[none] && Exists @Request[none]", true],
  ["!Exists @Request[none] AND NOT Exists @Request[none]", true],
])("AND binds before OR, and parentheses before both: %s is %s", (text, expected) => {
  expect(holds(text)).toBe(expected);
});

test.each([
  "",
  "(",
  "Exists",
  "@Request[name]",
  "@Request[name] Equals 'x'",
  "@Other[name] StringEquals 'x'",
  "Exists @Request[name] Exists @Request[id]",
  "@Request[name] ForSome:StringEquals {'x'}",
  "ActionMatches'x'",
  "@Request[name] StringEquals {'x'",
  "#",
])("%j cannot be read", (text) => {
  expect(() => parseCondition(text)).toThrow();
});

test("any tree of AND, OR and NOT has the value that its shape says", () => {
  const { tree } = fc.letrec<{ tree: { text: string; value: boolean } }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom({ text: "Exists @Request[name]", value: true }, { text: "Exists @Request[none]", value: false }),
      fc
        .tuple(tie("tree"), tie("tree"))
        .map(([l, r]) => ({ text: `(${l.text} AND ${r.text})`, value: l.value && r.value })),
      fc
        .tuple(tie("tree"), tie("tree"))
        .map(([l, r]) => ({ text: `(${l.text} || ${r.text})`, value: l.value || r.value })),
      tie("tree").map((one) => ({ text: `!(${one.text})`, value: !one.value })),
    ),
  }));
  fc.assert(fc.property(tree, ({ text, value }) => holds(text) === value));
});

test("the deployment's condition is short enough for Azure and says nothing of other actions", () => {
  const condition = grantCondition("local");
  expect(condition.length).toBeLessThan(8192);
  expect(holds(condition, "Microsoft.Compute/images/read")).toBe(true);
  expect(holds(condition, "Microsoft.Authorization/roleAssignments/write")).toBe(false);
});

test.each([
  ["*", "Microsoft.Compute/images/read", true],
  ["*/read", "Microsoft.Compute/images/read", true],
  ["*/read", "Microsoft.Compute/images/write", false],
  ["microsoft.compute/IMAGES/read", "Microsoft.Compute/images/read", true],
  ["Microsoft.Compute/images", "Microsoft.Compute/images/read", false],
  ["Microsoft.CostManagement/exports/*", "Microsoft.CostManagement/exports/run/action", true],
  [
    "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    true,
  ],
  [
    "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    true,
  ],
  ["Microsoft.*/read", "Microsoft.Compute/images/read", true],
  ["Microsoft.Compute/images/read", "MicrosoftXCompute/images/read", false],
])("the pattern %s covers %s: %s", (pattern, action, expected) => {
  expect(actionMatches(pattern, action)).toBe(expected);
});
