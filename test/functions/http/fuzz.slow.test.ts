import { createSign, generateKeyPairSync } from "node:crypto";
import { Agent, request } from "node:http";
import fc from "fast-check";
import type { OpenApi } from "../../../functions/http/openapi.ts";
import { sampleTemplate } from "../../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "../../journeys/world.ts";
import { type Fuzzed, requestsTo } from "./fuzzed.ts";

/** Requests in all, so many at a time, and how long (ms) one may take before it is called a hang. */
const howMany = 50_000;
const atOnce = 24;
const hangs = 20_000;
const longest = 15 * 60_000;

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = "https://tenant.example/v2.0";
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** Whose build it is, and what it is called: nobody else's answer may hold either. */
const owner = "77777777-7777-7777-7777-777777777777";
const name = "closely-guarded";

let world: TestWorld;
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

beforeAll(async () => {
  const keys = async () => [{ ...publicKey.export({ format: "jwk" }), kid: "k" }];
  // Time stands still here while anybody asks, so that no bucket of ARM's would ever be filled again.
  const plenty = [1e9, 1e9] as const;
  world = await startWorld({
    switches: { readBucket: plenty, writeBucket: plenty, deleteBucket: plenty },
    settings: ({ imagesGroup, networkGroup }) => ({
      GOLDSMITH_AUTH: "entra",
      GOLDSMITH_ROLE_SCOPES: JSON.stringify({
        "Builder.images": [imagesGroup],
        "Builder.network": [networkGroup],
        "Approver.network": [networkGroup],
      }),
    }),
    host: { auth: "entra", entra: { keys, issuers: [issuer], audiences: ["api://goldsmith"] } },
  });
});
afterAll(async () => {
  agent.destroy();
  await world.stop();
  await endStorage();
});

function signedIn(oid: string, ...roles: string[]): Record<string, string> {
  const exp = Math.floor(world.clock.now() / 1_000) + 24 * 3_600;
  const signed = `${text({ alg: "RS256", kid: "k" })}.${text({ iss: issuer, aud: "api://goldsmith", exp, oid, roles })}`;
  const signature = createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url");
  return { authorization: `Bearer ${signed}.${signature}` };
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

const send = ({ method, path, headers, body }: Fuzzed, who: Record<string, string>): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const { port } = world.host;
    const options = { host: "127.0.0.1", port, method, path, headers: { ...headers, ...who }, agent, timeout: hangs };
    const outgoing = request(options, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          text: `${JSON.stringify(incoming.headers)}${Buffer.concat(parts)}`,
        }),
      );
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("hangs")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });

test(
  `${howMany} requests to every route: none hangs, none is answered 5xx, none shows what another caller may not see`,
  async () => {
    const { estate } = world;
    const insider = signedIn(owner, "Builder.images");
    const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
    const asked = await world.call<{ id: string; templateId: string }>("POST", "builds", { template }, insider);
    expect(asked.status).toBe(202);
    const { id, templateId } = asked.body;
    await world.clock.until(async () =>
      /^(succeeded|failed)$/.test(String((await world.call("GET", `builds/${id}`, undefined, insider)).body.state)),
    );
    const audit = await world.call<{ id: string }>("POST", "audits", {}, signedIn(owner, "Reader"));
    await world.clock.until(
      async () =>
        (await world.call("GET", `audits/${audit.body.id}`, undefined, signedIn(owner, "Reader"))).body.state ===
        "done",
    );
    const document = (await world.call<OpenApi>("GET", "openapi.json", undefined, {})).body;

    const known = [id, audit.body.id, templateId, estate.imagesGroup, estate.networkGroup, estate.template];
    const secrets = [name, id, owner];
    const strangers = [
      {},
      signedIn("a-stranger"),
      signedIn("of-the-network", "Builder.network"),
      signedIn("approves-the-network", "Approver.network"),
    ];
    const everybody = [...strangers, signedIn("reads", "Reader"), signedIn("approves", "Approver")];
    const reached = new Map<string, Set<number>>();
    const faults: string[] = [];
    const next = requests(document, known);
    const work = async () => {
      for (let one = next(); one && faults.length < 10; one = next()) {
        const { fuzzed, turn } = one;
        const who = everybody[turn % everybody.length] ?? {};
        try {
          const { status, text: said } = await send(fuzzed, who);
          reached.set(fuzzed.operation, (reached.get(fuzzed.operation) ?? new Set()).add(status));
          if (status >= 500) faults.push(`${status} ${described(fuzzed)} ${said.slice(0, 300)}`);
          const echo = decodeURIComponent(fuzzed.path.replace(/%(?![0-9A-F]{2})|%FF/g, "")) + (fuzzed.body ?? "");
          const leaked =
            strangers.includes(who) && secrets.find((secret) => said.includes(secret) && !echo.includes(secret));
          if (leaked)
            faults.push(`leaks ${leaked} to ${turn % everybody.length}: ${described(fuzzed)} ${said.slice(0, 300)}`);
        } catch (error) {
          faults.push(`${String(error)} ${described(fuzzed)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(faults).toEqual([]);
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
    expect(reached.size).toBe(operations.length);
    const answered = [...reached.values()].flatMap((statuses) => [...statuses]);
    for (const status of [200, 202, 400, 401, 403, 404]) expect(answered).toContain(status);
    expect((await world.call("GET", "health")).status).toBe(200);
  },
  longest,
);

const described = ({ method, path, headers, body }: Fuzzed) =>
  `${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 200)} ${body?.slice(0, 300) ?? ""}`;

/** Hands out requests until there were enough; the same in every run. */
function requests(document: OpenApi, known: readonly string[]) {
  const rows = fc.sample(requestsTo(document, known), { numRuns: howMany, seed: 4711 });
  let turn = 0;
  return () => {
    const fuzzed = rows[turn];
    return fuzzed && { fuzzed, turn: turn++ };
  };
}
