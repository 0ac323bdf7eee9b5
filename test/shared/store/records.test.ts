import type { TimelineEntry } from "../../../shared/build.ts";
import type { Delivery } from "../../../shared/delivery.ts";
import type { LedgerEntry } from "../../../shared/store/store.ts";
import { oddId, storeOfFile, templateId } from "./account.ts";

const open = storeOfFile();

describe("the timeline", () => {
  const entry = (minute: number, what: string): TimelineEntry => ({
    at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    what,
  });

  test("tells entries by their time, and those of one time as they were written", async () => {
    const { timeline } = open();
    for (const [minute, what] of [
      [3, "last"],
      [1, "first"],
      [2, "z second"],
      [2, "a third"],
    ] as const)
      await timeline.add("story", `key/${what}`, entry(minute, what));
    expect((await timeline.list("story")).map(({ what }) => what)).toEqual(["first", "z second", "a third", "last"]);
  });

  test("keeps the first of two entries with one key, also when both come at once", async () => {
    const { timeline } = open();
    await timeline.add("again", "k", entry(1, "as it was"));
    await Promise.all([1, 2, 3].map((n) => timeline.add("again", "k", entry(n, "retold"))));
    expect(await timeline.list("again")).toEqual([entry(1, "as it was")]);
  });

  test("is empty for a build that has none, and takes ids and entries of any form and length", async () => {
    const { timeline } = open();
    const long = { ...entry(1, "long"), detail: "日本\n\t\u0001😀".repeat(9_000) };
    await timeline.add(oddId, `${oddId}/${"k".repeat(3_000)}`, long);
    expect(await timeline.list(oddId)).toEqual([long]);
    expect(await timeline.list(oddId.toUpperCase())).toEqual([]);
  });
});

describe("idempotency keys", () => {
  test("stand for what was first asked under them, and say so to whoever comes later", async () => {
    const { idempotency } = open();
    expect(await idempotency.find("k 1/2")).toBeUndefined();
    const first = await idempotency.claim("k 1/2", { bodyHash: "hash-a", id: "build-1" });
    expect(first).toEqual({ bodyHash: "hash-a", id: "build-1", at: expect.any(String) });
    expect(await idempotency.claim("k 1/2", { bodyHash: "hash-b", id: "build-2" })).toEqual(first);
    expect(await idempotency.find("k 1/2")).toEqual(first);
    expect(await idempotency.claim("K 1/2", { bodyHash: "hash-b", id: "build-2" })).toMatchObject({ id: "build-2" });
  });

  test("go to exactly one of many at once, and the others learn whose it is", async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) => open().idempotency.claim("rush", { bodyHash: "hash", id: `build-${n}` })),
    );
    expect(claims).toEqual(Array(8).fill(claims[0]));
    expect(await open().idempotency.find("rush")).toEqual(claims[0]);
  });
});

test("what was seen is first once, for one of many, and only for its kind", async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => open().seen.first("event", oddId)));
  expect(all.filter(Boolean)).toHaveLength(1);
  expect(await open().seen.first("event", oddId)).toBe(false);
  expect(await open().seen.has("event", oddId)).toBe(true);
  expect(await open().seen.has("content", oddId)).toBe(false);
  expect(await open().seen.first("content", oddId)).toBe(true);
});

test("a watch that somebody wants ended says so, and keeps what was read; one that is not there is nobody's business", async () => {
  const { watches } = open();
  const watch = {
    buildId: "b",
    templateId: templateId("watched"),
    instanceId: "b:run1",
    since: "2026-01-01T00:00:00.000Z",
    contentHash: "c",
    deadline: "2026-01-02T00:00:00.000Z",
    schedule: { moments: [900], after: 30 },
  };
  await watches.cancel("s", "b");
  await watches.add("s", watch);
  expect(await watches.list("s")).toEqual([watch]);
  const reading = { kind: "running", stage: "Building" } as const;
  await watches.note("s", "b", reading);
  await watches.cancel("S", "b");
  expect(await watches.list("s")).toEqual([{ ...watch, reading, cancelAsked: true }]);
});

describe("the ledger", () => {
  const entry = (id: string, state: LedgerEntry["state"], more: Partial<LedgerEntry> = {}): LedgerEntry => ({
    id,
    state,
    change: { kind: "registerProvider", subscriptionId: "s", namespace: "Microsoft.Storage" },
    buildId: "b1",
    templateId: templateId("ubuntu"),
    at: "2026-01-01T00:00:00.000Z",
    ...more,
  });
  const stateAfter = async (id: string, ...states: LedgerEntry["state"][]) => {
    const { ledger } = open();
    for (const state of states) await ledger.put(entry(id, state));
    return (await ledger.get(id))?.state;
  };

  test("goes from intended to made or stood to undone, and round again", async () => {
    expect(await open().ledger.get("nothing")).toBeUndefined();
    expect(await stateAfter("l1", "intended", "made", "undone")).toBe("undone");
    expect(await stateAfter("l1", "intended")).toBe("intended");
    expect(await stateAfter("l2", "intended", "stood")).toBe("stood");
    expect(await stateAfter("l2", "intended", "made")).toBe("made");
  });

  test("never forgets that something was made by us, until it is undone", async () => {
    expect(await stateAfter("l3", "intended", "made", "intended")).toBe("made");
    expect(await stateAfter("l3", "stood")).toBe("made");
    await Promise.all(
      (["intended", "made", "stood", "intended"] as const).map((state) => open().ledger.put(entry("l4", state))),
    );
    expect((await open().ledger.get("l4"))?.state).toBe("made");
  });

  test("is listed by template in any casing and by build, oldest first", async () => {
    const { ledger } = open();
    const at = (minute: number) => `2026-02-01T00:0${minute}:00.000Z`;
    await ledger.put(entry("z", "made", { templateId: oddId, buildId: "b2", at: at(1), before: "Enabled" }));
    await ledger.put(entry("a", "made", { templateId: oddId.toUpperCase(), buildId: "b'3", at: at(2) }));
    expect((await ledger.list({ templateId: oddId })).map(({ id }) => id)).toEqual(["z", "a"]);
    expect((await ledger.list({ buildId: "b'3" })).map(({ id }) => id)).toEqual(["a"]);
    expect((await ledger.list({ buildId: "b2" }))[0]?.before).toBe("Enabled");
    expect(await ledger.list({ templateId: oddId, buildId: "b9" })).toEqual([]);
    expect((await ledger.list()).length).toBeGreaterThanOrEqual(5);
  });
});

