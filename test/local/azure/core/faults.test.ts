import { type Bench, makeGroup, startBench } from "../emulator.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

const put = (at: Bench, name: string) =>
  at.owner("PUT", `${at.subscription}/resourceGroups/${name}?api-version=2024-03-01`, { location: "westeurope" });
const get = (at: Bench, name: string) =>
  at.owner("GET", `${at.subscription}/resourceGroups/${name}?api-version=2024-03-01`);
const fault = (at: Bench, body: object) => at.as(undefined)("POST", "/emulator/faults", body);

test("a fault answers so many matching requests with its status, then Azure answers again", async () => {
  await makeGroup(bench, "rg");
  await fault(bench, {
    method: "GET",
    path: "resourceGroups/rg",
    times: 2,
    kind: "status",
    status: 503,
    headers: { "retry-after": "7" },
  });
  const first = await get(bench, "rg");
  expect([first.status, first.headers["retry-after"], first.body.error.code]).toEqual([
    503,
    "7",
    "InternalServerError",
  ]);
  expect((await get(bench, "rg")).status).toBe(503);
  expect((await get(bench, "rg")).status).toBe(200);
});

test("a write can be accepted although the answer says 504", async () => {
  await fault(bench, { method: "PUT", kind: "acceptedThenStatus", status: 504, code: "GatewayTimeout" });
  const reply = await put(bench, "rg-504");
  expect([reply.status, reply.body.error.code]).toEqual([504, "GatewayTimeout"]);
  expect((await get(bench, "rg-504")).status).toBe(200);
});

test("a connection can be cut before and after the work was done", async () => {
  await fault(bench, { method: "PUT", kind: "reset" });
  await expect(put(bench, "rg-cut")).rejects.toThrow();
  expect((await get(bench, "rg-cut")).status).toBe(404);
  await fault(bench, { method: "PUT", kind: "acceptedThenReset" });
  await expect(put(bench, "rg-cut")).rejects.toThrow();
  expect((await get(bench, "rg-cut")).status).toBe(200);
});

test("a fault can let some requests pass, concern one caller alone, and have a body of its own", async () => {
  await makeGroup(bench, "rg");
  await fault(bench, { caller: "app", kind: "status", status: 500 });
  expect((await get(bench, "rg")).status).toBe(200);
  await fault(bench, { caller: "owner", skip: 1, kind: "status", status: 400, body: { odd: true } });
  expect((await get(bench, "rg")).status).toBe(200);
  const reply = await get(bench, "rg");
  expect([reply.status, reply.body]).toEqual([400, { odd: true }]);
});

test("a status URL can vanish without the operation failing", async () => {
  const groupId = await makeGroup(bench, "rg");
  const nsg = `${groupId}/providers/Microsoft.Network/networkSecurityGroups/nsg?api-version=2024-05-01`;
  const written = await bench.owner("PUT", nsg, { location: "westeurope" });
  const status = written.headers["azure-asyncoperation"]?.slice(bench.azure.endpoint.length) ?? "";
  await fault(bench, { path: "/operations/", kind: "status", status: 404, code: "NotFound", times: 3 });
  expect((await bench.owner("GET", status)).status).toBe(404);
  await bench.clock.advance(10_000);
  expect((await bench.owner("GET", nsg)).body.properties.provisioningState).toBe("Succeeded");
});

test("a fault that makes no sense is refused, and the list can be read and emptied", async () => {
  const wrong = await fault(bench, { kind: "explode" });
  expect([wrong.status, wrong.body.error.code]).toEqual([400, "InvalidRequestContent"]);
  await fault(bench, { kind: "latency", milliseconds: 1, times: 5 });
  const list = await bench.as(undefined)("GET", "/emulator/faults");
  expect(list.body).toMatchObject([{ kind: "latency", times: 5 }]);
  expect((await bench.as(undefined)("DELETE", "/emulator/faults")).status).toBe(204);
  expect((await bench.as(undefined)("GET", "/emulator/faults")).body).toEqual([]);
});

test("switches can be turned while it runs, and wrong ones are refused", async () => {
  const turned = await bench.as(undefined)("POST", "/emulator/switches", { guardStatus: 405, networkSeconds: [0, 0] });
  expect(turned.body).toMatchObject({ guardStatus: 405, networkSeconds: [0, 0] });
  for (const wrong of [{ guardStatus: 418 }, { nonsense: 1 }, { eventLoss: 2 }, { networkSeconds: 3 }])
    expect((await bench.as(undefined)("POST", "/emulator/switches", wrong)).status).toBe(400);
});

test("a reset forgets resources but not who the owner is", async () => {
  const id = await makeGroup(bench, "rg-gone");
  expect((await bench.as(undefined)("POST", "/emulator/reset")).status).toBe(204);
  expect((await bench.owner("GET", `${id}?api-version=2024-03-01`)).status).toBe(404);
  expect((await bench.as(undefined)("GET", "/emulator/state?kind=resource")).body.resource).not.toHaveProperty([id]);
});

test("the marketplace can be given a new version, and a template a fault", async () => {
  const image = { publisher: "Contoso", offer: "linux", sku: "small", osType: "Linux", versions: ["1.0.0"] };
  expect((await bench.as(undefined)("POST", "/emulator/platform-images", image)).status).toBe(204);
  const path = `${bench.subscription}/providers/Microsoft.Compute/locations/westeurope/publishers/Contoso/artifacttypes/vmimage/offers/linux/skus/small/versions?api-version=2024-03-01`;
  const { body } = await bench.owner("GET", path);
  expect(body.map((one: { name: string }) => one.name)).toEqual(["1.0.0"]);
  const templateId = `${bench.subscription}/resourceGroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/t`;
  expect(
    (await bench.as(undefined)("POST", "/emulator/build-faults", { templateId, fault: { stage: "Customizing" } }))
      .status,
  ).toBe(204);
  expect((await bench.as(undefined)("GET", "/emulator/state?kind=buildFault")).body.buildFault[templateId].stage).toBe(
    "Customizing",
  );
  expect(
    (await bench.as(undefined)("POST", "/emulator/build-faults", { templateId, fault: { stage: "Baking" } })).status,
  ).toBe(400);
});
