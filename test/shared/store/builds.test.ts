import { Refused } from "../../../shared/problem.ts";
import { aBuild, oddId, storeOfFile, templateId } from "./account.ts";

const open = storeOfFile();

test("a build is created once, also by two at the same moment", async () => {
  const [one, other] = [open(), open()];
  const made = await Promise.all([one, other, one, other].map((store) => store.builds.create(aBuild("twin", 1))));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await other.builds.create(aBuild("twin", 2, { lineage: "late" }))).toBe(false);
  expect((await one.builds.get("twin"))?.lineage).toBe("ubuntu");
});

test("a build nobody made is undefined to read and refused to update", async () => {
  expect(await open().builds.get("nobody")).toBeUndefined();
  await expect(open().builds.update("nobody", { stage: "x" })).rejects.toThrow(Refused);
});

test("updates at the same moment all count", async () => {
  const stores = [open(), open(), open()];
  await open().builds.create(aBuild("busy", 1));
  const patches = [{ stage: "Building" }, { planHash: "sha256:2" }, { runStartedAt: "2026-01-01T00:00:00Z" }];
  await Promise.all(patches.map((patch, index) => stores[index]!.builds.update("busy", patch)));
  expect(await open().builds.get("busy")).toMatchObject(Object.assign({}, ...patches));
});

test("a final build is never changed again, and is no longer active", async () => {
  const { builds } = open();
  const template = templateId("final");
  await builds.create(aBuild("over", 1, { templateId: template }));
  await builds.create(aBuild("going", 2, { templateId: template.toUpperCase() }));
  expect((await builds.active(template)).map(({ id }) => id).sort()).toEqual(["going", "over"]);
  await builds.update("over", { state: "failed", endedAt: "2026-01-01T01:00:00Z" });
  const after = await builds.update("over", { state: "succeeded", stage: "late" });
  expect(after).toMatchObject({ state: "failed" });
  expect(await builds.get("over")).toEqual(after);
  expect((await builds.active(template.toLowerCase())).map(({ id }) => id)).toEqual(["going"]);
});

test("one of two endings wins, and both callers are told which", async () => {
  await open().builds.create(aBuild("race", 1));
  const ends = await Promise.all(
    (["succeeded", "cancelled"] as const).map((state) => open().builds.update("race", { state })),
  );
  expect(ends[0]?.state).toBe(ends[1]?.state);
  expect((await open().builds.get("race"))?.state).toBe(ends[0]?.state);
});

test("ids that no table key may hold work everywhere", async () => {
  const { builds } = open();
  const id = "a/b\\c#d?e\u0000f_~ü😀";
  await builds.create(aBuild(id, 5, { templateId: oddId }));
  expect((await builds.update(id, { stage: "Running" })).id).toBe(id);
  expect(await builds.get(id)).toMatchObject({ id, templateId: oddId });
  expect((await builds.active(oddId)).map((build) => build.id)).toEqual([id]);
  expect((await builds.list({ templateId: oddId })).items.map((build) => build.id)).toEqual([id]);
});

test.each([
  ["30 K and more", "ä😀".repeat(20_000)],
  ["more than a row takes", "é😀".repeat(200_000)],
])("a value of %s comes back as it was, and is replaced by a short one", async (_, detail) => {
  const { builds } = open();
  const id = `long-${detail.length}`;
  await builds.create(aBuild(id, 6));
  await builds.update(id, { problem: { code: "Long", title: "x", detail } });
  expect((await builds.get(id))?.problem?.detail === detail).toBe(true);
  await builds.update(id, { problem: { code: "Short", title: "y" } });
  expect((await builds.get(id))?.problem).toEqual({ code: "Short", title: "y" });
});

describe("the list", () => {
  const template = templateId("paged");
  const ids = Array.from({ length: 7 }, (_, index) => `paged-${index}`);
  const shown = async (filter: { state?: "queued" | "failed"; since?: string; limit?: number }) =>
    (await open().builds.list({ templateId: template, ...filter })).items.map(({ id }) => id);

  beforeAll(async () => {
    const { builds } = open();
    for (const [index, id] of ids.entries()) await builds.create(aBuild(id, 10 + index, { templateId: template }));
    await builds.update("paged-1", { state: "failed" });
    await builds.update("paged-4", { state: "failed" });
  });

  test("is newest first, by template in any casing, by state and by time", async () => {
    expect(await shown({})).toEqual([...ids].reverse());
    expect((await open().builds.list({ templateId: template.toUpperCase() })).items).toHaveLength(7);
    expect(await shown({ state: "failed" })).toEqual(["paged-4", "paged-1"]);
    expect(await shown({ state: "failed", limit: 1 })).toEqual(["paged-4"]);
    expect(await shown({ since: "2026-01-01T00:14:00Z" })).toEqual(["paged-6", "paged-5", "paged-4"]);
    const states = (await open().builds.list({ state: "failed", limit: 200 })).items.map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(["failed"]));
  });

  test("pages neither repeat nor skip a build while others are made and changed", async () => {
    const { builds } = open();
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await builds.list({ templateId: template, limit: 2, ...(cursor ? { cursor } : {}) });
      pages.push(page.items.map(({ id }) => id));
      cursor = page.cursor;
      await builds.create(aBuild(`late-${pages.length}`, 100 + pages.length, { templateId: template }));
      await builds.update("paged-0", { stage: `page ${pages.length}` });
    } while (cursor);
    expect(pages.flat()).toEqual([...ids].reverse());
    expect(pages.map((page) => page.length)).toEqual([2, 2, 2, 1]);
  });

  test("refuses a cursor or time that is none, by name", async () => {
    await expect(open().builds.list({ cursor: "bm9uZQ" })).rejects.toMatchObject({
      problem: { status: 400, errors: [{ pointer: "/cursor" }] },
    });
    await expect(open().builds.list({ since: "yesterday" })).rejects.toMatchObject({
      problem: { errors: [{ pointer: "/since" }] },
    });
  });
});
