import type { Message, Severity } from "./message.ts";
import { plainText } from "./plain.ts";
import { onOneLine, shorten } from "./shorten.ts";

const marks: Readonly<Record<Severity, string>> = { info: "", warning: "⚠️ ", error: "❌ " };

/** Slack's limits: a header's text, a section's text, a field's text, fields of a section (platform.md §10). */
const limits = { header: 150, section: 3000, field: 2000, fields: 10 };

/** What is posted to Slack: blocks, and the same in words for notifications and screen readers. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

/** A message in Block Kit. Everything is `plain_text`, so that nothing in a log becomes a mention, a link or a format. */
export function slackMessage(message: Message): SlackMessage {
  const { title, severity, next, facts, link } = message;
  const steps = ["What to do next", ...next.map((step, index) => `${index + 1}. ${step}`)].join("\n");
  return {
    text: escaped(shorten(plainText(message), limits.section)),
    blocks: [
      { type: "header", text: plain(marks[severity] + onOneLine(title), limits.header) },
      ...(next.length > 0 ? [{ type: "section", text: plain(steps, limits.section) }] : []),
      ...inTens(facts).map((some) => ({
        type: "section",
        fields: some.map(({ name, value }) => plain(`${name}\n${value}`, limits.field)),
      })),
      ...(link === undefined
        ? []
        : [{ type: "section", text: { type: "mrkdwn", text: `<${link}|Open in Goldsmith>` } }]),
    ],
  };
}

const plain = (text: string, most: number) => ({ type: "plain_text", text: shorten(text, most), emoji: false });

/** The three characters that Slack reads in any text (docs.slack.dev, "Formatting message text"). */
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function inTens<T>(items: readonly T[]): readonly (readonly T[])[] {
  const most = items.slice(0, 2 * limits.fields);
  return [most.slice(0, limits.fields), most.slice(limits.fields)].filter((part) => part.length > 0);
}
