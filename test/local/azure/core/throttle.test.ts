import { type Bench, makeGroup, makeIdentity, startBench } from "../emulator.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ switches: { readBucket: [3, 1], writeBucket: [40, 10] } });
});
afterEach(() => bench.stop());

const read = (at: Bench) => at.owner("GET", `${at.subscription}?api-version=2022-12-01`);

test("reads use up a bucket, its rest is told in headers, and an empty one answers 429 with Retry-After", async () => {
  const replies = [await read(bench), await read(bench), await read(bench)];
  expect(replies.map((reply) => reply.headers["x-ms-ratelimit-remaining-subscription-reads"])).toEqual(["2", "1", "0"]);
  expect(replies[0]?.headers["x-ms-ratelimit-remaining-subscription-global-reads"]).toBe("44");
  const refused = await read(bench);
  expect([refused.status, refused.body.error.code, refused.headers["retry-after"]]).toEqual([
    429,
    "SubscriptionRequestsThrottled",
    "1",
  ]);
  expect(refused.body.error.message).toMatch(
    /^Number of 'read' requests for subscription '.*' actor '.*' exceeded\. Please try again after '1' seconds/,
  );
});

test("the bucket fills in emulated time", async () => {
  for (let count = 0; count < 4; count++) await read(bench);
  expect((await read(bench)).status).toBe(429);
  await bench.clock.advance(1_000);
  expect((await read(bench)).status).toBe(200);
});

test("each principal has a bucket of its own, and writes another one", async () => {
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "other");
  for (let count = 0; count < 4; count++) await read(bench);
  expect((await bench.as(principalId)("GET", `${bench.subscription}?api-version=2022-12-01`)).status).toBe(403);
  const written = await bench.owner("PUT", `${bench.subscription}/resourceGroups/rg2?api-version=2024-03-01`, {
    location: "westeurope",
  });
  expect(written.status).toBe(201);
  expect(Number(written.headers["x-ms-ratelimit-remaining-subscription-writes"])).toBeGreaterThan(30);
});

test("principals share a bucket fifteen times as large", async () => {
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "other");
  const all = await Promise.all(
    Array.from({ length: 4 }, () => bench.as(principalId)("GET", `${bench.subscription}?api-version=2022-12-01`)),
  );
  expect(all.map((reply) => reply.status).sort()).toEqual([403, 403, 403, 429]);
  expect((await read(bench)).headers["x-ms-ratelimit-remaining-subscription-global-reads"]).toBe("41");
});
