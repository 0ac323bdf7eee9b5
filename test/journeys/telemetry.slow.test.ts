import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { sampleTemplate } from "../../local/estate.ts";
import { measures } from "../../shared/telemetry.ts";
import { localhostCertificate } from "../shared/azure/support/certificate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string | number;
}
interface Span {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: Value }[];
}
interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly (Point & { readonly count: number; readonly sum: number })[] };
}
interface Point {
  readonly asDouble?: number;
  readonly attributes: readonly { readonly key: string; readonly value: Value }[];
}

const sent: { readonly to: string; readonly text: string; readonly authorization: string | undefined }[] = [];

/** Keeps what comes in and answers as a collector does. */
const collector: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const raw = Buffer.concat(parts);
    const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
    sent.push({ to: request.url ?? "", text, authorization: request.headers.authorization });
    const items = text.startsWith("[") ? (JSON.parse(text) as unknown[]).length : text.split("\n").length;
    const answer = JSON.stringify({ itemsReceived: items, itemsAccepted: items, errors: [] });
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
  });
};

const certificate = localhostCertificate();
const servers: Server[] = [];
async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `localhost:${(server.address() as AddressInfo).port}`;
}

let world: TestWorld;
let id: string;
let failedId: string;
const secret = "whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29rLCAzMiBieXRlcyE=";
const from = <T>(end: string, pick: (body: never) => readonly T[]): T[] =>
  sent.filter(({ to }) => to.endsWith(end)).flatMap(({ text }) => [...pick(JSON.parse(text) as never)]);
const spans = () =>
  from<Span>("/v1/traces", (body: { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }) =>
    body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)),
  );
const metrics = () =>
  from<Metric>("/v1/metrics", (body: { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }) =>
    body.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics)),
  );
const attribute = ({ attributes }: Pick<Span, "attributes">, key: string) => {
  const value = attributes.find((one) => one.key === key)?.value;
  return value?.stringValue ?? (value?.intValue === undefined ? undefined : Number(value.intValue));
};

beforeAll(async () => {
  const otlp = await listen(createServer(collector));
  const { key, certificate: cert } = certificate;
  const insights = await listen(createTlsServer({ key, cert }, collector) as unknown as Server);
  const webhook = await listen(createServer((_, response) => void response.writeHead(204).end()));
  const tls = process.getBuiltinModule("node:tls");
  const instrumentation = "InstrumentationKey=77777777-7777-7777-7777-777777777777";
  world = await startWorld({
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${otlp}`,
      APPLICATIONINSIGHTS_CONNECTION_STRING: `${instrumentation};IngestionEndpoint=https://${insights}/`,
      APPLICATION_INSIGHTS_NO_STATSBEAT: "true",
      GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
      HOOK: JSON.stringify({ url: `http://${webhook}/hook?sig=urlsecret`, secret }),
      GOLDSMITH_TARGETS: JSON.stringify([{ name: "hook", kind: "webhook", secretRef: "HOOK", events: "*" }]),
    },
  });
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), cert]);
  const { estate, call, azure } = world;
  const ask = async (name: string) => {
    const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
    return (await call<{ id: string }>("POST", "builds", { template })).body.id;
  };
  id = await ask("watched-over");
  await world.built(id);
  const { setBuildFault } = await import("../../local/azure/imagebuilder/index.ts");
  const templateId = `${estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/failing`;
  setBuildFault(azure.world, templateId, { stage: "Customizing" });
  failedId = await ask("failing");
  await world.built(failedId);
  await world.stop();
}, 120_000);
afterAll(async () => {
  for (const server of servers) server.close();
  await endStorage();
});

