import { type TestHost, testHost } from "../support.ts";

describe("HTTP functions", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("web", {
      environment: { "AzureWebJobs.switchedOff.Disabled": "true", FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "1000" },
    });
  });
  afterAll(() => host.stop());
  const body = async (path: string, init?: RequestInit) => (await host.call(path, init)).text();
  const json = async (path: string) => (await host.call(path)).json();
  const statusOf = async (path: string, init?: RequestInit) => (await host.call(path, init)).status;

  test("are tried in the order of their names: a catch-all shadows a later, more specific one", async () => {
    expect(await body("/v1/files/special")).toBe("catch-all");
  });

  test("fall through to the next route when a constraint does not hold", async () => {
    expect(await json("/v1/numbers/-12")).toMatchObject({ params: { value: "-12" } });
    expect(await body("/v1/numbers/12a")).toBe("no number");
    expect(await body("/v1/numbers/3000000000")).toBe("no number");
  });

  test.each([
    ["/v1/optional", {}],
    ["/v1/optional/x%20y", { value: "x y" }],
    ["/v1/fallback", { value: "seven" }],
    ["/v1/fallback/8", { value: "8" }],
    ["/v1/mixed/a.b.txt", { name: "a.b", extension: "txt" }],
    ["/V1/OPTIONAL/Case", { value: "Case" }],
  ])("%s gives the route values %j", async (path, params) => {
    expect(await json(path)).toMatchObject({ params });
  });

  test("see a query key that comes twice as one, with a comma", async () => {
    expect(await json("/v1/open?a=1&a=2&b=")).toMatchObject({ query: { a: "1,2", b: "" } });
  });

  test("answer 404, never 405, to another method, and nothing at all to an unknown path", async () => {
    expect(await statusOf("/v1/only")).toBe(404);
    const unknown = await host.call("/v1/unknown");
    expect([unknown.status, await unknown.text()]).toEqual([404, ""]);
    expect(await statusOf("/api/open")).toBe(404);
  });

  test("answer 500 without a body when they throw, and the log says why", async () => {
    const failed = await host.call("/v1/fails");
    expect([failed.status, await failed.text()]).toEqual([500, ""]);
    expect(host.log.at(-1)).toMatchObject({ level: "error", function: "fails" });
    expect(host.log.at(-1)!.message).toContain("on purpose");
  });

  test("answer 204 when they return nothing", async () => {
    expect(await statusOf("/v1/nothing")).toBe(204);
  });

  test("send status, headers, cookies and bytes", async () => {
    const answer = await host.call("/v1/whole", { method: "POST", body: "abc" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-own")).toBe("yes");
    expect(answer.headers.get("set-cookie")).toBe("c=a%20b; max-age=60; path=/; samesite=lax; httponly");
    expect(await answer.text()).toBe("ABC");
  });

  test("refuse a body over the limit with 413", async () => {
    expect(await statusOf("/v1/whole", { method: "POST", body: "x".repeat(1_000) })).toBe(201);
    expect(await statusOf("/v1/whole", { method: "POST", body: "x".repeat(1_001) })).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 3; part++) controller.enqueue(new TextEncoder().encode("x".repeat(500)));
        controller.close();
      },
    });
    const chunked = { method: "POST", body: stream, duplex: "half" } as RequestInit;
    expect(await statusOf("/v1/whole", chunked)).toBe(413);
  });

  test("are there for their key, the master key, or nobody", async () => {
    const { keys } = host.host;
    expect(await statusOf("/v1/keyed")).toBe(401);
    expect(await statusOf("/v1/keyed?code=wrong")).toBe(401);
    expect(await statusOf(`/v1/keyed?code=${keys.systemKeys.eventgrid_extension}`)).toBe(401);
    expect(await statusOf(`/v1/keyed?code=${keys.function}`)).toBe(200);
    expect(await statusOf("/v1/keyed", { headers: { "x-functions-key": keys.function } })).toBe(200);
    expect(await statusOf(`/v1/keyed?code=${keys.master}`)).toBe(200);
    expect(await statusOf(`/v1/masters?code=${keys.function}`)).toBe(401);
    expect(await statusOf(`/v1/masters?code=${keys.master}`)).toBe(200);
  });

  test("that are switched off are there for the master key only", async () => {
    expect(await statusOf("/v1/off")).toBe(404);
    expect(await statusOf(`/v1/off?code=${host.host.keys.master}`)).toBe(200);
  });
});

test("with open keys functions, webhooks and admin ask for none", async () => {
  const host = await testHost("web", { keys: "open" });
  expect((await host.call("/v1/masters")).status).toBe(200);
  expect((await host.call("/admin/host/status")).status).toBe(200);
  expect((await host.call("/runtime/webhooks/durabletask/instances/none")).status).toBe(404);
  await host.stop();
});

describe("functions that stream", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("streams");
  });
  afterAll(() => host.stop());

  test("get a body of any size", async () => {
    const part = new Uint8Array(1 << 20);
    let sent = 0;
    const stream = new ReadableStream({
      pull(controller) {
        if (sent++ < 120) controller.enqueue(part);
        else controller.close();
      },
    });
    const answer = await host.call("/api/count/bytes?q=2", {
      method: "POST",
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(await answer.json()).toEqual({ bytes: 120 * (1 << 20), query: "2" });
  });

  test("send one", async () => {
    expect(await (await host.call("/api/drip")).text()).toBe("one two three");
  });

  test("answer 500 when they throw", async () => {
    expect((await host.call("/api/fails")).status).toBe(500);
  });
});
