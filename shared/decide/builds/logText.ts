/** Texts that end a customizer badly, as Packer and the scripts' shells word them (image-builder.md §6.3). */
const signs: readonly RegExp[] = [
  /exited with (?:a )?non-zero exit status: ?\d+/i,
  /\bE: (?:Unable|Could not|Failed|Sub-process)/,
  /\b(?:fatal|error)\b[:!]/i,
  /command not found|No such file or directory|Permission denied/,
  /(?:curl|wget): \(?\d+\)?|could not resolve host|Connection (?:refused|timed out)/i,
  /is not recognized as (?:the name of a cmdlet|an internal or external command)/i,
  /context deadline exceeded|Timeout waiting for (?:SSH|WinRM)/i,
];
const starts = /Provisioning with (?:shell script|Powershell|[\w -]+?): ?(.+)$|Uploading (\S+) => /i;
const noise = /errored\.|didn't complete successfully|Builds finished/i;
const mostLines = 5;
const longestLine = 300;

/** What a build's log says about its failure. */
export interface LogEvidence {
  /** The customizer that was at work. */
  readonly customizer?: string;
  /** The lines that tell, the last ones. */
  readonly lines: readonly string[];
}

/** Finds the customizer that was at work when a build failed, and the lines that say why. Nothing where the log shows no failure. */
export function logEvidence(log: string): LogEvidence {
  let customizer: string | undefined;
  let at: string | undefined;
  const lines: string[] = [];
  for (const line of log.split("\n").map(plainLine)) {
    const start = starts.exec(line);
    if (start) at = (start[1] ?? start[2] ?? "").trim();
    if (noise.test(line) || !signs.some((sign) => sign.test(line))) continue;
    customizer = at;
    lines.push(line.slice(0, longestLine));
  }
  return { ...(customizer ? { customizer } : {}), lines: [...new Set(lines)].slice(-mostLines) };
}

/** A line without what Packer puts before it: run, stream, time, arrow. */
export const plainLine = (line: string) =>
  line
    .replace(/^\[[0-9a-f-]{36}\] PACKER (?:OUT|ERR)\s*(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d)?\s*/, "")
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
