import type { Message } from "./message.ts";
import { plainText } from "./plain.ts";
import { onOneLine, shorten } from "./shorten.ts";

/** A message as e-mail. */
export interface Mail {
  /** One line of at most 200 characters. */
  readonly subject: string;
  readonly plainText: string;
  readonly html: string;
}

/** Sets a message as e-mail; whatever a log or a template put into it is text there, never markup. */
export function mailOf(message: Message): Mail {
  const { title, next, facts, link } = message;
  const steps = next.map((step) => `<li>${escaped(step)}</li>`).join("");
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return {
    subject: shorten(onOneLine(`Goldsmith: ${title}`), 200),
    plainText: plainText(message),
    html: [
      `<h2>${escaped(title)}</h2>`,
      ...(next.length > 0 ? [`<h3>What to do next</h3><ol>${steps}</ol>`] : []),
      `<table>${rows.join("")}</table>`,
      ...(link === undefined ? [] : [`<p><a href="${escaped(link)}">Open in Goldsmith</a></p>`]),
    ].join("\n"),
  };
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? "").replace(/\r?\n/g, "<br>");
}
