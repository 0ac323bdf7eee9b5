import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAzure } from "../../../../local/azure/index.ts";
import { sharedClock } from "../../../../local/clock.ts";
import { startBench } from "../emulator.ts";
import { trust } from "../trust.ts";

test("the clock of a directory can be asked, turned faster and sent forward, and 429s carry the wall's milliseconds", async () => {
  const directory = mkdtempSync(join(tmpdir(), "goldsmith-clock-"));
  const clock = sharedClock(directory, 60);
  const azure = await startAzure({ dataDirectory: directory, port: 0, clock, switches: { readBucket: [0, 0.1] } });
  trust(azure.caFile);
  const control = async (method: string, body?: object) =>
    await (
      await fetch(`${azure.endpoint}/emulator/clock`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })
    ).json();
  expect(await control("GET")).toMatchObject({ speed: 60 });
  const headers = { authorization: `Bearer ${azure.tokenFor(azure.settings.owner.principalId)}` };
  const refused = await fetch(`${azure.endpoint}/subscriptions?api-version=2022-12-01`, { headers });
  expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("x-ms-retry-after-ms")]).toEqual([
    429,
    "10",
    "167",
  ]);
  const before = clock.now();
  await control("POST", { speed: 1000, jumpSeconds: 86_400 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(clock.speed).toBe(1000);
  expect(clock.now() - before).toBeGreaterThan(86_400_000);
  await azure.stop();
  rmSync(directory, { recursive: true });
});

test("a clock that is not its directory's cannot be turned", async () => {
  const bench = await startBench();
  const reply = await bench.as(undefined)("POST", "/emulator/clock", { speed: 2 });
  expect([reply.status, reply.body.error.code]).toEqual([409, "NoSharedClock"]);
  expect((await bench.as(undefined)("POST", "/emulator/clock", { speed: -1 })).status).toBe(400);
  await bench.stop();
});
