import { matrixOf } from "../../../../functions/http/page/matrix.ts";

const role = (name: string) => `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${name}`;
const right = (name: string, satisfied: boolean) => ({
  role: name,
  roleDefinitionId: role(name),
  scope: "/subscriptions/s/resourceGroups/rg",
  principalId: "p",
  because: "",
  satisfied,
});
const finding = (kind: "missing" | "excess" | "networkDrift", templateIds: string[], name = "") => ({
  id: `${kind}-${name}`,
  kind,
  title: kind,
  scope: "",
  templateIds,
  fix: [],
  firstSeen: "2026-11-25T10:00:00Z",
  ...(name ? { roleDefinitionId: role(name).toUpperCase() } : {}),
});

const rights = [
  { templateId: "/t/a", rights: [right("joiner", true), right("publisher", false)] },
  { templateId: "/t/b", rights: [right("publisher", true), right("publisher", true)] },
];

test("templates against the roles they need; the network and what is too much come behind, where something was found", () => {
  const found = [
    finding("missing", ["/T/A"], "publisher"),
    finding("networkDrift", ["/t/b"]),
    finding("excess", ["/t/gone"], "publisher"),
  ];
  const { columns, rows } = matrixOf(rights, found);
  expect(columns).toEqual(["joiner", "publisher", "Network", "Beyond need"]);
  const short = rows.map(({ templateId, cells }) => [
    templateId,
    ...cells.map((cell) => (cell ? `${cell.held}/${cell.missing}/${cell.findings.length}` : "")),
  ]);
  expect(short).toEqual([
    ["/t/a", "1/0/0", "0/1/1", "", ""],
    ["/t/b", "", "2/0/0", "0/0/1", ""],
    ["/t/gone", "", "", "", "0/0/1"],
  ]);
});

test("an estate as it should be has its roles and nothing else", () => {
  expect(matrixOf([rights[1] ?? { templateId: "", rights: [] }], []).columns).toEqual(["publisher"]);
  expect(matrixOf([], [])).toEqual({ columns: [], rows: [] });
});
