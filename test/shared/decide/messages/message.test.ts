import { notApproved } from "../../../../shared/decide/gallery/approval.ts";
import {
  auditMessage,
  type BuildSummary,
  buildMessage,
  linked,
  type Message,
  type Moment,
} from "../../../../shared/decide/messages/message.ts";
import { plainText } from "../../../../shared/decide/messages/plain.ts";
import { approved } from "../approved.ts";
import { definitionId, galleryId, principalId, templateId } from "../estate.ts";

const problem = {
  code: "AuthorizationFailed",
  title: "A right is missing",
  detail: "Not authorized to access the resource.",
  scope: galleryId,
  fix: ["Compare with the plan of this template.", "Build again."],
};
const build: BuildSummary = {
  id: "ubuntu-0123456789ab",
  templateId,
  lineage: definitionId.toLowerCase(),
  createdAt: "2026-01-01T10:00:00.000Z",
  updatedAt: "2026-01-01T10:20:00.000Z",
  endedAt: "2026-01-01T10:21:00.000Z",
};
const artifacts = [{ runOutputName: "gold", kind: "imageVersion", id: `${definitionId}/versions/1.0.1` }];

const cases: readonly (readonly [Moment, BuildSummary])[] = [
  ["started", build],
  [
    "awaitingApproval",
    {
      ...build,
      artifacts,
      origin: { kind: "http", who: "builder@example.com" },
      approval: { askedAt: "2026-01-01T10:20:00.000Z", decideBy: "2026-01-04T10:20:00.000Z" },
    },
  ],
  ["succeeded", { ...build, artifacts }],
  ["partiallySucceeded", { ...build, artifacts, problem }],
  ["failed", { ...build, problem }],
  [
    "refused",
    { ...build, problem: { code: "OutsideFence", title: "The scope lies outside the fence", scope: galleryId } },
  ],
  ["cancelled", build],
  [
    "timedOut",
    { ...build, problem: { ...problem, code: "BuildOverdue", title: "The build did not end within its time-out" } },
  ],
];

const types = cases.map(([moment, summary]) => buildMessage(moment, summary).type);

test("the event types are those that are documented", () => {
  expect(types).toEqual(
    [
      "started",
      "awaitingapproval",
      "succeeded",
      "partiallysucceeded",
      "failed",
      "refused",
      "cancelled",
      "timedout",
    ].map((moment) => `io.goldsmith.build.${moment}.v1`),
  );
});

test.each(cases)("the message of a build that %s is as approved", (moment, summary) => {
  approve(`build-${moment}`, buildMessage(moment, summary));
});

test("a build that nobody approved says that it was built all the same, who decided and why", () => {
  const decision = {
    kind: "rejected",
    who: "approver@example.com",
    reason: "wrong kernel",
    at: "2026-01-02T10:00:00.000Z",
  } as const;
  const summary = { ...build, artifacts, approval: { decision }, problem: notApproved(decision) };
  approve("build-unapproved", buildMessage("refused", summary));
  const scheduled = { ...build, origin: { kind: "timer", who: "schedule nightly" } as const, approval: {} };
  expect(buildMessage("awaitingApproval", scheduled).next[0]).toContain(", as an approver: goldsmith approve");
  const late = { ...build, problem: notApproved({ kind: "expired", at: decision.at }) };
  expect(buildMessage("timedOut", late).title).toBe("ubuntu was built, but nobody approved it in time");
});

test("the message of an audit with drift is as approved", () => {
  const finding = {
    id: "missing-0123456789ab",
    kind: "missing" as const,
    title: "The right Goldsmith gallery publisher (test) is missing",
    scope: galleryId,
    principalId,
    templateIds: [templateId],
    fix: ["Build the template: the build grants it."],
  };
  const findings = Array.from({ length: 22 }, (_, index) => ({ ...finding, id: `missing-${index}` }));
  approve("audit-drift", auditMessage({ id: "audit-1", endedAt: "2026-01-02T00:00:00.000Z", templates: 3, findings }));
});

test("told twice, a moment has the same id", () => {
  expect(buildMessage("failed", build).id).toBe(
    buildMessage("failed", { ...build, updatedAt: "2027-01-01T00:00:00Z" }).id,
  );
  expect(buildMessage("failed", build).id).not.toBe(buildMessage("started", build).id);
});

test("a message is JSON that comes back the same", () => {
  const message = buildMessage("failed", { ...build, problem });
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
});

/** Compares with the approved text beside this test. A text that is new is printed by the failure: read it, then put it there. */
function approve(name: string, message: Message): void {
  const { data } = message;
  const got = `${plainText(message)}\n\n${JSON.stringify({ ...attributesOf(message), data }, undefined, 2)}\n`;
  expect(got).toBe(approved(`${name}.txt`, got));
}

const attributesOf = ({ id, type, source, subject, time, severity, thread, lineage }: Message) => ({
  id,
  type,
  source,
  subject,
  time,
  severity,
  thread,
  lineage,
});

test.each([
  ["builds", "#/builds/a%2Fthread"],
  ["audits", "#/audits/a%2Fthread"],
  ["channels", `#/channels/${encodeURIComponent(definitionId)}`],
  ["images", `#/channels/${encodeURIComponent(definitionId)}`],
  ["schedules", "#/schedules"],
  ["targets", ""],
])("a message about %s leads to where the page shows it", (kind, place) => {
  const about = { source: `/goldsmith/${kind}`, thread: "a/thread", subject: definitionId } as Message;
  expect(linked(about, "https://gold.example.com").link).toBe(`https://gold.example.com/api/dashboard${place}`);
});
