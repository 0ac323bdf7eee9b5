import { Refused } from "../../../shared/problem.ts";
import { armError, type Stub, startStub, stubToken } from "./support/stub.ts";

const id =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu";
const identity =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/images/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib";

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: unknown) => {
      if (error instanceof Refused) return error.problem;
      throw error;
    },
  );

describe("reading a template", () => {
  const json = {
    id: id.replace("resourceGroups", "resourcegroups"),
    name: "ubuntu",
    type: "Microsoft.VirtualMachineImages/imageTemplates",
    location: "westeurope",
    tags: { team: "os" },
    systemData: { createdBy: "somebody" },
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: { principalId: "p", clientId: "c" } } },
    properties: {
      provisioningState: "Failed",
      provisioningError: { provisioningErrorCode: "BadSharedImageDistribute", message: "Not authorized" },
      source: { type: "PlatformImage", version: "latest", exactVersion: "latest" },
      distribute: [{ type: "SharedImage", versioning: null }],
      somethingNew: { deep: [1] },
      exactStagingResourceGroup: "",
      lastRunStatus: {
        startTime: "2026-04-01T10:00:00.738099365Z",
        endTime: "0001-01-01T00:00:00Z",
        runState: "Running",
        runSubState: "Queued",
        message: "",
      },
    },
  };

  it("keeps the body as written, unknown properties too, and tells apart what the service says", async () => {
    stub.on(`GET ${id}`, { status: 200, body: json });
    expect(await stub.azure.readTemplate(id)).toEqual({
      id: json.id,
      exists: true,
      provisioningState: "Failed",
      provisioningError: { code: "BadSharedImageDistribute", message: "Not authorized" },
      lastRun: { runState: "Running", runSubState: "Queued", startTime: "2026-04-01T10:00:00.738099365Z" },
      body: {
        apiVersion: "2025-10-01",
        location: "westeurope",
        tags: { team: "os" },
        identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
        properties: {
          source: { type: "PlatformImage", version: "latest" },
          distribute: [{ type: "SharedImage", versioning: null }],
          somethingNew: { deep: [1] },
        },
      },
    });
    expect(stub.requests[0]?.query.get("api-version")).toBe("2025-10-01");
    expect(stub.requests[0]?.headers.authorization).toBe(`Bearer ${stubToken}`);
  });

  it("answers undefined where there is none", async () => {
    stub.on(`GET ${id}`, armError(404, "ResourceGroupNotFound", "Resource group 'images' could not be found."));
    expect(await stub.azure.readTemplate(id)).toBeUndefined();
  });

  it("refuses ids that would lead elsewhere, without a request", async () => {
    for (const bad of ["/subscriptions/x/../y", `${id}/../other`, "https://evil.example/x", ""])
      expect((await refusal(stub.azure.readTemplate(bad))).code).toBe("InvalidResourceId");
    expect(stub.requests).toEqual([]);
  });

  it("lists all pages of a scope", async () => {
    const list =
      "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.VirtualMachineImages/imageTemplates";
    stub.on(`GET ${list}`, ({ query }) =>
      query.has("$skipToken")
        ? { status: 200, body: { value: [{ ...json, id: `${id}-2` }] } }
        : {
            status: 200,
            body: { value: [json], nextLink: `${stub.endpoint}${list}?api-version=2024-02-01&$skipToken=a%2Bb` },
          },
    );
    const found = await stub.azure.listTemplates("/subscriptions/11111111-1111-1111-1111-111111111111");
    expect(found.map((one) => one.id)).toEqual([json.id, `${id}-2`]);
    expect(stub.requests[1]?.query.get("$skipToken")).toBe("a+b");
  });

  it("does not carry its token to another host", async () => {
    const list =
      "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.VirtualMachineImages/imageTemplates";
    stub.on(`GET ${list}`, {
      status: 200,
      body: { value: [], nextLink: `https://127.0.0.1:${new URL(stub.endpoint).port}/steal` },
    });
    await expect(stub.azure.listTemplates("/subscriptions/11111111-1111-1111-1111-111111111111")).rejects.toThrow(
      "outside Azure Resource Manager",
    );
    expect(stub.requests).toHaveLength(1);
  });
});

describe("creating a template", () => {
  it("sends the body without read-only fields and envelope, and nothing else changed", async () => {
    stub.on(`PUT ${id}`, {
      status: 201,
      body: {},
      headers: { "azure-asyncoperation": `${stub.endpoint}/operations/1` },
    });
    const outcome = await stub.azure.createTemplate(id, {
      $schema: "https://schema",
      apiVersion: "2025-10-01",
      type: "Microsoft.VirtualMachineImages/imageTemplates",
      name: "ubuntu",
      dependsOn: ["x"],
      comments: "why",
      location: "westeurope",
      tags: {},
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: { principalId: "p" } } },
      properties: {
        provisioningState: "Failed",
        lastRunStatus: {},
        exactStagingResourceGroup: "x",
        provisioningError: {},
        source: { type: "PlatformImage", exactVersion: "1" },
        customize: [{ type: "Shell", inline: ["echo"] }],
        somethingNew: 1,
      },
    });
    expect(outcome).toBe("started");
    expect(stub.requests.map((request) => request.method)).toEqual(["PUT"]);
    expect(stub.requests[0]?.query.get("api-version")).toBe("2025-10-01");
    expect(stub.requests[0]?.body).toEqual({
      location: "westeurope",
      tags: {},
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
      properties: {
        source: { type: "PlatformImage" },
        customize: [{ type: "Shell", inline: ["echo"] }],
        somethingNew: 1,
      },
    });
  });

  it("writes with 2024-02-01 where the body names no known version", async () => {
    stub.on(`PUT ${id}`, { status: 200, body: {} });
    await stub.azure.createTemplate(id, { apiVersion: "1999-01-01", location: "westeurope" });
    expect(stub.requests[0]?.query.get("api-version")).toBe("2024-02-01");
  });

  it("answers `exists` to the conflict of a template that stands, and to no other conflict", async () => {
    stub.on(`PUT ${id}`, armError(409, "Conflict", "Update/Upgrade of image templates is currently not supported."));
    expect(await stub.azure.createTemplate(id, {})).toBe("exists");
    stub.on(
      `PUT ${id}`,
      armError(
        409,
        "MissingSubscriptionRegistration",
        "The subscription is not registered to use namespace 'Microsoft.VirtualMachineImages'.",
      ),
    );
    expect(await refusal(stub.azure.createTemplate(id, {}))).toMatchObject({
      code: "MissingSubscriptionRegistration",
      status: 409,
    });
  });

  it("does not repeat a write that failed", async () => {
    stub.on(`PUT ${id}`, armError(500, "InternalServerError", "oops"));
    await expect(stub.azure.createTemplate(id, {})).rejects.toThrow("500 InternalServerError");
    expect(stub.requests).toHaveLength(1);
  });
});

