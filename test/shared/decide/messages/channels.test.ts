import fc from "fast-check";
import { mailOf } from "../../../../shared/decide/messages/mail.ts";
import {
  auditMessage,
  buildMessage,
  linked,
  type Message,
  testMessage,
} from "../../../../shared/decide/messages/message.ts";
import { plainText } from "../../../../shared/decide/messages/plain.ts";
import { slackMessage } from "../../../../shared/decide/messages/slack.ts";
import { teamsMessage } from "../../../../shared/decide/messages/teams.ts";
import { message } from "../../notify/message.ts";
import { approved } from "../approved.ts";
import { definitionId, galleryId, templateId } from "../estate.ts";

const build = {
  id: "ubuntu-0123456789ab",
  templateId,
  lineage: definitionId.toLowerCase(),
  createdAt: "2026-01-01T10:00:00.000Z",
  updatedAt: "2026-01-01T10:20:00.000Z",
  endedAt: "2026-01-01T10:21:00.000Z",
};
const problem = {
  code: "CustomizerFailed",
  title: "The customizer hardening failed with exit code 2",
  detail: "==> azure-arm: E: Unable to locate package <nope> & co",
  fix: ["Mend the script of customizer 2 (hardening)", "goldsmith build the template again"],
};
const artifacts = [{ runOutputName: "gold", kind: "imageVersion", id: `${definitionId}/versions/1.0.1` }];
const finding = {
  id: "f",
  kind: "missing" as const,
  title: "A right is missing",
  scope: galleryId,
  templateIds: [],
  fix: [],
};

const moments: readonly (readonly [string, Message])[] = [
  ["succeeded", buildMessage("succeeded", { ...build, artifacts })],
  ["failed", buildMessage("failed", { ...build, problem })],
  ["drift", auditMessage({ id: "audit-1", endedAt: build.endedAt, templates: 3, findings: [finding] })],
  ["test", testMessage("ops", "1", build.endedAt)],
];
const channels: Readonly<Record<string, (message: Message) => unknown>> = {
  teams: teamsMessage,
  slack: slackMessage,
  mail: mailOf,
};

describe.each(Object.entries(channels))("%s", (channel, render) => {
  test.each(moments)("a message of %s is as approved", (moment, told) => {
    const got = `${JSON.stringify(render(linked(told, "https://gold.example.com")), undefined, 2)}\n`;
    expect(got).toBe(approved(`${channel}/${moment}.json`, got));
  });
});

test("what to do next stands before what there is to know, in every channel", () => {
  for (const render of [...Object.values(channels), plainText]) {
    const text = JSON.stringify(render(message));
    expect(text.indexOf("What to do next")).toBeGreaterThan(0);
    expect(text.indexOf("What to do next")).toBeLessThan(text.indexOf("exit code 1"));
  }
});

/** Messages as long and as nasty as logs can make them. */
const nasty = fc
  .record({
    title: fc.string({ maxLength: 400, unit: "binary" }),
    next: fc.array(fc.string({ maxLength: 5000, unit: "binary" }), { maxLength: 30 }),
    facts: fc.array(
      fc.record({ name: fc.string({ maxLength: 50 }), value: fc.string({ maxLength: 9000, unit: "binary" }) }),
      {
        maxLength: 40,
      },
    ),
  })
  .map((told): Message => ({ ...message, ...told }));

/** The worst there is: every text far too long, and of characters that JSON writes with six. */
const endless: Message = {
  ...message,
  title: "\u0001".repeat(9000),
  next: Array.from({ length: 50 }, () => "\u0001".repeat(9000)),
  facts: Array.from({ length: 50 }, () => ({ name: "\u0001".repeat(9000), value: "\u0001".repeat(9000) })),
};

test("Teams gets at most 28 KB, and nothing in it is read as Markdown", () => {
  fc.assert(
    fc.property(nasty, (told) => {
      const card = JSON.stringify(teamsMessage(told));
      expect(Buffer.byteLength(card)).toBeLessThan(28 * 1024);
      expect(card).not.toContain('"TextBlock"');
    }),
    { numRuns: 200, examples: [[endless]] },
  );
});

test("Slack gets no more than its blocks hold, and no mention, link or format that is not ours", () => {
  fc.assert(
    fc.property(nasty, (told) => {
      const { text, blocks } = slackMessage(told) as { text: string; blocks: readonly SlackBlock[] };
      expect(blocks.length).toBeLessThanOrEqual(50);
      expect(text).not.toMatch(/<[!@#]/);
      for (const { type, text: whole, fields = [] } of blocks) {
        expect(whole?.text.length ?? 1).toBeGreaterThan(0);
        expect(whole?.text.length ?? 0).toBeLessThanOrEqual(type === "header" ? 150 : 3000);
        expect(fields.length).toBeLessThanOrEqual(10);
        for (const field of fields) expect([field.type, field.text.length <= 2000]).toEqual(["plain_text", true]);
      }
    }),
    { numRuns: 200, examples: [[endless]] },
  );
});

interface SlackText {
  readonly type: string;
  readonly text: string;
}
interface SlackBlock {
  readonly type: string;
  readonly text?: SlackText;
  readonly fields?: readonly SlackText[];
}

test("a mail has one line of subject, and no markup but ours", () => {
  fc.assert(
    fc.property(nasty, (told) => {
      const { subject, html } = mailOf(told);
      expect(subject).not.toMatch(/[\r\n\u2028]/);
      expect(subject.length).toBeLessThanOrEqual(200);
      expect(
        html.replace(/<\/?(?:h2|h3|ol|li|table|tr|th|td|p|a|br)(?: (?:align|valign|style|href)="[^"]*")*>/g, ""),
      ).not.toMatch(/[<>]/);
    }),
    { numRuns: 200, examples: [[endless]] },
  );
});
