import { connectAzure } from "../../../shared/azure/index.ts";
import { group, principalId } from "./support/ids.ts";
import { type Reply, type Stub, startStub } from "./support/stub.ts";

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

const route = "POST /providers/Microsoft.Authorization/checkAccess";
const read = "Microsoft.Compute/galleries/read";
const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const question = { principalId, scope: group, actions: [read], dataActions: [blobs] };
const decisions = (...all: readonly [string, string][]): Reply => ({
  status: 200,
  body: { value: all.map(([actionId, accessDecision]) => ({ actionId, accessDecision })) },
});

const scopes: unknown[] = [];
const oracle = (there = true) => {
  const place = { armEndpoint: "https://arm.invalid", armScope: "https://management.azure.com/.default" };
  const credential = {
    getToken: async (scope: unknown) => {
      scopes.push(scope);
      return { token: "t", expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  return connectAzure({ ...place, ...(there ? { accessOracle: stub.endpoint } : {}) }, credential);
};

test("the oracle is asked for every right of another principal, with a token of its own", async () => {
  stub.on(route, decisions([read, "Allowed"], [blobs.toUpperCase(), "Allowed"]));
  expect(await oracle().askAccess([question, { ...question, dataActions: [] }])).toEqual({ kind: "allowed" });
  expect(stub.requests).toHaveLength(2);
  expect(stub.requests[0]?.query.get("api-version")).toBe("2021-06-01-preview");
  expect(stub.requests[0]?.body).toEqual({
    Subject: { Attributes: { ObjectId: principalId } },
    Actions: [
      { Id: read, IsDataAction: false, Attributes: {} },
      { Id: blobs, IsDataAction: true, Attributes: {} },
    ],
    Resource: { Id: group },
  });
  expect(new Set(scopes.flat())).toEqual(new Set(["https://authorization.azure.net/.default"]));
});

const silent = { kind: "silent" as const };
test.each([
  ["one right does not work yet", decisions([read, "Allowed"], [blobs, "NotAllowed"]), { kind: "notYet" }],
  ["one right is denied", decisions([read, "Denied"], [blobs, "Allowed"]), { kind: "notYet" }],
  ["it leaves one out", decisions([read, "Allowed"]), { ...silent, why: "it did not decide on every right" }],
  ["it refuses", { status: 403, body: { statusCode: 403, message: "no" } }, { ...silent, why: "it answered 403" }],
  ["it is throttled", { status: 429, body: {} }, { ...silent, why: "it answered 429" }],
  ["it says no JSON", { raw: (response) => response.end("<html>") }, { ...silent, why: "it was not reached" }],
] as readonly (readonly [string, Reply, object])[])("where %s, that is what it says", async (_, reply, answer) => {
  stub.on(route, reply);
  expect(await oracle().askAccess([question])).toEqual(answer);
});

test("a wildcard is not asked for, and where there is no oracle nobody is asked", async () => {
  const wide = { ...question, actions: ["Microsoft.Compute/*"] };
  expect(await oracle().askAccess([wide])).toEqual({ ...silent, why: "it cannot be asked for a wildcard" });
  expect(await oracle(false).askAccess([question])).toEqual({ ...silent, why: "there is none" });
  expect(stub.requests).toEqual([]);
});
