import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverCertificate } from "../../local/azure/certificate.ts";
import { etagOf } from "../../shared/remoteFile.ts";

let directory: string;
let server: Server;
let ca: string;
let origin: string;
let answer: { readonly status: number; readonly headers?: Record<string, string> };
let seen: IncomingMessage[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "goldsmith-files-"));
  const { key, certificate, caFile } = await serverCertificate(directory);
  ca = readFileSync(caFile, "utf8");
  server = createServer({ key, cert: certificate }, (request, response) => {
    seen.push(request);
    response.writeHead(answer.status, answer.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  origin = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  answer = { status: 200, headers: { etag: '"0x1"' } };
  seen = [];
});

const credential = { getToken: async () => ({ token: "hush", expiresOnTimestamp: Date.now() + 3_600_000 }) };
const look = (uri: string, allowLoopback = true) => etagOf(uri, { credential, allowLoopback, ca });

test("the ETag is asked for without reading the file, and without a token where it is not Azure's blob storage", async () => {
  expect(await look(`${origin}/setup.sh?sig=hush`)).toBe('"0x1"');
  expect(seen.map(({ method, headers }) => [method, headers.authorization])).toEqual([["HEAD", undefined]]);
});

test.each([
  ["is missing", { status: 404 }],
  ["leads elsewhere", { status: 302, headers: { location: "https://169.254.169.254/metadata", etag: '"0x1"' } }],
  ["has no ETag", { status: 200 }],
])("a file that %s tells nothing, and nobody is followed", async (_, said) => {
  answer = said;
  expect(await look(`${origin}/setup.sh`)).toBeUndefined();
  expect(seen).toHaveLength(1);
});

test.each([
  "https://169.254.169.254/metadata/identity",
  "https://10.0.0.4/setup.sh",
  "http://example.com/setup.sh",
  "file:///etc/shadow",
  "https://user:pass@example.com/x",
])("%s is never asked", async (uri) => {
  expect(await look(uri, false)).toBeUndefined();
  expect(seen).toEqual([]);
});

test("this machine is asked in tests only", async () => {
  expect(await look(`${origin}/setup.sh`, false)).toBeUndefined();
  expect(seen).toEqual([]);
});

test("a name that leads to a private address is not entered, whatever it is called", async () => {
  const lookup = (
    _: string,
    __: object,
    done: (error: null, addresses: { address: string; family: number }[]) => void,
  ) => done(null, [{ address: "10.1.2.3", family: 4 }]);
  const uri = "https://stscripts.blob.core.windows.net/scripts/setup.sh";
  expect(await etagOf(uri, { credential, allowLoopback: false, ca, lookup })).toBeUndefined();
});
