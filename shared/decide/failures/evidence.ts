import { plainLine } from "../builds/logText.ts";
import { shows } from "./index.ts";
import { windowOf } from "./logWindow.ts";

/** What a build's log says about its failure. */
export interface LogEvidence {
  /** The customizer that was at work. */
  readonly customizer?: string;
  /** The lines that tell, the last ones. */
  readonly lines: readonly string[];
}

const starts = /Provisioning with (?:shell script|Powershell|[\w -]+?): ?(.+)$|Uploading (\S+) => /i;
const noise = /errored\.|didn't complete successfully|Builds finished/i;
const mostLines = 5;
const longestLine = 300;

/** Finds the customizer that was at work when a build failed, and the lines that say why: those by which the failure's kind is known. Nothing where the log shows no failure. */
export function logEvidence(log: string): LogEvidence {
  const { where, text } = windowOf(log);
  const lines = text.split("\n").filter((line) => !noise.test(line) && shows(line, where));
  if (lines.length === 0) return { lines };
  const begun = log.split("\n").map((line) => starts.exec(plainLine(line))?.slice(1).join("") ?? "");
  const customizer = begun.findLast((name) => name !== "")?.trim();
  return { ...(customizer ? { customizer } : {}), lines: shown(lines, mostLines) };
}

/** The last lines of a log that tells no kind of failure: what a script said at the end. */
export const lastWords = (log: string): readonly string[] => {
  const { where, text } = windowOf(log);
  return where === "machine"
    ? shown(
        text
          .split("\n")
          .slice(1)
          .filter((line) => line && !noise.test(line)),
        3,
      )
    : [];
};

const shown = (lines: readonly string[], most: number) =>
  [...new Set(lines.map((line) => line.slice(0, longestLine)))].slice(-most);
