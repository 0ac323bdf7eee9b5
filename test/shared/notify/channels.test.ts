import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createNotify, type TargetSettings } from "../../../shared/notify/index.ts";
import { message } from "./message.ts";

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}
interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

let answer: Answer;
let seen: Seen[];
let server: Server;
let base: string;
let scopes: string[];

beforeEach(async () => {
  [answer, seen, scopes] = [{ status: 200 }, [], []];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    seen.push({ url: request.url ?? "", headers: request.headers, body: JSON.parse(body) });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const credential = {
  getToken: async (scope: string | string[]) => {
    scopes.push(String(scope));
    return { token: "the-token", expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};
const events = ["*"];
const targets = {
  teams: () => ({ name: "room", kind: "teams", secretRef: "SECRET", events }),
  slack: () => ({ name: "room", kind: "slack", secretRef: "SECRET", events }),
  email: () => ({
    name: "room",
    kind: "email",
    endpoint: base,
    from: "gold@example.com",
    to: ["a@example.com", "b@example.com"],
    events,
  }),
  serviceBus: () => ({ name: "room", kind: "serviceBus", endpoint: base, entity: "builds/images", events }),
} satisfies Record<string, () => TargetSettings>;

function send(
  kind: keyof typeof targets,
  secret = `${base}/hook?sig=hush`,
  { thread, allowLoopback = true }: { thread?: string; allowLoopback?: boolean } = {},
) {
  const settings = { targets: [targets[kind]()], allowLoopbackTargets: allowLoopback, credential };
  return createNotify(settings, () => secret).deliver("room", message, thread);
}

const bot = (more: object = {}) =>
  JSON.stringify({ token: "xoxb-hush", channel: "C1", url: `${base}/api/chat.postMessage`, ...more });
const slackSays = (body: object, status = 200, headers = {}) => {
  answer = { status, headers, body: JSON.stringify(body) };
};

test("a Teams workflow gets a card and accepts it", async () => {
  answer = { status: 202 };
  expect(await send("teams")).toEqual({ kind: "delivered" });
  expect(seen[0]).toMatchObject({
    url: "/hook?sig=hush",
    body: { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive" }] },
  });
});

test.each([
  ["https://contoso.webhook.office.com/webhookb2/x", /retired: make a workflow/],
  ["https://example.com/x", /not the URL of a Teams workflow/],
  ["https://evil-logic.azure.com.example.com/x", /not the URL of a Teams workflow/],
  ["http://127.0.0.1/x", /loopback/],
])("%s is no Teams workflow, and says why", async (url, why) => {
  await expect(send("teams", url, { allowLoopback: false })).rejects.toThrow(why);
});

test("an incoming webhook of Slack gets blocks, and a word for what reads no blocks", async () => {
  answer = { status: 200, body: "ok" };
  expect(await send("slack")).toEqual({ kind: "delivered" });
  expect(seen[0]?.body).toMatchObject({
    text: expect.stringContaining("ubuntu could not be built"),
    blocks: expect.any(Array),
  });
});

test("Slack's webhook is turned off when it is gone for good, not when it is busy", async () => {
  answer = { status: 404, body: "no_service" };
  expect(await send("slack")).toMatchObject({ kind: "rejected", disable: true });
  answer = { status: 400, body: "invalid_blocks" };
  expect(await send("slack")).not.toHaveProperty("disable");
  answer = { status: 429, headers: { "retry-after": "30" } };
  await expect(send("slack")).rejects.toMatchObject({ retryAfterSeconds: 30 });
});

test("a bot's first message begins a thread, and later ones hang below it", async () => {
  slackSays({ ok: true, ts: "1700000000.000100", channel: "C1" });
  expect(await send("slack", bot())).toEqual({ kind: "delivered", thread: "1700000000.000100" });
  expect(seen[0]).toMatchObject({ headers: { authorization: "Bearer xoxb-hush" }, body: { channel: "C1" } });
  expect(seen[0]?.body).not.toHaveProperty("thread_ts");
  await send("slack", bot(), { thread: "1700000000.000100" });
  expect(seen[1]?.body).toMatchObject({ thread_ts: "1700000000.000100", reply_broadcast: true });
});

test("Slack says no with 200: some of it passes, some of it is for good", async () => {
  slackSays({ ok: false, error: "ratelimited" }, 200, { "retry-after": "7" });
  await expect(send("slack", bot())).rejects.toMatchObject({ retryAfterSeconds: 7 });
  slackSays({ ok: false, error: "token_revoked" });
  expect(await send("slack", bot())).toMatchObject({ kind: "rejected", disable: true });
  slackSays({ ok: false, error: "not_in_channel" });
  expect(await send("slack", bot())).toMatchObject({
    kind: "rejected",
    problem: { fix: [expect.stringContaining("Invite the bot")] },
  });
});

test("a secret that Slack cannot be reached with is a fault that names the setting and not what it holds", async () => {
  for (const secret of ["xoxb-hush", bot({ more: 1 }), '{"token":"xoxb-hush"}'])
    await expect(send("slack", secret)).rejects.toThrow(/^(?!.*hush).*the setting SECRET: expected the URL/);
});

test("a mail goes to everybody at once, under an id that makes a second attempt harmless", async () => {
  answer = { status: 202, headers: { "operation-location": `${base}/emails/operations/1` } };
  expect(await send("email")).toEqual({ kind: "delivered" });
  await send("email");
  expect(scopes).toEqual(["https://communication.azure.com/.default", "https://communication.azure.com/.default"]);
  expect(seen[0]).toMatchObject({
    url: "/emails:send?api-version=2023-03-31",
    headers: { authorization: "Bearer the-token" },
    body: {
      senderAddress: "gold@example.com",
      recipients: { to: [{ address: "a@example.com" }, { address: "b@example.com" }] },
      content: { subject: "Goldsmith: ubuntu could not be built" },
    },
  });
  expect(seen[0]?.headers["operation-id"]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(seen[1]?.headers["operation-id"]).toBe(seen[0]?.headers["operation-id"]);
});

test("Service Bus gets a CloudEvent whose message id lets it drop a second one", async () => {
  answer = { status: 201 };
  expect(await send("serviceBus")).toEqual({ kind: "delivered" });
  expect(scopes).toEqual(["https://servicebus.azure.net/.default"]);
  expect(seen[0]?.url).toBe("/builds%2Fimages/messages");
  expect(JSON.parse(String(seen[0]?.headers.brokerproperties))).toEqual({
    MessageId: message.id,
    Label: message.type,
    CorrelationId: message.thread,
  });
  expect(seen[0]?.body).toEqual({
    specversion: "1.0",
    id: message.id,
    type: message.type,
    source: message.source,
    subject: message.subject,
    time: message.time,
    datacontenttype: "application/json",
    data: message.data,
  });
});

test.each(["email", "serviceBus"] as const)(
  "%s: a role that does not work yet is waited for, a bad request is not",
  async (kind) => {
    for (answer of [{ status: 401 }, { status: 403 }, { status: 503 }])
      await expect(send(kind)).rejects.toThrow(/answered/);
    answer = { status: 400 };
    expect(await send(kind)).toMatchObject({ kind: "rejected", problem: { code: "TargetRejected" } });
  },
);

test.each(["email", "serviceBus"] as const)(
  "%s: no token leaves for a host that is not the service's",
  async (kind) => {
    const target = { ...targets[kind](), endpoint: "https://servicebus.windows.net.example.com" } as TargetSettings;
    const notify = createNotify({ targets: [target], allowLoopbackTargets: true, credential });
    await expect(notify.deliver("room", message)).rejects.toThrow(/its endpoint is not of the form/);
    expect(scopes).toEqual([]);
  },
);

test("no message ever has an address or a secret in it", async () => {
  for (answer of [{ status: 400, body: "hush" }, { status: 500, body: "hush" }, { status: 410 }])
    for (const kind of Object.keys(targets) as (keyof typeof targets)[]) {
      const told = await send(kind, kind === "slack" ? bot() : undefined).catch((error: unknown) => String(error));
      expect(JSON.stringify(told)).not.toMatch(/hush|127\.0\.0\.1|the-token/);
    }
});
