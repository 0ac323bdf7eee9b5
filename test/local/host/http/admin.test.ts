import { type TestHost, testHost } from "../support.ts";

describe("the admin endpoints", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("small");
  });
  afterAll(() => host.stop());

  const admin = (path: string, init: RequestInit = {}) =>
    host.call(`/admin/${path}`, { ...init, headers: { "x-functions-key": host.host.keys.master, ...init.headers } });
  const run = (name: string, body: string | null, type = "application/json") =>
    admin(`functions/${name}`, { method: "POST", body, headers: { "content-type": type } });
  const seen = async () =>
    (await (await host.call("/api/seen")).json()) as {
      events: { id: string }[];
      timers: { pastDue: boolean }[];
      activities: unknown[];
    };

  test("ask for the master key, the ping for none", async () => {
    expect((await host.call("/admin/host/ping")).status).toBe(200);
    expect((await host.call("/admin/host/status")).status).toBe(401);
    expect((await host.call(`/admin/host/status?code=${host.host.keys.function}`)).status).toBe(401);
  });

  test("tell the host's state and its functions", async () => {
    expect(await (await admin("host/status")).json()).toMatchObject({ id: "small", state: "Running" });
    const functions = (await (await admin("functions")).json()) as { name: string }[];
    expect(functions.map(({ name }) => name)).toEqual([...host.host.functions]);
    const one = (await (await admin("functions/TICK")).json()) as { config: { bindings: { type: string }[] } };
    expect(one.config.bindings[0]!.type).toBe("timerTrigger");
    expect(await (await admin("functions/tick/status")).json()).toEqual({ isDisabled: false });
    expect((await admin("functions/nobody")).status).toBe(404);
    expect((await admin("elsewhere")).status).toBe(404);
  });

  test("run a timer, an event or an activity by hand", async () => {
    const before = await seen();
    expect((await run("tick", "{}")).status).toBe(202);
    const event = { id: "byHand", subject: "s", data: 1 };
    expect((await run("hear", JSON.stringify({ input: JSON.stringify(event) }))).status).toBe(202);
    expect((await run("double", JSON.stringify({ input: "21" }))).status).toBe(202);
    await host.clock.advance(1_000);
    const after = await seen();
    expect(after.timers.length - before.timers.length).toBe(1);
    expect(after.events.map(({ id }) => id)).toContain("byHand");
    expect(after.activities).toContain(21);
  });

  test("refuse what they cannot run", async () => {
    expect((await run("tick", null)).status).toBe(400);
    expect((await run("tick", "{}", "text/plain")).status).toBe(415);
    expect((await run("tick", "no json")).status).toBe(400);
    expect((await run("nobody", "{}")).status).toBe(404);
  });
});
