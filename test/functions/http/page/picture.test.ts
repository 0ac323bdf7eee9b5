import { pictureOf, ticksOf } from "../../../../functions/http/page/picture.ts";
import type { Build, TimelineEntry } from "../../../../shared/build.ts";

const start = Date.parse("2026-11-25T10:00:00.000Z");
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const request = (status: number) => ({ method: "GET", path: "/x", status, ms: 3 });
const timeline: readonly TimelineEntry[] = [
  { at: at(5), what: "enterState", detail: "planning" },
  { at: at(9), what: "planTemplate", detail: "needs 3 rights", requests: [request(200), request(404)] },
  { at: at(10), what: "enterState", detail: "granting" },
  { at: at(12), what: "applyChange", detail: "made: role x", requests: [request(201)] },
  { at: at(20), what: "enterState", detail: "waitingForRights" },
  { at: at(300), what: "enterState", detail: "running" },
  { at: at(330), what: "watch", detail: "Queued", requests: [request(429), request(200)] },
  { at: at(360), what: "watch", detail: "Building; 12 % of it" },
  { at: at(600), what: "watch", detail: "Building" },
];
const build = { createdAt: at(0), updatedAt: at(600), state: "running", timeline } as unknown as Build & {
  timeline: readonly TimelineEntry[];
};
const told = (picture: ReturnType<typeof pictureOf>) =>
  picture.spans.map(({ name, kind, from, to }) => [name, kind, (from - start) / 1000, (to - start) / 1000]);

test("a build that goes on: work, waits and the service's stages, up to now", () => {
  expect(told(pictureOf(build, start + 700_000))).toEqual([
    ["queued", "wait", 0, 5],
    ["planning", "work", 5, 10],
    ["granting", "work", 10, 20],
    ["waitingForRights", "wait", 20, 300],
    ["running", "run", 300, 330],
    ["Queued", "wait", 330, 360],
    ["Building", "run", 360, 700],
  ]);
});

test("one that ended: no longer than it took, whatever the time is now", () => {
  const ended = { ...build, state: "failed" as const, endedAt: at(620) };
  expect(told(pictureOf(ended, start + 9_000_000)).at(-1)).toEqual(["Building", "run", 360, 620]);
});

test("changes and requests stand where they were made; what was refused is marked", () => {
  const { changes, requests } = pictureOf(build, start + 700_000);
  expect(changes).toEqual([{ at: start + 12_000, words: "made: role x", count: 1, bad: false }]);
  expect(requests.map(({ count, bad }) => [count, bad])).toEqual([
    [2, false],
    [1, false],
    [2, true],
  ]);
  expect(requests[2]?.words).toBe("2 requests to Azure, answered 429");
});

test("a build that was just asked for is a picture as well", () => {
  const fresh = { ...build, state: "queued" as const, timeline: [] };
  const picture = pictureOf(fresh, start);
  expect(picture.to).toBeGreaterThan(picture.from);
  expect(picture.spans).toEqual([]);
});

test.each([
  [1_000, 8, 1],
  [27 * 60_000, 8, 6],
  [27 * 60_000, 3, 2],
  [16 * 3_600_000, 8, 5],
  [40 * 86_400_000, 8, 2],
])("an axis of %d ms takes at most %d marks", (length, most, count) => {
  const ticks = ticksOf(length, most);
  expect(ticks).toHaveLength(count);
  expect(ticks[0]).toBe(0);
  expect(ticks.at(-1)).toBeLessThanOrEqual(length);
});