test("every activity of a build is a span that names the build, and its requests to ARM hang below", () => {
  const all = spans();
  const of = (name: string) => all.filter((span) => span.name === name && attribute(span, "goldsmith.build.id") === id);
  for (const name of ["planTemplate", "applyChange", "startRun", "endBuild"])
    expect(of(name).length).toBeGreaterThan(0);
  const plan = of("planTemplate")[0]!;
  const below = all.filter(({ parentSpanId }) => parentSpanId === plan.spanId);
  expect(below.length).toBeGreaterThan(5);
  for (const request of below) {
    expect(request).toMatchObject({ kind: 3, traceId: plan.traceId });
    expect(attribute(request, "http.response.status_code")).toBeGreaterThanOrEqual(200);
    expect(attribute(request, "az.service_request_id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(request.name).toMatch(
      /^(GET|PUT|POST|DELETE) Microsoft\.\w+(\/[A-Za-z]+)*$|^GET (resourceGroups|subscriptions)$/,
    );
  }
  // Each attempt is told once: nothing is told by a replay.
  const invocations = all.flatMap((span) => attribute(span, "faas.invocation_id") ?? []);
  expect(new Set(invocations).size).toBe(invocations.length);
  expect(new Set(all.map(({ spanId }) => spanId)).size).toBe(all.length);
});

test("builds by outcome, requests and the latencies are measured", () => {
  const latest = (name: string) =>
    metrics()
      .filter((metric) => metric.name === name)
      .at(-1);
  const builds = latest("goldsmith.builds")?.sum?.dataPoints ?? [];
  expect(builds.map((point) => [attribute(point, "outcome"), point.asDouble]).sort()).toEqual([
    ["failed", 1],
    ["succeeded", 1],
  ]);
  const requests = latest("goldsmith.arm.requests")?.sum?.dataPoints ?? [];
  const total = requests.reduce((sum, { asDouble = 0 }) => sum + asDouble, 0);
  expect(total).toBeGreaterThan(40);
  for (const name of ["detection.latency", "propagation.wait", "notification.latency"].map(
    (one) => `goldsmith.${one}`,
  )) {
    const points = latest(name)?.histogram?.dataPoints ?? [];
    expect([name, points.reduce((sum, { count }) => sum + Number(count), 0)]).toEqual([name, expect.any(Number)]);
    expect(points.length).toBeGreaterThan(0);
    expect(latest(name)?.unit).toBe("s");
  }
  const names = new Set(metrics().map(({ name }) => name));
  expect([...names].filter((name) => !(name in measures))).toEqual([]);
});

test("Application Insights gets the same, entered with the app's identity and no key", () => {
  const tracks = sent.filter(({ to }) => to.includes("/v2.1/track"));
  expect(tracks.length).toBeGreaterThan(0);
  expect(tracks.every(({ authorization }) => /^Bearer ./.test(authorization ?? ""))).toBe(true);
  const text = tracks.map((one) => one.text).join("\n");
  for (const one of ["goldsmith.builds", id, failedId]) expect([one, text.includes(one)]).toEqual([one, true]);
});

test("no secret leaves: no key, token, signature or connection string, in spans, measures and the log", () => {
  const told =
    sent.map(({ text }) => text).join("\n") +
    world
      .log()
      .map((line) => line.message)
      .join("\n");
  expect(told).toContain(failedId);
  for (const one of [secret, "urlsecret", "f".repeat(40), "m".repeat(40), "AccountKey", "Bearer ", "eyJ"])
    expect([one, told.includes(one)]).toEqual([one, false]);
});

test("the log tells machines what ended, with ids and codes", () => {
  const events = world
    .log()
    .flatMap(({ message }) => (message.startsWith('{"event"') ? [JSON.parse(message) as Record<string, unknown>] : []));
  const ended = events.filter(({ event }) => event === "buildEnded");
  expect(ended.map(({ buildId, state }) => [buildId, state])).toEqual([
    [id, "succeeded"],
    [failedId, "failed"],
  ]);
  expect(ended[1]?.code).toEqual(expect.any(String));
  const plan = events.find(
    ({ event, name, buildId }) => event === "activity" && name === "planTemplate" && buildId === id,
  );
  expect(plan).toMatchObject({ outcome: "done", requests: expect.any(Number), correlationIds: expect.any(Array) });
  expect(events.some(({ event, state }) => event === "delivery" && state === "delivered")).toBe(true);
});
