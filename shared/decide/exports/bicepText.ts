/** A text as Bicep writes it. */
export function quoted(value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("${", "\\${");
  return `'${escaped.replace(/\r?\n/g, "\\n")}'`;
}

/** Any value as Bicep writes it; `indent` is that of the line it begins on. */
export function literal(value: unknown, indent = ""): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null) return String(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${literal(item, inner)}`)
    : Object.entries(value).map(([key, member]) => `${inner}${key}: ${literal(member, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return lines.length === 0 ? `${open}${close}` : [open, ...lines, `${indent}${close}`].join("\n");
}
