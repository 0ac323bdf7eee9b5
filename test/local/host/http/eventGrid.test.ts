import { type TestHost, testHost } from "../support.ts";

describe("Event Grid's webhook", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("small");
  });
  afterAll(() => host.stop());

  const post = (kind: string | undefined, body: unknown, name = "hear", more: RequestInit = {}) =>
    host.call(
      `/runtime/webhooks/EventGrid?functionName=${name}&code=${host.host.keys.systemKeys.eventgrid_extension}`,
      {
        method: "POST",
        headers: { "content-type": "application/json", ...(kind && { "aeg-event-type": kind }) },
        body: JSON.stringify(body),
        ...more,
      },
    );
  const heard = async () =>
    ((await (await host.call("/api/seen")).json()) as { events: { id: string; data: unknown }[] }).events;

  test("answers the handshake of the Event Grid schema", async () => {
    const answer = await post("SubscriptionValidation", [{ id: "1", data: { validationCode: "abc" } }]);
    expect([answer.status, await answer.text()]).toEqual([200, '{"validationResponse":"abc"}']);
  });

  test("answers it where data is a text", async () => {
    const answer = await post("subscriptionvalidation", { data: JSON.stringify({ validationCode: "def" }) });
    expect(await answer.text()).toBe('{"validationResponse":"def"}');
  });

  test.each([
    ["eventgrid.azure.net", "eventgrid.azure.net"],
    ["eventgrid.azure.cn", "eventgrid.azure.cn"],
    ["evil.example", "eventgrid.azure.net"],
  ])("allows the origin of CloudEvents: %s is answered %s", async (origin, allowed) => {
    const answer = await post(undefined, null, "hear", {
      method: "OPTIONS",
      headers: { "webhook-request-origin": origin },
      body: null,
    });
    expect([answer.status, answer.headers.get("webhook-allowed-origin")]).toEqual([200, allowed]);
  });

  test("gives each event of a batch to the function", async () => {
    const events = [1, 2].map((n) => ({ id: `e${n}`, subject: "s", data: { n } }));
    expect((await post("Notification", events)).status).toBe(202);
    expect(await heard()).toEqual(
      expect.arrayContaining([
        { id: "e1", data: { n: 1 } },
        { id: "e2", data: { n: 2 } },
      ]),
    );
  });

  test("takes a single CloudEvent", async () => {
    const event = { specversion: "1.0", id: "c1", source: "/s", type: "t", data: { n: 3 } };
    expect((await post("Notification", event)).status).toBe(202);
    expect(await heard()).toContainEqual({ id: "c1", data: { n: 3 } });
  });

  test("answers 500 when one of the events fails, so that all come again", async () => {
    const events = [
      { id: "good", subject: "s" },
      { id: "x", subject: "bad" },
    ];
    const answer = await post("Notification", events);
    expect([answer.status, await answer.text()]).toEqual([500, "a bad event"]);
    expect((await heard()).map(({ id }) => id)).toContain("good");
  });

  test("knows its functions, its kinds of request and its key", async () => {
    const unknown = await post("Notification", [], "nobody");
    expect([unknown.status, await unknown.text()]).toEqual([404, "cannot find function: 'nobody'"]);
    expect((await post("Notification", [], "hello")).status).toBe(404);
    expect((await post("Unsubscribe", {})).status).toBe(202);
    expect((await post(undefined, [])).status).toBe(400);
    expect((await host.call("/runtime/webhooks/EventGrid?functionName=hear", { method: "POST" })).status).toBe(401);
    expect((await host.call("/runtime/webhooks/other", { method: "POST" })).status).toBe(404);
  });
});
