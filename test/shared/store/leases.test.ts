import { oddId, storeOfFile } from "./account.ts";

const open = storeOfFile();
const hour = 3_600_000;

/** Lets `work` see a later time, as an instance does that comes back after a while. */
async function later<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const now = Date.now;
  const clock = jest.spyOn(Date, "now").mockImplementation(() => now() + milliseconds);
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}

test("a lease has one holder, who may renew it under the same fence", async () => {
  const { leases } = open();
  expect(await leases.holder("one")).toBeUndefined();
  expect(await leases.acquire("one", "ann", hour)).toEqual({ fence: 1 });
  expect(await leases.acquire("one", "bob", hour)).toBeUndefined();
  expect(await leases.acquire("one", "ann", hour)).toEqual({ fence: 1 });
  expect(await leases.holder("one")).toBe("ann");
});

test("whoever takes over after release or expiry gets a higher fence", async () => {
  const { leases } = open();
  await leases.acquire(oddId, "ann", hour);
  await leases.release(oddId, "ann");
  expect(await leases.holder(oddId)).toBeUndefined();
  expect(await leases.acquire(oddId, "bob", hour)).toEqual({ fence: 2 });
  await later(2 * hour, async () => {
    expect(await leases.holder(oddId)).toBeUndefined();
    expect(await leases.acquire(oddId, "ann", hour)).toEqual({ fence: 3 });
  });
});

test("a renewed lease runs on from the renewal", async () => {
  const { leases } = open();
  await leases.acquire("long", "ann", hour);
  await later(hour / 2, () => leases.acquire("long", "ann", hour));
  await later(1.25 * hour, async () => expect(await leases.acquire("long", "bob", hour)).toBeUndefined());
});

test("a late release by a former holder takes nothing away", async () => {
  const { leases } = open();
  await leases.acquire("late", "ann", hour);
  await later(2 * hour, () => leases.acquire("late", "bob", hour));
  await leases.release("late", "ann");
  await leases.release("never", "ann");
  await later(2 * hour, async () => expect(await leases.holder("late")).toBe("bob"));
});

test("of many at once one gets the lease, and over many rounds the fence names each new holder", async () => {
  const fences: number[] = [];
  for (let round = 1; round <= 5; round++) {
    const holders = Array.from({ length: 6 }, (_, n) => `${round}-${n}`);
    const got = await Promise.all(holders.map((holder) => open().leases.acquire("race", holder, hour)));
    const winners = holders.filter((_, n) => got[n] !== undefined);
    expect(winners).toHaveLength(1);
    expect(await open().leases.holder("race")).toBe(winners[0]);
    fences.push(got.find((lease) => lease !== undefined)!.fence);
    await open().leases.release("race", winners[0]!);
  }
  expect(fences).toEqual([1, 2, 3, 4, 5]);
});
