import { type Status, type TestHost, testHost } from "../support.ts";

describe("the Durable API", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("traps");
  });
  afterAll(() => host.stop());

  const code = () => `code=${host.host.keys.systemKeys.durabletask_extension}`;
  const ask = (path: string, init?: RequestInit) =>
    host.call(`/runtime/webhooks/durabletask/${path}${path.includes("?") ? "&" : "?"}${code()}`, init);
  const statusOf = async (path: string, init?: RequestInit) => (await ask(path, init)).status;
  const post = { method: "POST" } as const;
  const settle = () => host.clock.advance(1_000);
  const state = async (id: string) => (await host.status(id)).runtimeStatus;

  test("starts an instance and tells where to follow it", async () => {
    const answer = await ask("orchestrators/waitsForEv/abc", { ...post, body: '{"a":1}' });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([202, "10"]);
    const links = (await answer.json()) as Record<string, string>;
    expect(answer.headers.get("location")).toBe(links.statusQueryGetUri);
    const running = await fetch(links.statusQueryGetUri!.replace("localhost", "127.0.0.1"));
    expect([running.status, running.headers.get("retry-after")]).toEqual([202, "5"]);
    expect(await running.json()).toMatchObject({ instanceId: "abc", input: { a: 1 }, output: null });
  });

  test.each([
    ["orchestrators/nobody", 400],
    ["orchestrators/echo", 400],
    [`orchestrators/waitsForEv/${"x".repeat(257)}`, 400],
    ["orchestrators/waitsForEv/%40entity", 400],
    ["orchestrators/waitsForEv/a%23b", 400],
  ])("refuses to start %s", async (path, expected) => {
    const answer = await ask(path, { ...post, body: "1" });
    expect(answer.status).toBe(expected);
    expect(await answer.json()).toMatchObject({ ExceptionType: "System.ArgumentException" });
  });

  test("refuses a body that is not JSON", async () => {
    expect(await statusOf("orchestrators/waitsForEv", { ...post, body: "{" })).toBe(400);
  });

  test("answers 500 to an id that is running, and starts anew over one that has ended", async () => {
    await host.begin("waitsForEv", null, "twice");
    const again = await ask("orchestrators/waitsForEv/twice", { ...post, body: "null" });
    expect(again.status).toBe(500);
    expect(((await again.json()) as { ExceptionMessage: string }).ExceptionMessage).toContain("already exists");
    await host.raise("twice", "ev", "first");
    expect((await host.ended("twice")).output).toBe("first");
    await host.begin("waitsForEv", null, "twice");
    await host.raise("twice", "ev", "second");
    expect((await host.ended("twice")).output).toBe("second");
  });

  test("waits for the end where it is asked to", async () => {
    const done = await ask("orchestrators/replaying?timeout=10&pollingInterval=1", { ...post, body: "null" });
    expect([done.status, await done.json()]).toEqual([200, [true, true, false]]);
    const failed = await ask("orchestrators/failing?timeout=10&pollingInterval=1", { ...post, body: "null" });
    expect([failed.status, ((await failed.json()) as Status).runtimeStatus]).toEqual([500, "Failed"]);
    const asked = ask("orchestrators/waitsForEv?timeout=10&pollingInterval=1", { ...post, body: "null" });
    let answered = false;
    void asked.then(() => {
      answered = true;
    });
    await host.clock.until(() => answered);
    expect((await asked).status).toBe(202);
  });

  test("terminates with the reason as output, once", async () => {
    const id = await host.begin("waitsForEv");
    await settle();
    expect((await host.manage(id, "terminate")).status).toBe(202);
    await settle();
    expect(await host.status(id)).toMatchObject({ runtimeStatus: "Terminated", output: "because" });
    expect((await host.manage(id, "terminate")).status).toBe(410);
    expect((await host.manage("nobody", "terminate")).status).toBe(404);
  });

  test("suspends and resumes; meanwhile events wait", async () => {
    const id = await host.begin("waitsForEv");
    await settle();
    expect((await host.manage(id, "resume")).status).toBe(500);
    expect((await host.manage(id, "suspend")).status).toBe(202);
    await settle();
    expect(await state(id)).toBe("Suspended");
    expect((await host.manage(id, "suspend")).status).toBe(500);
    await host.raise(id, "ev", "kept");
    await settle();
    expect(await state(id)).toBe("Suspended");
    expect((await host.manage(id, "resume")).status).toBe(202);
    expect((await host.ended(id)).output).toBe("kept");
  });

  test("raises events: JSON only, 410 for what has ended", async () => {
    const id = await host.begin("waitsForEv");
    const path = `instances/${id}/raiseEvent/ev`;
    const headers = { "content-type": "application/json" };
    expect(await statusOf(path, { ...post, body: "1", headers: { "content-type": "text/plain" } })).toBe(400);
    expect(await statusOf(path, { ...post, body: "", headers })).toBe(400);
    expect(await statusOf(path, { ...post, body: "{", headers })).toBe(400);
    expect(await statusOf(path, { ...post, body: "null", headers })).toBe(202);
    expect((await host.ended(id)).output).toBe(null);
    expect(await statusOf(path, { ...post, body: "1", headers })).toBe(410);
    expect(await statusOf("instances/nobody/raiseEvent/ev", { ...post, body: "1", headers })).toBe(404);
  });

  test("shows the history when asked", async () => {
    const id = await host.begin("failing");
    await host.ended(id);
    expect((await host.status(id)).historyEvents).toBeUndefined();
    const { historyEvents } = await host.status(id, "&showHistory=true&showHistoryOutput=true");
    expect(historyEvents!.map((event) => event.EventType)).toEqual([
      "ExecutionStarted",
      "TaskFailed",
      "ExecutionCompleted",
    ]);
    expect(historyEvents![1]).toMatchObject({
      FunctionName: "fail",
      ScheduledTime: expect.any(String),
      Reason: expect.any(String),
    });
    expect(historyEvents![2]).toMatchObject({ OrchestrationStatus: "Failed" });
    expect(await statusOf(`instances/${id}?returnInternalServerErrorOnFailure=true`)).toBe(500);
  });

  test("restarts an instance with its input", async () => {
    const id = await host.begin("quoted", "again");
    await host.ended(id);
    const answer = await host.manage(id, "restart");
    expect(answer.status).toBe(202);
    const other = ((await answer.json()) as { id: string }).id;
    expect(other).not.toBe(id);
    expect((await host.ended(other)).output).toBe("again");
  });

  test("lists by state, time and prefix, page by page", async () => {
    for (let n = 0; n < 5; n++) await host.begin("waitsForEv", n, `page-${n}`);
    await settle();
    const ids: string[] = [];
    let token: string | null = null;
    let pages = 0;
    do {
      const headers: Record<string, string> = token ? { "x-ms-continuation-token": token } : {};
      const answer: Response = await ask("instances/?instanceIdPrefix=page-&top=2", { headers });
      for (const one of (await answer.json()) as Status[]) {
        expect(one.input).toBe(null);
        ids.push(one.instanceId);
      }
      token = answer.headers.get("x-ms-continuation-token");
      pages += 1;
    } while (token);
    expect([ids, pages]).toEqual([[0, 1, 2, 3, 4].map((n) => `page-${n}`), 3]);
    const completed = (await (await ask("instances/?runtimeStatus=Completed,Failed&top=1000")).json()) as Status[];
    expect(new Set(completed.map((one) => one.runtimeStatus))).toEqual(new Set(["Completed", "Failed"]));
    const future = new Date(host.clock.now() + 60_000).toISOString();
    expect(await (await ask(`instances/?createdTimeFrom=${future}`)).json()).toEqual([]);
    expect(await statusOf("instances/?createdTimeFrom=never")).toBe(400);
  });

  test("purges one instance or all that have ended", async () => {
    const running = await host.begin("waitsForEv");
    await settle();
    expect(await (await host.manage(running, "", "DELETE")).json()).toEqual({ instancesDeleted: 1 });
    expect((await host.manage(running, "", "DELETE")).status).toBe(404);
    const kept = await host.begin("waitsForEv");
    await settle();
    expect(await statusOf("instances/", { method: "DELETE" })).toBe(400);
    const many = { method: "DELETE" };
    const answer = await ask("instances/?createdTimeFrom=2020-01-01T00:00:00Z", many);
    expect(((await answer.json()) as { instancesDeleted: number }).instancesDeleted).toBeGreaterThan(3);
    expect(await state(kept)).toBe("Running");
    expect(await statusOf("instances/?createdTimeFrom=2020-01-01T00:00:00Z", many)).toBe(404);
  });

  test("says what it does not do: rewind and entities 501, anything else 404", async () => {
    const id = await host.begin("waitsForEv");
    await settle();
    expect((await host.manage(id, "rewind")).status).toBe(501);
    expect((await host.manage("nobody", "rewind")).status).toBe(404);
    expect(await statusOf("entities/counter/one")).toBe(501);
    expect(await statusOf(`instances/${id}/dance`, post)).toBe(404);
    expect(await statusOf(`instances/${id}`, { method: "PUT" })).toBe(404);
    expect(await statusOf("orchestrators/waitsForEv")).toBe(404);
    expect(await statusOf("elsewhere")).toBe(404);
    expect((await host.call("/runtime/webhooks/durabletask/instances/x")).status).toBe(401);
  });
});
