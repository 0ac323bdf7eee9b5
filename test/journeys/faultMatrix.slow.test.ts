import { sampleTemplate } from "../../local/estate.ts";
import { type Exchange, endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

const minute = 60_000;

/** Everything that may go wrong with one request, as the emulator's faults say it. */
const kinds = {
  "429 that names a time": {
    kind: "status",
    status: 429,
    code: "SubscriptionRequestsThrottled",
    headers: { "retry-after": "7" },
  },
  "429 that names none": { kind: "status", status: 429, code: "TooManyRequests" },
  "500": { kind: "status", status: 500 },
  "503": { kind: "status", status: 503, code: "ServiceUnavailable" },
  "503 that names a time": { kind: "status", status: 503, code: "ServiceUnavailable", headers: { "retry-after": "9" } },
  "504 although accepted": { kind: "acceptedThenStatus", status: 504, code: "GatewayTimeout" },
  "a connection cut before the work": { kind: "reset" },
  "a connection cut after the work": { kind: "acceptedThenReset" },
  "a body that ends in the middle": { kind: "truncated" },
  "an answer that comes late": { kind: "latency", milliseconds: 300 },
} as const;

/** What a build asks for, each once: method and path, the query left out. */
let requests: readonly { readonly method: string; readonly path: string }[] = [];

async function withWorld<T>(work: (world: TestWorld) => Promise<T>): Promise<T> {
  const world = await startWorld({ switches: { eventLoss: 1, grantEffectiveSeconds: [30, 30] } });
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}

async function firstBuild(world: TestWorld) {
  const [resourceGroupId, name] = world.estate.template.split(
    "/providers/Microsoft.VirtualMachineImages/imageTemplates/",
  );
  const template = { resourceGroupId, name, body: sampleTemplate(world.estate) };
  return world.built((await world.call<{ id: string }>("POST", "builds", { template })).body.id);
}

/** Ids that the emulator draws anew differ from world to world: they are matched by their place. */
function requestOf({ method, url }: Exchange) {
  const path = new URL(url).pathname;
  const pattern = path
    .split("/")
    .map((part) => (/^IT_|container-[0-9a-f]+$/i.test(part) ? "[^/]+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("/");
  return { method, path: `^${pattern}\\?` };
}

beforeAll(async () => {
  await withWorld(async (world) => {
    const before = world.record().length;
    expect((await firstBuild(world)).state).toBe("succeeded");
    const made = world
      .record()
      .slice(before)
      .filter(({ caller }) => caller === "app")
      .map(requestOf);
    requests = [...new Map(made.map((one) => [`${one.method} ${one.path}`, one])).values()];
  });
  expect(requests.length).toBeGreaterThan(25);
}, 5 * minute);

test.each(Object.entries(kinds))(
  "a build that meets, with each of its requests once, %s, succeeds with one run and one grant of each right",
  async (_, fault) => {
    await withWorld(async (world) => {
      for (const request of requests) await addFault(world, { ...request, ...fault, caller: "app" });
      const build = await firstBuild(world);
      expect(build.problem).toBeUndefined();
      expect(build.state).toBe("succeeded");
      expect(await left(world)).toEqual({ versions: 1, grants: 3, faults: [] });
      expect(build.logTail?.length ?? 0).toBeGreaterThan(0);
    });
  },
  5 * minute,
);

async function addFault({ arm }: TestWorld, fault: object): Promise<void> {
  expect((await arm("POST", "/emulator/faults", fault)).status).toBe(201);
}

/** What stands in the end, and which faults never happened. */
async function left({ arm, estate }: TestWorld) {
  const count = async (path: string) => ((await arm("GET", path)).body as { value: unknown[] }).value.length;
  const identity = (await arm("GET", `${estate.identity}?api-version=2023-01-31`)).body as {
    properties: { principalId: string };
  };
  const filter = encodeURIComponent(`principalId eq '${identity.properties.principalId}'`);
  const assignments = (
    (
      await arm(
        "GET",
        `${estate.subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${filter}`,
      )
    ).body as { value: { properties: { scope: string } }[] }
  ).value;
  const waiting = (await arm("GET", "/emulator/faults")).body as { path?: string }[];
  return {
    versions: await count(`${estate.definition}/versions?api-version=2023-07-03`),
    // The service gives the identity its own right on the staging group.
    grants: assignments.filter(({ properties }) => !/\/IT_/i.test(properties.scope)).length,
    // A container that could not be asked for is not asked for its log: that then comes from the staging account.
    faults: waiting.flatMap(({ path }) => (path?.endsWith("/logs\\?") ? [] : path)),
  };
}
