import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { createNotify, type NotifyOptions, schedule } from "../../../shared/notify/index.ts";
import { message } from "./message.ts";

const credential = { getToken: () => Promise.reject(new Error("a webhook is called without a token")) };
const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
let answer: { readonly status: number; readonly headers?: Record<string, string> } | "silence";
let seen: Seen[];
let server: Server;
let address: string;

beforeEach(async () => {
  answer = { status: 204 };
  seen = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    seen.push({ headers: request.headers, body });
    if (answer !== "silence") response.writeHead(answer.status, answer.headers).end("hush");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hush-path`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** One attempt at a webhook whose setting holds `text`. */
function call(text: string, allowLoopbackTargets = true, options: NotifyOptions = {}) {
  const targets = [{ name: "hook", kind: "webhook", secretRef: "HOOK", events: ["*"] }] as const;
  const read = (name: string) => (name === "HOOK" ? text : undefined);
  return createNotify({ targets, allowLoopbackTargets, credential }, read, options).deliver("hook", message);
}

test("a message is signed so that the library of Standard Webhooks accepts it", async () => {
  const secret = newSecret();
  expect(await call(JSON.stringify({ url: address, secret }))).toEqual({ kind: "delivered" });
  const { headers, body } = seen[0]!;
  expect(headers["webhook-id"]).toBe(message.id);
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
    type: message.type,
    timestamp: message.time,
    source: message.source,
    subject: message.subject,
    data: message.data,
  });
  expect(() => new Webhook(newSecret()).verify(body, headers as Record<string, string>)).toThrow(/signature/);
});

test("while a secret is changed, either one verifies, and the id stays over attempts", async () => {
  const secrets = [newSecret(), newSecret()];
  await call(JSON.stringify({ url: address, secret: secrets }));
  await call(JSON.stringify({ url: address, secret: secrets.join(" ") }));
  for (const { headers, body } of seen)
    for (const secret of secrets) new Webhook(secret).verify(body, headers as Record<string, string>);
  expect(seen.map(({ headers }) => headers["webhook-id"])).toEqual([message.id, message.id]);
});

test("a receiver that is gone is turned off, one that refuses is not asked again", async () => {
  answer = { status: 410 };
  expect(await call(address)).toMatchObject({ kind: "rejected", disable: true, problem: { code: "TargetGone" } });
  answer = { status: 403 };
  const rejected = await call(address);
  expect(rejected).toMatchObject({ kind: "rejected", problem: { code: "TargetRejected" } });
  expect(rejected).not.toHaveProperty("disable");
});

test.each<[number, Record<string, string>, number | undefined]>([
  [429, { "retry-after": "120" }, 120],
  [503, { "retry-after": new Date(Date.now() + 60_000).toUTCString() }, 60],
  [408, {}, undefined],
  [500, { "retry-after": "soon" }, undefined],
])("%i may go better later, when the receiver says (%j)", async (status, headers, seconds) => {
  answer = { status, headers };
  const fault = await call(address).catch((error: unknown) => error as { retryAfterSeconds?: number; message: string });
  expect(fault).toMatchObject({ name: "DeliveryFault", message: expect.stringContaining(String(status)) });
  const told = (fault as { retryAfterSeconds?: number }).retryAfterSeconds;
  if (seconds === undefined) expect(told).toBeUndefined();
  else expect(Math.abs(Number(told) - seconds)).toBeLessThanOrEqual(2);
});

test("a redirect is a failure, and is not followed", async () => {
  answer = { status: 302, headers: { location: address } };
  await expect(call(address)).rejects.toThrow(/302 .*not followed/);
  expect(seen).toHaveLength(1);
});

test("a server that never answers costs the time-out and no more", async () => {
  answer = "silence";
  const started = performance.now();
  await expect(call(address, true, { timeoutSeconds: 0.2 })).rejects.toThrow(/no answer within 0.2 s/);
  expect(performance.now() - started).toBeLessThan(3_000);
});

test("a port nobody listens on is a fault", async () => {
  await new Promise((resolve) => server.close(resolve));
  await expect(call(address)).rejects.toThrow(/could not be reached \(ECONNREFUSED\)/);
});

test("no message ever has the address or a secret in it", async () => {
  const secret = newSecret();
  for (answer of [{ status: 400 }, { status: 500 }, { status: 301 }, { status: 410 }] as const) {
    const told = await call(JSON.stringify({ url: address, secret })).catch((error: unknown) => String(error));
    expect(JSON.stringify(told)).not.toMatch(/hush|127\.0\.0\.1|whsec/);
  }
});

test.each([
  "http://127.0.0.1/x",
  "https://localhost/x",
  "https://LOCALHOST./x",
  "https://a.localhost/x",
  "https://2130706433/x",
  "https://0x7f.1/x",
  "https://0177.0.0.1/x",
  "https://[::1]/x",
  "https://[::ffff:127.0.0.1]/x",
  "https://[::7f00:1]/x",
  "https://[64:ff9b::a9fe:a9fe]/x",
  "https://169.254.169.254/metadata",
  "https://168.63.129.16/x",
  "https://10.0.0.4/x",
  "https://100.64.0.1/x",
  "https://[fd00::1]/x",
  "https://[fe80::1]/x",
  "https://0.0.0.0/x",
  "https://user:pass@example.com/x",
  "http://example.com/x",
])("%s is not called", async (url) => {
  expect(await call(url, false)).toMatchObject({ kind: "rejected", problem: { code: "TargetForbidden" } });
});

test.each(["10.1.2.3", "127.0.0.1", "169.254.169.254", "::ffff:192.168.0.1", "::1", "fd12::1"])(
  "a public name that leads to %s is refused when connecting",
  async (hidden) => {
    const asked: string[] = [];
    const lookup: NonNullable<NotifyOptions["lookup"]> = (host, _, done) => {
      asked.push(host);
      const family = hidden.includes(":") ? 6 : 4;
      done(null, [
        { address: "93.184.215.14", family: 4 },
        { address: hidden, family },
      ]);
    };
    const outcome = await call("https://hooks.example.com/x", false, { lookup });
    expect(outcome).toMatchObject({ kind: "rejected", problem: { code: "TargetForbidden" } });
    expect(asked).toEqual(["hooks.example.com"]);
  },
);

test("a name that is not found is a fault", async () => {
  const lookup: NonNullable<NotifyOptions["lookup"]> = (_, __, done) =>
    done(Object.assign(new Error("hooks.example.com"), { code: "ENOTFOUND" }), []);
  await expect(call("https://hooks.example.com/x", false, { lookup })).rejects.toThrow(
    "hook: could not be reached (ENOTFOUND)",
  );
});

test("allowing this machine allows nothing else", async () => {
  for (const url of ["http://10.0.0.1/x", "https://169.254.169.254/x", "http://example.com/x"])
    expect(await call(url)).toMatchObject({ kind: "rejected", problem: { code: "TargetForbidden" } });
});

test("a setting that is missing or wrong is a fault that names it, since it can be set right", async () => {
  await expect(call("")).rejects.toThrow(/the setting HOOK is not set/);
  await expect(call("whsec_hush")).rejects.toThrow(/the setting HOOK: a signing secret is/);
  await expect(call(newSecret())).rejects.toThrow(/no URL in the setting HOOK/);
});

test("targets are chosen by event, and an unknown one is rejected", async () => {
  const targets = [
    { name: "all", kind: "webhook", url: address, events: ["*"] },
    { name: "failures", kind: "webhook", url: address, events: [message.type] },
  ] as const;
  const notify = createNotify({ targets, allowLoopbackTargets: true, credential });
  expect(notify.targetsFor(message)).toEqual(["all", "failures"]);
  expect(notify.targetsFor({ ...message, type: "io.goldsmith.build.succeeded.v1" })).toEqual(["all"]);
  expect(await notify.deliver("nobody", message)).toMatchObject({ problem: { code: "TargetUnknown" } });
});

test("the waits between attempts are those of Standard Webhooks: three days in all", () => {
  const hours = Array.from({ length: 10 }, (_, attempt) => schedule(attempt));
  expect(hours.slice(0, 5)).toEqual([0, 5, 300, 1800, 7200]);
  expect(hours.reduce((sum, wait) => sum + wait, 0)).toBe(5 + 300 + 1800 + (2 + 5 + 10 + 14 + 20 + 24) * 3600);
  expect(schedule(99)).toBe(24 * 3600);
});
