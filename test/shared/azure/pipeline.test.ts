import type { ServerResponse } from "node:http";
import { toThrown } from "../../../shared/azure/errors.ts";
import { connectAzure } from "../../../shared/azure/index.ts";
import { equip } from "../../../shared/azure/pipeline.ts";
import type { RequestNote } from "../../../shared/build.ts";
import { assignment, gallery, role, template } from "./support/ids.ts";
import { faultOf, refusal } from "./support/refusal.ts";
import { armError, type Reply, type Stub, startStub, stubToken } from "./support/stub.ts";

const found: Reply = { status: 200, body: { id: template, properties: {} } };
const reset: Reply = { raw: (response: ServerResponse) => void response.destroy() };
const truncated: Reply = {
  raw(response: ServerResponse) {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"id":"');
    setImmediate(() => response.destroy());
  },
};

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

describe("reads", () => {
  it.each([
    ["500", armError(500, "InternalServerError", "x")],
    ["503", armError(503, "ServerBusy", "x")],
    ["a reset", reset],
    ["a truncated answer", truncated],
  ])("are repeated soon after %s", async (_, reply) => {
    stub.on(`GET ${template}`, reply, reply, found);
    expect((await stub.azure.readTemplate(template))?.id).toBe(template);
    expect(stub.requests).toHaveLength(3);
  });

  it("are repeated twice at most", async () => {
    stub.on(`GET ${template}`, armError(502, "BadGateway", "x"));
    expect(await faultOf(stub.azure.readTemplate(template))).toContain("502 BadGateway");
    expect(stub.requests).toHaveLength(3);
  });

  it.each([
    ["429", armError(429, "SubscriptionRequestsThrottled", "x", {}, { "retry-after": "3600" })],
    ["503", armError(503, "ServerBusy", "x", {}, { "retry-after": "3600" })],
  ])("do not sleep through a Retry-After of %s, but name it", async (_, reply) => {
    stub.on(`GET ${template}`, reply);
    const began = performance.now();
    expect(await faultOf(stub.azure.readTemplate(template))).toContain("3600 s");
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(stub.requests).toHaveLength(1);
  });

  it("follow the same rules through the authorization SDK", async () => {
    const id = role("aaaaaaaa-0000-0000-0000-000000000001");
    stub.on(
      `GET ${id}`,
      armError(500, "InternalServerError", "x"),
      reset,
      armError(429, "TooManyRequests", "x", {}, { "retry-after": "60" }),
    );
    expect(await faultOf(stub.azure.readRole(id))).toContain("60 s");
    expect(stub.requests).toHaveLength(3);
  });

  it("end as a fault where the answer is no JSON", async () => {
    stub.on(`GET ${template}`, {
      raw: (response: ServerResponse) => void response.writeHead(200).end("<html>secret</html>"),
    });
    const message = await faultOf(stub.azure.readTemplate(template));
    expect(message).toContain("no JSON");
    expect(message).not.toContain("secret");
  });
});

it("a request without an answer ends as a fault that says so", async () => {
  const core = await import("@azure/core-rest-pipeline");
  const pipeline = core.createPipelineFromOptions({});
  equip(core, pipeline, stub.endpoint);
  stub.on(`GET ${template}`, { raw: () => {} });
  const request = core.createPipelineRequest({ url: `${stub.endpoint}${template}?api-version=1`, timeout: 200 });
  const failure = await pipeline.sendRequest(core.createDefaultHttpClient(), request).catch((error: unknown) => error);
  expect(failure).toMatchObject({ status: 0, code: "Timeout", path: template });
  expect(toThrown(failure).message).toContain("No answer within 0.2 s");
  expect(stub.requests).toHaveLength(1);
});

describe("the trace", () => {
  it("tells every request with status and ids, without query, in order, each attempt by itself", async () => {
    stub.on(`GET ${template}`, armError(500, "InternalServerError", "x"), found);
    const notes: RequestNote[] = [];
    const value = await stub.azure.traced(
      async () => {
        await stub.azure.readTemplate(template);
        return 7;
      },
      (made) => notes.push(...made),
    );
    expect(value).toBe(7);
    const common = {
      method: "GET",
      path: template,
      ms: expect.any(Number),
      requestId: "request-1",
      correlationId: "correlation-1",
    };
    expect(notes).toEqual([
      { ...common, status: 500 },
      { ...common, status: 200 },
    ]);
  });

  it("tells them also when the work throws, and a lost answer as status 0", async () => {
    stub.on(`POST ${template}/run`, reset);
    const notes: RequestNote[] = [];
    await expect(
      stub.azure.traced(
        () => stub.azure.startRun(template),
        (made) => notes.push(...made),
      ),
    ).rejects.toThrow("ECONNRESET");
    expect(notes).toEqual([{ method: "POST", path: `${template}/run`, status: 0, ms: expect.any(Number) }]);
  });

  it("sees the SDKs' requests with single slashes, and keeps parallel traces apart", async () => {
    const name = "33333333-3333-3333-3333-333333333333";
    stub.on(`GET ${template}`, found);
    stub.on(`GET ${assignment(gallery, name)}`, armError(404, "RoleAssignmentNotFound", "x"));
    const left: string[] = [];
    const right: string[] = [];
    await Promise.all([
      stub.azure.traced(
        () => stub.azure.readTemplate(template),
        (made) => left.push(...made.map((note) => note.path)),
      ),
      stub.azure.traced(
        () => stub.azure.readGrant(gallery, name),
        (made) => right.push(...made.map((note) => note.path)),
      ),
    ]);
    expect([left, right]).toEqual([[template], [assignment(gallery, name)]]);
    expect(stub.requests.some((request) => request.path.startsWith("//"))).toBe(false);
  });
});

describe("secrets", () => {
  it("are in no message: neither the token, nor a query, nor an operation's address", async () => {
    const operation =
      "https://management.azure.com/subscriptions/s/providers/x/locations/we/operations/1?t=1&s=SIGNATURE";
    const sas = "https://store.blob.core.windows.net/scripts/a.sh?sv=1&sig=SIGNATURE";
    const text = `Look at ${operation}. Could not read '${sas}' with Bearer ${stubToken}`;
    stub.on(`PUT ${template}`, armError(400, "ValidationFailed", text), armError(500, "InternalServerError", text));
    const problem = JSON.stringify(await refusal(stub.azure.createTemplate(template, {})));
    const message = await faultOf(stub.azure.createTemplate(template, {}));
    for (const shown of [problem, message]) {
      expect(shown).not.toMatch(/SIGNATURE|eyJ|api-version/);
      expect(shown).toContain("https://store.blob.core.windows.net/scripts/a.sh");
    }
  });

  it("are not asked for before the first request, and a failure to get a token is a fault that is tried again", async () => {
    let asked = 0;
    const getToken = async () => {
      asked += 1;
      if (asked === 1) throw new Error(`no token for you: ${stubToken}`);
      return { token: stubToken, expiresOnTimestamp: Date.now() + 3_600_000 };
    };
    const azure = connectAzure({ armEndpoint: stub.endpoint, armScope: "s" }, { getToken });
    expect(asked).toBe(0);
    stub.on(`GET ${template}`, found);
    const message = await faultOf(azure.readTemplate(template));
    expect(message).toContain("no token for you");
    expect(message).not.toContain(stubToken);
    expect((await azure.readTemplate(template))?.exists).toBe(true);
  });
});
