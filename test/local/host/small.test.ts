import { type TestHost, testHost } from "./support.ts";

describe("an app that is not Goldsmith", () => {
  let it_: TestHost;
  beforeAll(async () => {
    it_ = await testHost("small");
  });
  afterAll(() => it_.stop());

  test("answers HTTP", async () => {
    const response = await it_.call(`/api/hello/world?code=${it_.host.keys.function}`, { method: "POST", body: "hi" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ hello: "world", body: "hi" });
  });

  test("runs activities one after the other", async () => {
    expect(await it_.ended(await it_.begin("sequence", 5))).toMatchObject({ runtimeStatus: "Completed", output: 40 });
  });

  test("fans out and in", async () => {
    expect((await it_.ended(await it_.begin("fanOut"))).output).toBe(30);
  });

  test("runs sub-orchestrations", async () => {
    expect((await it_.ended(await it_.begin("parent"))).output).toBe("Hello, child said 8!");
  });

  test("starts orchestrations through the durable client of the library", async () => {
    const response = await it_.call("/api/start/sequence", { method: "POST", body: "2" });
    const { id, statusQueryGetUri } = (await response.json()) as { id: string; statusQueryGetUri: string };
    expect(response.status).toBe(202);
    expect(new URL(statusQueryGetUri).origin).toBe(`http://127.0.0.1:${it_.host.port}`);
    expect((await it_.ended(id)).output).toBe(16);
  });

  test("sleeps twenty hours in a moment", async () => {
    const began = performance.now();
    const from = it_.clock.now();
    const { output } = await it_.ended(await it_.begin("sleep", 20 * 3_600));
    expect(it_.clock.now() - from).toBe(20 * 3_600_000);
    expect((output as { from: string; at: string }).at).toBe((output as { from: string }).from);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test("runs its timer when the clock gets there", async () => {
    const before = ((await (await it_.call("/api/seen")).json()) as { timers: unknown[] }).timers.length;
    await it_.clock.advance(48 * 3_600_000);
    const after = ((await (await it_.call("/api/seen")).json()) as { timers: unknown[] }).timers.length;
    expect(after - before).toBe(2);
  });
});
