/** A line without what Packer and the service put before it: run, stream (which newer logs leave out), time, arrow. */
export const plainLine = (line: string) =>
  line
    .replace(
      /^\[[0-9a-f-]{36}\] PACKER (?:OUT|ERR)?\s*(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d)?\s*(?:ui(?: error)?: )?/,
      "",
    )
    .replace(/^(?:==>|-->)\s*/, "")
    .trim();

/** A log without what nobody should keep: SAS tokens, account keys, connection strings, passwords, tokens. */
export function maskedLog(log: string): string {
  return log
    .replace(/([?&](?:sig|sv|se|st|sp|spr|srt|ss|sr|skoid|sktid|skt|ske|sks|skv)=)[^&\s'"<>]+/gi, "$1(hidden)")
    .replace(/\b(AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s'"]+/gi, "$1=(hidden)")
    .replace(/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*/g, "(token)")
    .replace(/\bBearer\s+[\w.~+/-]{12,}=*/gi, "Bearer (token)")
    .replace(/(https?:\/\/)[^/\s:@]+:[^/\s@]+@/gi, "$1(hidden)@")
    .replace(
      /((?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|client[_-]?secret|token)["']?\s*[:=]\s*)(?:"[^"\n]*"|'[^'\n]*'|[^\s,;'"]+)/gi,
      "$1(hidden)",
    )
    .replace(/(\s-{1,2}(?:p|password|secret|token)[= ])(?!-)\S+/gi, "$1(hidden)")
    .replace(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==/g, "(key)");
}

/** The last lines of a log. */
export function tailOf(log: string, lines: number): string {
  return log.trimEnd().split("\n").slice(-lines).join("\n");
}
