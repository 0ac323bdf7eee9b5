import { type Basis, changesSince, unchanged, unknown } from "../../../../shared/decide/builds/rebuild.ts";
import { afterFailure, resumed, settled, takenTurn } from "../../../../shared/decide/builds/turns.ts";
import type { Schedule } from "../../../../shared/schedule.ts";

const basis: Basis = { content: "sha256:1", source: "a:b:c:1.0.0", files: { "https://x/a.sh": '"1"' } };

test("what is as it was is no reason to build", () => {
  expect(changesSince(basis, basis)).toEqual([]);
  expect(unchanged(basis)).toContain("a:b:c:1.0.0");
});

test.each<[string, Partial<Basis>, RegExp]>([
  ["the template", { content: "sha256:2" }, /template changed/],
  ["the source", { source: "a:b:c:1.0.1" }, /now a:b:c:1\.0\.1, it was a:b:c:1\.0\.0/],
  ["a script", { files: { "https://x/a.sh": '"2"' } }, /a\.sh changed/],
  ["a new script", { files: { ...basis.files, "https://x/b.sh": '"1"' } }, /b\.sh changed/],
  ["a script nobody could look at", { files: { "https://x/a.sh": unknown } }, /could not be looked at/],
])("%s that changed is one", (_, change, sentence) => {
  expect(changesSince(basis, { ...basis, ...change }).join()).toMatch(sentence);
});

test("a source nobody could read, and a first time, build too", () => {
  expect(changesSince(basis, { content: "sha256:1", files: basis.files }).join()).toMatch(/could not be read/);
  expect(changesSince(undefined, basis)).toHaveLength(1);
});

const now = new Date("2026-11-25T04:00:10Z");
const schedule: Schedule = {
  id: "s",
  lineage: "l",
  templateId: "/t",
  cron: "0 0 4 * * *",
  timeZone: "UTC",
  onlyIfChanged: true,
  pauseAfter: 2,
  origin: { kind: "http" },
  createdAt: "2026-11-01T00:00:00Z",
  updatedAt: "2026-11-01T00:00:00Z",
  nextAt: "2026-11-22T04:00:00.000Z",
  failures: 0,
  turns: [],
};
const turn = { dueAt: "2026-11-22T04:00:00.000Z", at: now.toISOString(), kind: "started", reason: "due" } as const;

test("turns that nobody was there for are one turn, and the next lies ahead", () => {
  expect(takenTurn(schedule, turn, now)).toMatchObject({ nextAt: "2026-11-26T04:00:00.000Z", turns: [turn] });
});

test("a build that succeeded says what it was made from, and clears the failures", () => {
  const waiting = { ...schedule, failures: 1, turns: [{ ...turn, buildId: "b" }], pending: { buildId: "b", basis } };
  const after = settled(waiting, "succeeded", undefined, now);
  expect(after).toMatchObject({ failures: 0, basis, turns: [{ buildId: "b", state: "succeeded" }] });
  expect(after.pending).toBeUndefined();
});

test("so many failures in a row pause it with the reason, a success or a cancellation between them does not count", () => {
  const problem = { code: "CustomizerFailed", title: "A customizer failed", fix: ["Correct it"] };
  const pending = { buildId: "b", basis };
  const once = settled({ ...schedule, pending }, "failed", problem, now);
  expect([once.failures, once.paused]).toEqual([1, undefined]);
  expect(settled({ ...once, pending }, "cancelled", undefined, now).failures).toBe(1);
  const twice = settled({ ...once, pending }, "timedOut", problem, now);
  expect(twice.paused?.problem).toMatchObject({
    code: "SchedulePaused",
    detail: expect.stringContaining("CustomizerFailed"),
  });
  expect(twice.nextAt).toBeUndefined();
  expect(resumed(twice, now)).toMatchObject({ failures: 0, nextAt: "2026-11-26T04:00:00.000Z" });
  expect(resumed(twice, now).paused).toBeUndefined();
});

test("with 0 nothing pauses it", () => {
  let endless: Schedule = { ...schedule, pauseAfter: 0 };
  for (let failure = 0; failure < 50; failure++) endless = afterFailure(endless, undefined, now);
  expect([endless.failures, endless.paused]).toEqual([50, undefined]);
});
