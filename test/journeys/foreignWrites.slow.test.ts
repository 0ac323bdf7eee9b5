import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

const version = "api-version=2024-01-01";
const subnetPath = /\/subnets\/build\?/;

/** One edit of another client that is to land between Goldsmith's read and its write, and whether it is there in the end. */
interface Edit {
  readonly about: string;
  /** The write of Goldsmith's that it comes just before: a pattern of the address. */
  readonly before: string;
  readonly request: object;
  /** Finds the edit in the JSON of `at`. */
  readonly at: string;
  readonly trace: string;
}

function editsOf({ estate }: TestWorld): readonly Edit[] {
  const { subnet, nsg, networkGroup } = estate;
  const table = `${networkGroup}/providers/Microsoft.Network/routeTables/theirs`;
  const vnet = subnet.split("/subnets/")[0] ?? "";
  const before = "/subnets/build\\?";
  const merge = (properties: object) => ({ url: `${subnet}?${version}`, merge: { properties } });
  const rule = (name: string, priority: number, more: object) => ({
    url: `${nsg}/securityRules/${name}?${version}`,
    body: { properties: { ...theirRule, priority, ...more } },
  });
  return [
    { about: "route table", before, request: merge({ routeTable: { id: table } }), at: subnet, trace: table },
    {
      about: "service endpoint",
      before,
      request: merge({ serviceEndpoints: [{ service: "Microsoft.KeyVault" }] }),
      at: subnet,
      trace: "Microsoft.KeyVault",
    },
    {
      about: "tag of the VNet",
      before,
      request: { method: "PATCH", url: `${vnet}?${version}`, body: { tags: { theirs: "yes" } } },
      at: vnet,
      trace: '"theirs":"yes"',
    },
    {
      about: "rule",
      before: "/securityRules/",
      // The priority that Goldsmith is about to take.
      request: rule("theirs", 3999, {}),
      at: nsg,
      trace: `${nsg}/securityRules/theirs`,
    },
    {
      about: "tag of the NSG",
      before: "/securityRules/",
      request: { method: "PATCH", url: `${nsg}?${version}`, body: { tags: { theirs: "too" } } },
      at: nsg,
      trace: '"theirs":"too"',
    },
  ];
}

const theirRule = {
  direction: "Inbound",
  access: "Allow",
  protocol: "Tcp",
  sourceAddressPrefix: "203.0.113.0/24",
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "443",
};

/** Real milliseconds between an answered read of the build subnet and the next write of it, seen by Azure: how long the door stands open. */
function watchWindow() {
  let read: number | undefined;
  const windows: number[] = [];
  const answered = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.method === "GET" && subnetPath.test(request.url ?? "")) read = performance.now();
  };
  const asked = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.method === "PUT" && subnetPath.test(request.url ?? "") && read !== undefined)
      windows.push(performance.now() - read);
  };
  subscribe("http.server.response.finish", answered);
  subscribe("http.server.request.start", asked);
  return () => {
    unsubscribe("http.server.response.finish", answered);
    unsubscribe("http.server.request.start", asked);
    return windows;
  };
}

/** One build of the sample, and a foreign write forced in front of each of Goldsmith's writes until all foreign edits were made. */
async function forced(subnetsHonourIfMatch: boolean) {
  // What others write is done before Goldsmith's write arrives, or the VNet's lock would save it.
  const world = await startWorld({ switches: { networkSeconds: [0, 0], subnetsHonourIfMatch } });
  try {
    const { arm, call, estate, clock } = world;
    const edits = editsOf(world);
    const table = `${estate.networkGroup}/providers/Microsoft.Network/routeTables/theirs`;
    await arm("PUT", `${table}?${version}`, { location: "westeurope", properties: { routes: [] } });
    for (const { before, request } of edits)
      await arm("POST", "/emulator/faults", {
        method: "PUT",
        path: before,
        caller: "app",
        kind: "precededBy",
        request,
      });
    const windows = watchWindow();
    const template = { resourceGroupId: estate.imagesGroup, name: "forced", body: sampleTemplate(estate) };
    const asked = await call<{ id: string }>("POST", "builds", { template });
    const build = await world.built(asked.body.id);
    await clock.advance(60_000);
    const waiting = JSON.stringify((await arm("GET", "/emulator/faults")).body);
    const made = edits.filter(({ request }) => !waiting.includes(JSON.stringify(request).slice(1, -1)));
    const lost: string[] = [];
    for (const { about, at, trace } of made) {
      const text = JSON.stringify((await arm("GET", `${at}?${version}`)).body);
      if (!text.includes(trace)) lost.push(about);
    }
    const ours = world
      .record()
      .filter(({ method, caller, url }) => method === "PUT" && caller === "app" && subnetPath.test(url));
    return {
      end: build.problem ? `${build.state}: ${build.problem.code}` : build.state,
      lost,
      subnetWrites: ours.map(({ status }) => status),
      made: made.map(({ about }) => about),
      windows: windows(),
      subnet: (await arm("GET", `${estate.subnet}?${version}`)).body,
    };
  } finally {
    await world.stop();
  }
}

const milliseconds = (windows: readonly number[]) => windows.map((one) => one.toFixed(1)).join(", ");

test("others write between each read and each write of Goldsmith: with If-Match honoured it reads again, and no edit is lost", async () => {
  const outcome = await forced(true);
  expect(outcome.made).toHaveLength(5);
  expect(outcome.subnetWrites).toEqual([412, 412, 412, 200]);
  expect(outcome.lost).toEqual([]);
  expect(outcome.subnet).toMatchObject({ properties: { privateLinkServiceNetworkPolicies: "Disabled" } });
  expect(outcome.end).toBe("succeeded");
}, 60_000);

test("where Azure ignored If-Match, what fell between one read and one write is lost, and nothing else", async () => {
  const outcome = await forced(false);
  process.stdout.write(
    `If-Match ignored: ${outcome.lost.length} edit lost (${outcome.lost.join(", ")}); ` +
      `between read and write lay ${milliseconds(outcome.windows)} ms of the wall\n`,
  );
  expect(outcome.subnetWrites).toEqual([200]);
  expect(outcome.made).toEqual(["route table", "rule", "tag of the NSG"]);
  expect(outcome.lost).toEqual(["route table"]);
  expect(outcome.subnet).toMatchObject({ properties: { privateLinkServiceNetworkPolicies: "Disabled" } });
  expect(outcome.end).toBe("succeeded");
}, 60_000);
