import type { Message, Severity } from "./message.ts";
import { shorten } from "./shorten.ts";

const colours: Readonly<Record<Severity, string>> = { info: "Good", warning: "Warning", error: "Attention" };

/** Teams takes about 28 KB with everything around it (platform.md §10). */
const mostBytes = 27 * 1024;
const mostSteps = 10;
const mostFacts = 20;
/** Characters of one text: the most with which the whole fits. */
const lengths = [700, 250, 60];

/**
 * A message as an Adaptive Card for a Teams workflow. All that was not written by us is in text runs, which are never
 * read as Markdown (Adaptive Cards, "RichTextBlock").
 */
export function teamsMessage(message: Message): unknown {
  const sizes = lengths.map((most) => cardOf(message, most));
  return sizes.find((card) => Buffer.byteLength(JSON.stringify(card)) <= mostBytes) ?? sizes.at(-1);
}

function cardOf({ title, severity, next, facts, link }: Message, most: number): unknown {
  const run = (text: string, style: Readonly<Record<string, string>> = {}) => ({
    type: "TextRun",
    text: shorten(text, most),
    ...style,
  });
  const bold = { weight: "Bolder" };
  const body = [
    block(run(title, { ...bold, size: "Large", color: colours[severity] })),
    ...(next.length > 0 ? [block(run("What to do next", bold))] : []),
    ...next.slice(0, mostSteps).map((step, index) => block(run(`${index + 1}. ${step}`))),
    ...facts.slice(0, mostFacts).map(({ name, value }) => block(run(`${name}  `, bold), run(value))),
  ];
  const actions = [{ type: "Action.OpenUrl", title: "Open in Goldsmith", url: link }];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body,
    ...(link === undefined ? {} : { actions }),
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  };
}

const block = (...inlines: readonly unknown[]) => ({ type: "RichTextBlock", inlines });
