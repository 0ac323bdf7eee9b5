import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { type Estate, sampleTemplate } from "../../local/estate.ts";
import type { Owner } from "../../local/owner.ts";
import { eventually } from "../../local/processes.ts";
import type { BuildView } from "../../local/sample.ts";
import { isFinal } from "../../shared/build.ts";
import { type Fleet, raise } from "./fleet.ts";

/** `kill -9` of the host in the middle of a build, as processes of their own and in scaled time: nothing is lost, nothing done twice. */
const told = new Map<string, number>();
let receiver: Server;
let world: Fleet;
let arm: Owner;
let estate: Estate;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const id = String(request.headers["webhook-id"]);
    told.set(id, (told.get(id) ?? 0) + 1);
    request.resume();
    setTimeout(() => response.writeHead(204).end(), 300);
  }).listen(7299, "127.0.0.1");
  process.env.GOLDSMITH_ALLOW_LOOPBACK_TARGETS = "true";
  process.env.GOLDSMITH_TARGETS = JSON.stringify([{ name: "hook", kind: "webhook", secretRef: "HOOK", events: ["*"] }]);
  process.env.GOLDSMITH_APPROVALS = JSON.stringify({ hours: 72 });
  process.env.GOLDSMITH_GATE = "patch";
  process.env.HOOK = JSON.stringify({
    url: "http://127.0.0.1:7299/hook",
    secret: `whsec_${Buffer.from("k".repeat(32)).toString("base64")}`,
  });
  world = await raise(7271, 180);
  ({ arm, estate } = world);
}, 120_000);

afterAll(async () => {
  await world.stop();
  receiver.close();
});

const moments: [moment: string, reached: (build: BuildView) => boolean][] = [
  ["granting", ({ timeline }) => timeline.some(({ detail }) => detail?.startsWith("made: role"))],
  ["creating", ({ state }) => state === "creating"],
  // Not in one stage of it: a lineage with a past is read so seldom that a stage may pass unseen.
  ["running", ({ timeline }) => timeline.some(({ detail }) => detail?.startsWith("run accepted"))],
  ["notifying", ({ state }) => isFinal(state)],
];

test.each(moments)(
  "killed in the middle of %s, the build finishes with one run and one grant each",
  async (moment, reached) => {
    const template = await write(moment);
    const id = await eventually("the build", () => buildOf(template), 60_000);
    await eventually(moment, async () => (reached(await read(id)) ? true : undefined), 120_000);
    process.kill(world.host.pid() ?? 0, "SIGKILL");
    const build = await eventually("the end", async () => finished(await read(id)), 120_000).catch(() =>
      unfinished(id),
    );
    expect(build.state).toBe("succeeded");
    expect(acceptedRuns(template)).toBe(1);
    expect(doubledGrants()).toEqual([]);
    for (const { event } of build.deliveries)
      expect(told.get(`${id}-${event.split(".").at(-2)}`)).toBeGreaterThanOrEqual(1);
  },
  300_000,
);

test("killed while it waits for an approver, and again once he has agreed, the build ends as it was built", async () => {
  const at = await bodyOf("approved");
  const [, resourceGroupId = ""] = /^(.*)\/providers\//.exec(at.template) ?? [];
  const wish = { template: { resourceGroupId, name: "approved", body: at.body }, approval: true };
  const { id } = (await call("builds", wish)) as { id: string };
  const waits = async () => ((await read(id)).state === "awaitingApproval" ? true : undefined);
  await eventually("the wait", waits, 180_000);
  process.kill(world.host.pid() ?? 0, "SIGKILL");
  const { master } = JSON.parse(readFileSync(join(world.directory, "keys.json"), "utf8")) as { master: string };
  await eventually(
    "the decision",
    () => call(`builds/${id}/approvals`, { decision: "approve" }, master).catch(() => undefined),
    60_000,
  );
  process.kill(world.host.pid() ?? 0, "SIGKILL");
  const build = await eventually("the end", async () => finished(await read(id)), 180_000).catch(() => unfinished(id));
  expect(build).toMatchObject({ state: "succeeded", approval: { decision: { kind: "approved" } } });
  expect(acceptedRuns(at.template)).toBe(1);
  const version = await arm("GET", `${build.artifacts?.[0]?.id}?api-version=2023-07-03`);
  expect(version.body).toMatchObject({ properties: { publishingProfile: { excludeFromLatest: false } } });
}, 300_000);

/** A template of its own, with an identity of its own that may do nothing yet. */
async function write(name: string): Promise<string> {
  const { template, body } = await bodyOf(name);
  const written = await arm("PUT", `${template}?api-version=2024-02-01`, body);
  expect(written.status).toBe(201);
  return template;
}

async function bodyOf(name: string) {
  const identity = estate.identity.replace(/[^/]+$/, `id-${name}`);
  await arm("PUT", `${identity}?api-version=2023-01-31`, { location: "westeurope" });
  const { properties, ...rest } = sampleTemplate({ ...estate, identity });
  const { vnetConfig: _, ...vmProfile } = properties.vmProfile;
  return {
    template: estate.template.replace(/[^/]+$/, name),
    body: { ...rest, properties: { ...properties, vmProfile } },
  };
}

/** What there is to see of a build that did not end, for whoever has to find out why. */
async function unfinished(id: string): Promise<never> {
  const { state, deliveries, timeline } = await read(id);
  const log = readFileSync(join(world.directory, "logs", "host.log"), "utf8")
    .split("\n")
    .slice(-25);
  throw new Error(JSON.stringify({ state, deliveries, timeline: timeline.slice(-8), log }, null, 2));
}

async function call(path: string, body?: object, key = world.functionKey): Promise<unknown> {
  const answer = await fetch(`${world.appUrl}/api/${path}`, {
    headers: { "x-functions-key": key },
    ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const read = async (id: string) => (await call(`builds/${id}`)) as BuildView;

async function buildOf(template: string): Promise<string | undefined> {
  const page = (await call(`builds?templateId=${encodeURIComponent(template)}`)) as { value: { id: string }[] };
  return page.value[0]?.id;
}

const finished = (build: BuildView) =>
  isFinal(build.state) && build.deliveries.length >= 2 && build.deliveries.every(({ state }) => state === "delivered")
    ? build
    : undefined;

const exchanges = () =>
  readFileSync(world.record, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { method: string; url: string; status: number; requestBody?: unknown });

const acceptedRuns = (template: string) =>
  exchanges().filter(
    ({ method, url, status }) =>
      method === "POST" && status === 202 && url.toLowerCase().includes(`${template.toLowerCase()}/run?`),
  ).length;

/** Assignments that were made under two names for the same principal, role and scope. */
function doubledGrants(): string[] {
  const names = new Map<string, Set<string>>();
  for (const { method, url, status, requestBody } of exchanges()) {
    if (method !== "PUT" || status >= 300 || !/roleAssignments/i.test(url)) continue;
    const { properties } = (typeof requestBody === "string" ? JSON.parse(requestBody) : requestBody) as {
      properties: { principalId: string; roleDefinitionId: string };
    };
    const [scope = "", name = ""] = (url.split("?")[0] ?? "")
      .toLowerCase()
      .split("/providers/microsoft.authorization/roleassignments/");
    const tuple = `${scope}|${properties.principalId}|${properties.roleDefinitionId}`.toLowerCase();
    names.set(tuple, (names.get(tuple) ?? new Set()).add(name));
  }
  return [...names].filter(([, all]) => all.size > 1).map(([tuple]) => tuple);
}