test("deliveries are replaced by id and listed by build", async () => {
  const { deliveries } = open();
  const delivery: Delivery = {
    id: "event/1-target",
    buildId: "b/1",
    target: "target",
    event: "io.goldsmith.build.failed.v1",
    state: "pending",
    at: "2026-01-01T00:00:00Z",
    attempts: 1,
    updatedAt: "2026-01-01T00:00:00Z",
  };
  const { detail: _, ...delivered } = { ...delivery, detail: "timed out", state: "delivered" as const, attempts: 2 };
  await deliveries.put({ ...delivery, detail: "timed out" });
  await deliveries.put(delivered);
  await deliveries.put({ ...delivery, id: "event/2", buildId: "b/2" });
  expect(await deliveries.list("b/1")).toEqual([delivered]);
});

test("the log of deliveries is read latest first, by target and state, page by page", async () => {
  const { deliveries } = open();
  const moment = (minute: number) => `2031-01-01T00:0${minute}:00Z`;
  for (const minute of [1, 2, 3, 4])
    await deliveries.put({
      id: `log/${minute}`,
      buildId: `log/b${minute}`,
      target: minute % 2 ? "odd" : "even",
      event: "io.goldsmith.build.failed.v1",
      state: "pending",
      at: moment(minute),
      attempts: 1,
      updatedAt: moment(minute),
    });
  const ids = async (filter: Parameters<typeof deliveries.page>[0]) =>
    (await deliveries.page(filter)).items.map(({ id }) => id).filter((id) => id.startsWith("log/"));
  expect((await ids({})).slice(0, 4)).toEqual(["log/4", "log/3", "log/2", "log/1"]);
  expect(await ids({ target: "odd" })).toEqual(["log/3", "log/1"]);
  const [last] = (await deliveries.page({ target: "odd", limit: 1 })).items;
  await deliveries.put({ ...last!, state: "failed" });
  expect(await ids({ state: "failed" })).toEqual(["log/3"]);
  expect(await ids({ target: "odd", state: "pending" })).toEqual(["log/1"]);
  const first = await deliveries.page({ limit: 2 });
  expect(await ids({ limit: 2, cursor: first.cursor! })).toEqual(["log/2", "log/1"]);
  await expect(deliveries.page({ cursor: "nonsense" })).rejects.toMatchObject({ problem: { code: "InvalidFilter" } });
});

describe("documents", () => {
  test("come back as they were, are replaced, and are listed by prefix", async () => {
    const { documents } = open();
    const names = ["builds/b1/plan.json", "builds/b1/a #?%20ü/.x.json", "builds/b10/plan.json"];
    for (const name of names) await documents.put(name, { name, text: "😀".repeat(100_000) });
    for (const name of names) expect((await documents.get<{ name: string }>(name))?.name).toBe(name);
    await documents.put(names[0]!, [1]);
    expect(await documents.get(names[0]!)).toEqual([1]);
    expect([...(await documents.list("builds/b1/"))].sort()).toEqual(names.slice(0, 2).sort());
    expect(await documents.list("builds/none/")).toEqual([]);
  });

  test("are read as they were before or after another hand writes them, never as something between", async () => {
    const { documents } = open();
    const [short, long] = [["short"], Array.from({ length: 2_000 }, () => "long")];
    await documents.put("audits/a/summary.json", short);
    let written = false;
    const write = async () => {
      for (let turn = 0; turn < 60; turn++) await documents.put("audits/a/summary.json", turn % 2 ? short : long);
      written = true;
    };
    const seen = new Set<number | undefined>();
    const read = async () => {
      while (!written) seen.add((await documents.get<string[]>("audits/a/summary.json"))?.length);
    };
    await Promise.all([write(), read(), read(), read()]);
    expect([...seen].sort()).toEqual([1, 2_000]);
  });

  test("that nobody wrote are undefined, and nothing is no document", async () => {
    expect(await open().documents.get("builds/none/plan.json")).toBeUndefined();
    await expect(open().documents.put("builds/b1/empty.json", undefined)).rejects.toThrow(/empty/);
  });

  test.each(["a/../b", "./a", "a\\b", "..", "", "x".repeat(1_025)])("are not named %j", async (name) => {
    await expect(open().documents.put(name, 1)).rejects.toThrow(/no name/);
    await expect(open().documents.get(name)).rejects.toThrow(/no name/);
  });
});
