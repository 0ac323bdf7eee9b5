import type { AuditReport } from "../auditReport.ts";

const columns = [
  "id",
  "kind",
  "firstSeen",
  "title",
  "scope",
  "principalId",
  "roleDefinitionId",
  "templateIds",
  "fix",
] as const;

/** A report as CSV (RFC 4180), one finding a line. */
export function auditCsv({ findings }: AuditReport): string {
  const rows = findings.map((finding) =>
    columns.map((column) => cell([finding[column] ?? ""].flat().join(" "))).join(","),
  );
  return `${[columns.join(","), ...rows].join("\r\n")}\r\n`;
}

/** Quoted always; what a spreadsheet would take for a formula is made text. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

/** A report as Markdown, for a ticket or a pull request. */
export function auditMarkdown(report: AuditReport): string {
  const { id, endedAt, templates, findings, newFindings, excessNotJudged } = report;
  const head = [
    `# Audit ${id}`,
    "",
    `${templates} templates, ${findings.length} findings (${newFindings.length} new), ${endedAt}.`,
    ...(excessNotJudged ? ["", `Grants were not judged as too much: ${excessNotJudged}.`] : []),
    "",
  ];
  if (findings.length === 0) return [...head, "Everything stands as it should.", ""].join("\n");
  const rows = findings.map(({ id: finding, kind, title, scope, firstSeen, fix }) =>
    [kind, `${title}<br>${scope}`, fix.join(" "), firstSeen, finding].map(plain).join(" | "),
  );
  const table = ["kind | finding | what to do | first seen | id", "--- | --- | --- | --- | ---", ...rows];
  return [...head, ...table.map((row) => `| ${row} |`), ""].join("\n");
}

const plain = (text: string) => text.replaceAll("|", "\\|").replace(/[\r\n]+/g, " ");
