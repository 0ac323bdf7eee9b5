import { EventGridPublisherClient } from "@azure/eventgrid";
import { type Bench, makeGroup, makeIdentity, startBench } from "../emulator.ts";
import { trust } from "../trust.ts";

import { type Sink, startSink } from "./sink.ts";

let bench: Bench;
let sink: Sink;
beforeEach(async () => {
  bench = await startBench({ switches: { eventDelaySeconds: [0, 0] } });
  sink = await startSink();
  trust(bench.azure.caFile);
});
afterEach(async () => {
  await bench.stop();
  await sink.stop();
});

const event = { type: "io.goldsmith.test.v1", source: "/tests", subject: "one", data: { n: 1 } };

function publisher(principalId: string) {
  const getToken = async () => ({
    token: bench.azure.tokenFor(principalId, "https://eventgrid.azure.net"),
    expiresOnTimestamp: Date.now() + 3_600_000,
  });
  return new EventGridPublisherClient(
    bench.azure.settings.eventGridTopicEndpoint,
    "CloudEvent",
    { getToken },
    { retryOptions: { maxRetries: 0 } },
  );
}

test("the app may send to its topic, as its deployment allows, and who subscribed hears of it", async () => {
  const topic = `${bench.subscription}/resourceGroups/rg-goldsmith/providers/Microsoft.EventGrid/topics/goldsmith-builds`;
  const properties = {
    destination: { endpointType: "WebHook", properties: { endpointUrl: sink.url } },
    eventDeliverySchema: "CloudEventSchemaV1_0",
  };
  expect(
    (
      await bench.owner("PUT", `${topic}/providers/Microsoft.EventGrid/eventSubscriptions/all?api-version=2025-02-15`, {
        properties,
      })
    ).status,
  ).toBe(201);
  await publisher(bench.azure.settings.app.principalId).send([event]);
  await bench.clock.advance(1_000);
  expect(sink.delivered[0]?.body).toMatchObject({ specversion: "1.0", ...event });
  expect((await bench.as(undefined)("GET", "/emulator/topics/goldsmith-builds")).body).toMatchObject([
    { event: { type: event.type } },
  ]);
});

test("who lacks the data action may not send, an owner of everything included", async () => {
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "stranger");
  for (const who of [principalId, bench.azure.settings.owner.principalId])
    await expect(publisher(who).send([event])).rejects.toMatchObject({ statusCode: 403 });
  expect((await bench.as(undefined)("GET", "/emulator/topics/goldsmith-builds")).body).toEqual([]);
});

test("a token of Resource Manager, no token, and what is no CloudEvent are refused", async () => {
  const path = "/eventgrid/goldsmith-builds/api/events?api-version=2018-01-01";
  const app = bench.azure.settings.app.principalId;
  const token = (audience?: string) => ({ authorization: `Bearer ${bench.azure.tokenFor(app, audience)}` });
  expect((await bench.as(undefined)("POST", path, [event], token())).status).toBe(401);
  expect((await bench.as(undefined)("POST", path, [event])).status).toBe(401);
  expect((await bench.as(undefined)("POST", path, [event], token("https://eventgrid.azure.net"))).status).toBe(400);
  const huge = { specversion: "1.0", id: "1", ...event, data: "x".repeat(1024 * 1024) };
  expect((await bench.as(undefined)("POST", path, [huge], token("https://eventgrid.azure.net"))).status).toBe(413);
});

test("a topic that does not exist takes nothing", async () => {
  const headers = {
    authorization: `Bearer ${bench.azure.tokenFor(bench.azure.settings.app.principalId, "https://eventgrid.azure.net")}`,
  };
  expect((await bench.as(undefined)("POST", "/eventgrid/none/api/events", [], headers)).status).toBe(404);
});
