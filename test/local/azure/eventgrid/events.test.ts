import { type Bench, makeGroup, makeIdentity, startBench } from "../emulator.ts";
import { type Sink, startSink } from "./sink.ts";

let bench: Bench;
let sink: Sink;
beforeEach(async () => {
  bench = await startBench({ switches: { eventDelaySeconds: [5, 5] } });
  sink = await startSink();
});
afterEach(async () => {
  await bench.stop();
  await sink.stop();
});

const at = (name = "test") =>
  `${bench.subscription}/providers/Microsoft.EventGrid/eventSubscriptions/${name}?api-version=2025-02-15`;
const subscribe = (filter: object = {}, more: object = {}, url = sink.url) =>
  bench.owner("PUT", at(), {
    properties: { destination: { endpointType: "WebHook", properties: { endpointUrl: url } }, filter, ...more },
  });
const turn = (switches: object) => bench.as(undefined)("POST", "/emulator/switches", switches);

test("a write is told to the webhook after a while, in Event Grid's schema", async () => {
  expect((await subscribe()).status).toBe(201);
  const groupId = await makeGroup(bench, "rg-event");
  await bench.clock.advance(4_000);
  expect(sink.delivered).toHaveLength(0);
  await bench.clock.advance(2_000);
  const [delivery] = sink.delivered.filter(({ body }) => body[0].subject === groupId);
  expect(delivery?.headers).toMatchObject({
    "aeg-event-type": "Notification",
    "aeg-subscription-name": "TEST",
    "aeg-delivery-count": "0",
  });
  expect(delivery?.body).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      topic: bench.subscription,
      subject: groupId,
      eventType: "Microsoft.Resources.ResourceWriteSuccess",
      eventTime: "2026-11-22T12:00:00.000Z",
      dataVersion: "2",
      metadataVersion: "1",
      data: expect.objectContaining({
        resourceUri: groupId,
        operationName: "Microsoft.Resources/subscriptions/resourceGroups/write",
        resourceProvider: "Microsoft.Resources",
        status: "Succeeded",
        authorization: expect.objectContaining({
          evidence: expect.objectContaining({ role: "Owner", roleAssignmentScope: bench.subscription }),
        }),
        subscriptionId: bench.azure.settings.subscriptionId,
        tenantId: bench.azure.settings.tenantId,
      }),
    },
  ]);
});

test("only what the filters let through is told, and reads never", async () => {
  await subscribe({
    includedEventTypes: ["Microsoft.Resources.ResourceWriteSuccess"],
    subjectEndsWith: "/ID-WANTED",
    advancedFilters: [
      {
        operatorType: "StringIn",
        key: "data.operationName",
        values: ["microsoft.managedidentity/userassignedidentities/write"],
      },
    ],
  });
  const groupId = await makeGroup(bench);
  const { id } = await makeIdentity(bench, groupId, "id-wanted");
  await makeIdentity(bench, groupId, "id-other");
  await bench.owner("GET", `${id}?api-version=2023-01-31`);
  await bench.owner("DELETE", `${id}?api-version=2023-01-31`);
  await bench.clock.advance(60_000);
  expect(sink.delivered.map(({ body }) => body[0].subject)).toEqual([id]);
});

test("events can be lost, and can come twice with the same id", async () => {
  await subscribe();
  await turn({ eventLoss: 1 });
  await makeGroup(bench, "rg-lost");
  await turn({ eventLoss: 0, eventDoubling: 1 });
  await makeGroup(bench, "rg-twice");
  await bench.clock.advance(60_000);
  const subjects = sink.delivered
    .map(({ body }) => body[0].subject)
    .filter((subject) => subject.includes("/resourceGroups/"));
  expect(subjects).toEqual([
    `${bench.subscription}/resourceGroups/rg-twice`,
    `${bench.subscription}/resourceGroups/rg-twice`,
  ]);
  expect(
    new Set(sink.delivered.filter(({ body }) => body[0].subject.endsWith("rg-twice")).map(({ body }) => body[0].id))
      .size,
  ).toBe(1);
});

test("a delivery that fails is tried again after 10 and 30 seconds; a 404 waits five minutes", async () => {
  await subscribe({ subjectEndsWith: "/rg-again" });
  sink.statuses.push(500, 404);
  await makeGroup(bench, "rg-again");
  await bench.clock.advance(6_000);
  expect(sink.delivered).toHaveLength(1);
  await bench.clock.advance(10_000);
  expect(sink.delivered.map(({ headers }) => headers["aeg-delivery-count"])).toEqual(["0", "1"]);
  await bench.clock.advance(290_000);
  expect(sink.delivered).toHaveLength(2);
  await bench.clock.advance(20_000);
  expect(sink.delivered).toHaveLength(3);
});

test("a 400 is final, and so is the last attempt that the retry policy allows", async () => {
  await subscribe({ subjectEndsWith: "/rg-final" }, { retryPolicy: { maxDeliveryAttempts: 2 } });
  sink.statuses.push(400);
  await makeGroup(bench, "rg-final");
  await bench.clock.advance(3_600_000);
  expect(sink.delivered).toHaveLength(1);
  sink.statuses.push(500, 500, 500);
  await makeGroup(bench, "rg-final");
  await bench.clock.advance(3_600_000);
  expect(sink.delivered).toHaveLength(3);
});

test("a webhook that does not answer the challenge is refused", async () => {
  const stubborn = await startSink(true);
  for (const eventDeliverySchema of ["EventGridSchema", "CloudEventSchemaV1_0"])
    expect((await subscribe({}, { eventDeliverySchema }, stubborn.url)).status).toBe(400);
  await stubborn.stop();
});

test("a subscription never shows the key in its webhook's address", async () => {
  await subscribe();
  const reply = await bench.owner("GET", at());
  expect(reply.status).toBe(200);
  expect(JSON.stringify(reply.body)).not.toContain("secret");
});

test("CloudEvents are delivered where they are asked for", async () => {
  await subscribe({ subjectEndsWith: "/rg-cloud" }, { eventDeliverySchema: "CloudEventSchemaV1_0" });
  const groupId = await makeGroup(bench, "rg-cloud");
  await bench.clock.advance(6_000);
  expect(sink.delivered[0]?.body).toMatchObject({
    specversion: "1.0",
    source: bench.subscription,
    subject: groupId,
    type: "Microsoft.Resources.ResourceWriteSuccess",
  });
});

test("an event that waits while the emulator is killed is delivered after the restart", async () => {
  await subscribe({ subjectEndsWith: "/rg-kill" });
  await makeGroup(bench, "rg-kill");
  bench = await bench.restart();
  await bench.clock.advance(6_000);
  expect(sink.delivered).toHaveLength(1);
});
