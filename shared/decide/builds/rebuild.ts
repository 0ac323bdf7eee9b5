/** What an image is made from, as far as it can change while its template stands. */
export interface Basis {
  /** `contentHash` of the template. */
  readonly content: string;
  /** The exact source: `publisher:offer:sku:version`, or an image (version) id; absent where it could not be found out. */
  readonly source?: string;
  /** By address (without query): ETag or checksum; `unknown` where nobody could look. */
  readonly files: Readonly<Record<string, string>>;
}

/** The mark of a file that could not be looked at. */
export const unknown = "unknown";

/** Why an image would come out otherwise than the last time, a sentence each; nothing where all is as it was. What nobody could look at counts as changed: an image too many is better than one that is old. */
export function changesSince(before: Basis | undefined, now: Basis): readonly string[] {
  if (!before) return ["no build of this schedule has succeeded yet"];
  return [
    ...(before.content === now.content ? [] : ["the template changed"]),
    ...sourceChange(before.source, now.source),
    ...fileChanges(before.files, now.files),
  ];
}

function sourceChange(before: string | undefined, now: string | undefined): readonly string[] {
  if (now === undefined) return ["the newest version of the source could not be read"];
  return before === now ? [] : [`the source is now ${now}${before ? `, it was ${before}` : ""}`];
}

function fileChanges(before: Basis["files"], now: Basis["files"]): readonly string[] {
  return Object.entries(now).flatMap(([address, mark]) => {
    if (mark === unknown) return [`${address} could not be looked at`];
    return before[address] === mark ? [] : [`${address} changed`];
  });
}

/** What stayed as it was, in one sentence. */
export function unchanged(now: Basis): string {
  const files = Object.keys(now.files).length;
  const scripts = files === 0 ? "" : `, ${files === 1 ? "the script or file" : `${files} scripts and files`}`;
  return `nothing changed since the last build: template, source (${now.source ?? "unknown"})${scripts}`;
}