describe("running a template", () => {
  const run = `POST ${id}/run`;

  it("sends one POST and does not poll", async () => {
    const operation = `${stub.endpoint}/subscriptions/s/providers/Microsoft.VirtualMachineImages/locations/we/operations/1?t=1&s=secret`;
    stub.on(run, { status: 202, headers: { location: operation, "azure-asyncoperation": operation } });
    expect(await stub.azure.startRun(id)).toBe("accepted");
    await new Promise((later) => setTimeout(later, 50));
    expect(stub.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([run]);
    expect(stub.requests[0]?.query.get("api-version")).toBe("2024-02-01");
  });

  it.each([409, 405])("answers busy to the run guard with status %d", async (status) => {
    stub.on(
      run,
      armError(
        status,
        "OperationNotAllowed",
        "Operation Microsoft.VirtualMachineImages/imageTemplates/run is not allowed",
      ),
    );
    expect(await stub.azure.startRun(id)).toBe("busy");
  });

  it.each([
    ["500", armError(500, "InternalServerError", "x")],
    [
      "504",
      armError(504, "GatewayTimeout", "The gateway did not receive a response from 'Microsoft.VirtualMachineImages'"),
    ],
    ["503 with Retry-After", armError(503, "ServerBusy", "x", {}, { "retry-after": "1" })],
    ["429", armError(429, "TooManyRequests", "x", {}, { "retry-after": "1" })],
    ["a reset", { raw: (response: import("node:http").ServerResponse) => void response.destroy() }],
  ])("asks once and leaves %s to the caller as a fault", async (_, reply) => {
    stub.on(run, reply);
    const error = await stub.azure.startRun(id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(Refused);
    expect(stub.requests).toHaveLength(1);
  });

  it("refuses where the template is gone", async () => {
    stub.on(run, armError(404, "ResourceNotFound", "The Resource was not found."));
    expect(await refusal(stub.azure.startRun(id))).toMatchObject({ code: "ResourceNotFound", status: 404 });
  });

  it("cancels once, and knows when there is nothing to cancel", async () => {
    stub.on(
      `POST ${id}/cancel`,
      { status: 204 },
      armError(409, "OperationNotAllowed", "not allowed"),
      armError(404, "ResourceNotFound", "gone"),
    );
    expect(await stub.azure.cancelRun(id)).toBe("accepted");
    expect(await stub.azure.cancelRun(id)).toBe("nothingToCancel");
    expect(await stub.azure.cancelRun(id)).toBe("nothingToCancel");
  });

  it("reads the run outputs of all pages", async () => {
    const list = `${id}/runOutputs`;
    stub.on(`GET ${list}`, ({ query }) =>
      query.has("page")
        ? { status: 200, body: { value: [{ name: "b", properties: { artifactUri: "https://x/y.vhd?sig=1" } }] } }
        : {
            status: 200,
            body: {
              value: [{ name: "a", properties: { artifactId: "/v/1.0.0", provisioningState: "Succeeded" } }],
              nextLink: `${stub.endpoint}${list}?api-version=2024-02-01&page=2`,
            },
          },
    );
    expect(await stub.azure.readRunOutputs(id)).toEqual([
      { name: "a", artifactId: "/v/1.0.0", provisioningState: "Succeeded" },
      { name: "b", artifactUri: "https://x/y.vhd?sig=1" },
    ]);
  });
});

describe("deleting a template", () => {
  it("starts without polling", async () => {
    stub.on(`DELETE ${id}`, { status: 202, headers: { location: `${stub.endpoint}/later` } });
    expect(await stub.azure.deleteTemplate(id)).toBe("started");
    expect(stub.requests).toHaveLength(1);
  });

  it.each([{ status: 204 }, armError(404, "ResourceNotFound", "gone")])(
    "answers gone where there is none",
    async (reply) => {
      stub.on(`DELETE ${id}`, reply);
      expect(await stub.azure.deleteTemplate(id)).toBe("gone");
    },
  );

  it("leaves a template that is busy to a later attempt", async () => {
    stub.on(`DELETE ${id}`, armError(409, "OperationNotAllowed", "not allowed in run state: running."));
    const error = await stub.azure.deleteTemplate(id).catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(Refused);
    expect(String(error)).toContain("run state: running");
  });
});
