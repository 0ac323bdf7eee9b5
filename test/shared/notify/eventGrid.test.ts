import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverCertificate } from "../../../local/azure/certificate.ts";
import { createNotify } from "../../../shared/notify/index.ts";
import { message } from "./message.ts";

let directory: string;
let server: Server;
let ca: string;
let endpoint: string;
let answer: { readonly status: number; readonly headers?: Record<string, string> } | "silence";
let seen: { readonly headers: IncomingHttpHeaders; readonly url: string; readonly body: unknown }[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "goldsmith-topic-"));
  const { key, certificate, caFile } = await serverCertificate(directory);
  ca = readFileSync(caFile, "utf8");
  server = createServer({ key, cert: certificate }, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ headers: request.headers, url: request.url ?? "", body: JSON.parse(body) });
    if (answer !== "silence") response.writeHead(answer.status, answer.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  endpoint = `https://localhost:${(server.address() as AddressInfo).port}/api/events`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  answer = { status: 200 };
  seen = [];
});

function publish(timeoutSeconds = 15, trusted: string | undefined = ca) {
  const credential = { getToken: async () => ({ token: "hush", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const targets = [{ name: "topic", kind: "eventGrid", endpoint, events: ["*"] }] as const;
  const options = { timeoutSeconds, ...(trusted ? { ca: trusted } : {}) };
  return createNotify({ targets, allowLoopbackTargets: false, credential }, () => undefined, options).deliver(
    "topic",
    message,
  );
}

test("a topic gets one CloudEvent 1.0, and nothing that is only for people", async () => {
  expect(await publish()).toEqual({ kind: "delivered" });
  expect(seen).toHaveLength(1);
  expect(seen[0]!.headers["content-type"]).toContain("application/cloudevents-batch+json");
  expect(seen[0]!.headers.authorization).toBe("Bearer hush");
  const { id, type, source, subject, time, data } = message;
  const event = { id, type, source, subject, time, data };
  expect(seen[0]!.body).toEqual([{ ...event, specversion: "1.0", datacontenttype: "application/json" }]);
});

test.each([400, 413])("what the topic will never take (%i) is rejected", async (status) => {
  answer = { status };
  expect(await publish()).toMatchObject({ kind: "rejected", problem: { code: "TargetRejected" } });
});

test.each([401, 403, 404, 429, 500, 503])("a topic that answers %i is asked once, and again later", async (status) => {
  answer = { status, headers: { "retry-after": "17" } };
  await expect(publish()).rejects.toMatchObject({
    name: "DeliveryFault",
    message: `topic: the topic answered ${status}`,
    retryAfterSeconds: 17,
  });
  expect(seen).toHaveLength(1);
});

test("a topic that never answers costs the time-out and no more", async () => {
  answer = "silence";
  await expect(publish(0.3)).rejects.toThrow(/^topic: /);
});

test("a topic with a certificate nobody vouches for gets no event", async () => {
  await expect(publish(15, "")).rejects.toThrow(/could not be reached/);
  expect(seen).toEqual([]);
});
