import { stripVTControlCharacters } from "node:util";
import { shortId } from "../shared/decide/armId.ts";

/** Text from elsewhere, fit for a terminal and a log: no control characters, nothing a pipeline would take for a command. */
export function harmless(text: string): string {
  return text
    .replace(/(?![\n\t])\p{Cc}/gu, " ")
    .replace(/##(?=vso|\[)/g, "# #")
    .replace(/^(\s*)::/gm, "$1: :");
}

/** Pull requests take comments of some 65,000 characters (GitHub) and more (Azure Repos). */
const longestComment = 60_000;

/** A comment that is taken; what is cut off stands `elsewhere`. */
export const capped = (text: string, elsewhere: string): string =>
  text.length > longestComment ? `${text.slice(0, longestComment)}\n\n…the rest is in ${elsewhere}.` : text;

/** `mm:ss` (or `h:mm:ss`) from one ISO moment to another. */
export function elapsed(since: string, at: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(since)) / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** A template as a row of a table names it: group and name. */
export const templateName = (id: string): string => shortId(id).replace(/\/imageTemplates\//i, "/");

/** Rows under a head, in columns; the last one is as long as it likes. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Says something on a stream: on a terminal no word is broken at its edge. */
export function say(stream: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">, text: string): void {
  stream.write(`${stream.isTTY ? folded(text, stream.columns) : text}\n`);
}

/** Text whose lines are no longer than `width`, as far as their words allow; what is carried over stands below what it goes on from. */
export const folded = (text: string, width: number): string =>
  text
    .split("\n")
    .map((line) => foldedLine(line, width))
    .join("\n");

/** Rows of a table, and what somebody will copy: a command that is cut in two would be run by half. */
const whole = [/\S {2,}\S.*\S {2,}\S/, /(?:^|\s)(?:goldsmith|az|azd|curl|node|npm) [a-z-]/, /\\$/, /^#/];

function foldedLine(line: string, width: number): string {
  if (lengthOf(line) <= width || whole.some((kind) => kind.test(stripVTControlCharacters(line)))) return line;
  // Behind a clock, a name or a mark that stands in a column of its own.
  const [lead = ""] = /^\s*(?:\S+ {2,})?/.exec(stripVTControlCharacters(line)) ?? [];
  const margin = " ".repeat(Math.min(lead.length, width >> 1));
  const lines: string[] = [];
  let now = "";
  line.split(" ").forEach((word, index) => {
    const longer = index === 0 ? word : `${now} ${word}`;
    const fits = lengthOf(longer) <= width || lengthOf(now) <= lead.length || lengthOf(word) > width - margin.length;
    if (!fits) lines.push(now);
    now = fits ? longer : `${margin}${word}`;
  });
  return [...lines, now].join("\n");
}

const lengthOf = (text: string) => stripVTControlCharacters(text).length;
