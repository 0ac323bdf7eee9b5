import type { Answer } from "../contract.ts";

type Rights = Answer<"GET audits/{id}/rights">["value"];
type Finding = NonNullable<Answer<"GET audits/{id}">["findings"]>[number];

/** One right of one template: how it stands, and what the audit found about it. */
export interface Cell {
  readonly held: number;
  readonly missing: number;
  readonly findings: readonly Finding[];
}

/** Templates against rights. */
export interface Matrix {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly templateId: string; readonly cells: readonly (Cell | undefined)[] }[];
}

/** What is found beside the rights that templates need. */
const network = "Network";
const beyond = "Beyond need";

/** Rows are templates (audited ones, and those that findings name), columns the roles they need, the network, and what is too much. */
export function matrixOf(rights: Rights, findings: readonly Finding[]): Matrix {
  const roles = new Map(
    rights.flatMap((row) => row.rights.map(({ roleDefinitionId, role }) => [idOf(roleDefinitionId), role])),
  );
  const columnOf = ({ kind, roleDefinitionId }: Finding) =>
    kind === "networkDrift"
      ? network
      : kind === "missing" || kind === "ledgerDiffers"
        ? (roles.get(idOf(roleDefinitionId ?? "")) ?? beyond)
        : beyond;
  const names = [...new Set(roles.values())].sort();
  const extra = [network, beyond].filter((one) => findings.some((finding) => columnOf(finding) === one));
  const columns = [...names, ...extra];
  const known = new Set(rights.map(({ templateId }) => templateId.toLowerCase()));
  const named = findings.flatMap(({ templateIds }) => templateIds).filter((id) => !known.has(id.toLowerCase()));
  const rows = [...rights, ...[...new Set(named)].map((templateId) => ({ templateId, rights: [] }))];
  return {
    columns,
    rows: rows.map(({ templateId, rights: needed }) => ({
      templateId,
      cells: columns.map((column) => {
        const needs = needed.filter(({ role }) => role === column);
        const held = needs.filter(({ satisfied }) => satisfied).length;
        const found = findings.filter((finding) => columnOf(finding) === column && isAbout(finding, templateId));
        if (needs.length === 0 && found.length === 0) return undefined;
        return { held, missing: needs.length - held, findings: found };
      }),
    })),
  };
}

const idOf = (roleDefinitionId: string) => roleDefinitionId.toLowerCase().split("/").at(-1) ?? "";

const isAbout = ({ templateIds }: Finding, templateId: string) =>
  templateIds.some((id) => id.toLowerCase() === templateId.toLowerCase());
