/** A text cut to at most `most` characters, with a sign that it was; never in the middle of a character. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** A text on one line: what would begin a new line (or a new header of a mail) is a space. */
export const onOneLine = (text: string): string => text.replace(/[\s\u0085\u2028\u2029]+/g, " ").trim();
