import { BlobServiceClient } from "@azure/storage-blob";
import type { PackerLog } from "../../../../local/azure/imagebuilder/log.ts";
import { type Bench, grant, makeGroup, makeIdentity, startBench } from "../emulator.ts";
import { trust } from "../trust.ts";

let bench: Bench;
let account: string;
let principalId: string;
const runId = "99999999-0000-4000-8000-000000000001";
const templateId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.VirtualMachineImages/imageTemplates/t";
const blobReader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";

beforeEach(async () => {
  bench = await startBench();
  trust(bench.azure.caFile);
  const group = await makeGroup(bench);
  account = `${group}/providers/Microsoft.Storage/storageAccounts/logs123`;
  await bench.owner("PUT", `${account}?api-version=2023-05-01`, { location: "westeurope" });
  ({ principalId } = await makeIdentity(bench, group, "reader"));
  const entries = [{ at: bench.clock.now(), text: "a line" }];
  const log: PackerLog = {
    templateId,
    runId,
    accountName: "logs123",
    packerId: "1-2",
    entries,
    closed: true,
  };
  bench.azure.world.store.put("packerlog", runId, log);
});
afterEach(() => bench.stop());

const path = `/logs123/packerlogs/${runId}/customization.log`;
const token = (audience: string) => ({ authorization: `Bearer ${bench.azure.tokenFor(principalId, audience)}` });
const read = (headers: Record<string, string> = {}, at = path) => bench.as(undefined)("GET", at, undefined, headers);

test("an account says where its blobs are, and nobody reads them without a token", async () => {
  const { body } = await bench.owner("GET", `${account}?api-version=2023-05-01`);
  expect(body.properties.primaryEndpoints.blob).toBe(`${bench.azure.endpoint}/logs123/`);
  const reply = await read();
  expect([reply.status, reply.headers["x-ms-error-code"]]).toEqual([409, "PublicAccessNotPermitted"]);
});

test("a token of Resource Manager, and one without the data action, are refused", async () => {
  const foreign = await read(token("https://management.azure.com"));
  expect([foreign.status, foreign.headers["x-ms-error-code"]]).toEqual([401, "InvalidAuthenticationInfo"]);
  const reply = await read(token("https://storage.azure.com"));
  expect([reply.status, reply.headers["x-ms-error-code"]]).toEqual([403, "AuthorizationPermissionMismatch"]);
});

test("with the data action the log can be listed and read, whole and in part, by the SDK", async () => {
  await grant(bench, account, blobReader, principalId);
  const credential = {
    getToken: async () => ({
      token: bench.azure.tokenFor(principalId, "https://storage.azure.com"),
      expiresOnTimestamp: Date.now() + 60_000,
    }),
  };
  const logs = new BlobServiceClient(`${bench.azure.endpoint}/logs123`, credential).getContainerClient("packerlogs");
  const names: string[] = [];
  for await (const blob of logs.listBlobsFlat({ prefix: runId })) names.push(blob.name);
  expect(names).toEqual([`${runId}/customization.log`]);
  const blob = logs.getBlobClient(names[0] ?? "");
  expect((await blob.downloadToBuffer()).toString()).toBe("[1-2] PACKER OUT a line\n");
  expect((await blob.downloadToBuffer(6, 10)).toString()).toBe("PACKER OUT");
  await expect(blob.download(1_000, 10)).rejects.toMatchObject({ statusCode: 416, code: "InvalidRange" });
  await expect(logs.getBlobClient("none").download()).rejects.toMatchObject({ statusCode: 404, code: "BlobNotFound" });
});

test("a container that does not exist is said to be missing only to who may read it", async () => {
  const other = path.replace("packerlogs", "other");
  expect((await read(token("https://storage.azure.com"), other)).status).toBe(403);
  await grant(bench, account, blobReader, principalId);
  expect((await read(token("https://storage.azure.com"), other)).headers["x-ms-error-code"]).toBe("ContainerNotFound");
});

const contributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const write = (at: string, body: string, headers: Record<string, string>) =>
  bench.as(undefined)("PUT", at, body, headers);

test("containers and block blobs are made with the right to write, keep the case of their names, and are read with the right to read", async () => {
  const { principalId: writer } = await makeIdentity(bench, await makeGroup(bench), "writer");
  const scripts = new BlobServiceClient(`${bench.azure.endpoint}/logs123`, {
    getToken: async () => ({
      token: bench.azure.tokenFor(writer, "https://storage.azure.com"),
      expiresOnTimestamp: Date.now() + 60_000,
    }),
  }).getContainerClient("scripts");
  await expect(scripts.create()).rejects.toMatchObject({ statusCode: 403, code: "AuthorizationPermissionMismatch" });
  await grant(bench, account, contributor, writer);
  await expect(scripts.uploadBlockBlob("a.sh", "x", 1)).rejects.toMatchObject({ code: "ContainerNotFound" });
  await scripts.create();
  await expect(scripts.create()).rejects.toMatchObject({ statusCode: 409, code: "ContainerAlreadyExists" });
  for (const [name, text] of [
    ["smoke/Check.sh", "exit 0 # ä"],
    ["smoke/check.sh", "exit 1"],
  ] as const)
    await scripts.uploadBlockBlob(name, text, Buffer.byteLength(text));
  expect((await scripts.getBlobClient("smoke/Check.sh").downloadToBuffer()).toString()).toBe("exit 0 # ä");
  expect((await scripts.getBlobClient("smoke/check.sh").downloadToBuffer()).toString()).toBe("exit 1");
  const at = "/logs123/scripts/smoke/check.sh";
  expect((await read(token("https://storage.azure.com"), at)).status).toBe(403);
  await grant(bench, account, blobReader, principalId);
  expect((await read(token("https://storage.azure.com"), at)).status).toBe(200);
  const block = { ...token("https://storage.azure.com"), "x-ms-blob-type": "BlockBlob" };
  expect((await write(at, "exit 0", block)).status).toBe(403);
});
