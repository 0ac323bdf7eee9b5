import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ImageBuilderClient } from "@azure/arm-imagebuilder";
import { NetworkManagementClient } from "@azure/arm-network";
import { group, subnet, template } from "./support/ids.ts";
import { armError, type Stub, startStub, stubToken } from "./support/stub.ts";

// What docs/sdk-notes.md says about the SDKs as they come, so that a new major that behaves otherwise is noticed.
const subscriptionId = group.split("/")[2]!;
const credential = { getToken: async () => ({ token: stubToken, expiresOnTimestamp: Date.now() + 3_600_000 }) };

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

const imageBuilder = () => new ImageBuilderClient(credential, subscriptionId, { endpoint: stub.endpoint });
const network = () => new NetworkManagementClient(credential, subscriptionId, { endpoint: stub.endpoint });

it("they repeat a POST that ended in a 503 with Retry-After, and lose the details of an error", async () => {
  stub.on(
    `POST ${template}/run`,
    armError(503, "Busy", "x", { details: [{ code: "Inner", message: "y" }] }, { "retry-after": "0" }),
  );
  const error = await imageBuilder()
    .virtualMachineImageTemplates.run("builds", "ubuntu")
    .submitted()
    .catch((thrown: unknown) => thrown);
  expect(stub.requests).toHaveLength(4);
  expect(error).toMatchObject({ name: "RestError", code: "Busy", details: undefined });
  expect(JSON.stringify(error)).not.toContain("Inner");
});

it("a poller that could not read once is failed for good", async () => {
  const headers = { "azure-asyncoperation": `${stub.endpoint}/operation` };
  stub.on(`POST ${template}/run`, { status: 202, headers });
  stub.on("GET /operation", armError(404, "NotFound", "x"), { status: 200, body: { status: "Succeeded" } });
  const poller = imageBuilder().virtualMachineImageTemplates.run("builds", "ubuntu");
  await poller.submitted();
  expect(stub.requests).toHaveLength(1);
  await expect(poller.poll()).rejects.toThrow("x");
  await expect(poller.poll()).rejects.toThrow("x");
  expect(stub.requests).toHaveLength(2);
});

it("a typed subnet loses what the SDK does not know, and its etag", async () => {
  const body = {
    id: subnet,
    name: "build",
    etag: "1",
    extra: 1,
    properties: { addressPrefix: "10.0.0.0/24", notYetInvented: 1 },
  };
  stub.on(`GET ${subnet}`, { status: 200, body });
  stub.on(`PUT ${subnet}`, { status: 200, body });
  const typed = await network().subnets.get("builds", "hub", "build");
  await network().subnets.createOrUpdate("builds", "hub", "build", typed).submitted();
  expect(stub.requests.at(-1)?.body).toEqual({
    id: subnet,
    name: "build",
    properties: { addressPrefix: "10.0.0.0/24" },
  });
});

it("the authorization SDK doubles a leading slash", async () => {
  const client = new AuthorizationManagementClient(credential, subscriptionId, {
    endpoint: stub.endpoint,
    credentialScopes: "s",
  });
  await expect(client.roleAssignments.get(group, "x")).rejects.toThrow("The stub has no answer");
  expect(stub.requests[0]?.path).toMatch(/^\/\/subscriptions\//);
});
