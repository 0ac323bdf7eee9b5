import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { eventLoss: 1, buildSeconds: [880, 920] } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

interface View {
  readonly state: string;
  readonly stage?: string;
  readonly progress?: { readonly percent: number; readonly expectedEnd?: string; readonly basedOn: number };
  readonly logTail?: string;
}

const wish = () => {
  const { vmProfile: _, ...properties } = sampleTemplate(world.estate).properties;
  const customize = [
    { type: "Shell", name: "secrets", inline: ["echo password=hunter2", "echo all is well"] },
    ...properties.customize,
  ];
  const body = { ...sampleTemplate(world.estate), properties: { ...properties, customize } };
  return { template: { resourceGroupId: world.estate.imagesGroup, name: "watched", body } };
};
const started = async (body: unknown) => (await world.call<{ id: string }>("POST", "builds", body)).body.id;
const view = async (id: string) => (await world.call<View>("GET", `builds/${id}`)).body;
const until = (id: string, stage: string) =>
  world.clock.until(async () => {
    const build = await view(id);
    return (
      build.stage === stage ||
      !["queued", "planning", "granting", "waitingForRights", "preparing", "creating", "running"].includes(build.state)
    );
  });
const text = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${world.host.url}/api/${path}`, {
    headers: { "x-functions-key": "f".repeat(40), ...headers },
  });
  return { status: answer.status, text: await answer.text() };
};

test("while a build runs it tells its stage, its progress and its log, without the secrets; its events can be resumed", async () => {
  const id = await started(wish());
  await until(id, "Distributing");
  expect((await view(id)).progress).toEqual({ percent: 70, basedOn: 0 });
  const log = await text(`builds/${id}/log`);
  expect(log.status).toBe(200);
  expect(log.text).toContain("all is well");
  expect(log.text).not.toContain("hunter2");
  const first = await text(`builds/${id}/events?wait=0`);
  const known = [...first.text.matchAll(/^id: (\d+)$/gm)].length;
  expect(first.text).toContain("event: timeline");
  expect((await text(`builds/${id}/events?wait=0`, { "last-event-id": String(known) })).text).not.toContain("event:");
  const build = await world.built(id);
  expect(build.state).toBe("succeeded");
  const rest = await text(`builds/${id}/events?wait=0`, { "last-event-id": String(known) });
  expect(rest.text).toMatch(/event: ended\ndata: .*"state":"succeeded"/);
  const all = known + [...rest.text.matchAll(/^id: (\d+)$/gm)].length;
  expect((await text(`builds/${id}/events?wait=0`, { "last-event-id": String(all) })).status).toBe(204);
  expect((await text(`builds/${id}/log?tail=2`)).text.split("\n")).toHaveLength(2);
  expect(world.warnings).toEqual([]);
}, 120_000);

test("a later build of the lineage knows when to expect its end", async () => {
  const id = await started({
    templateId: `${world.estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/watched`,
  });
  await until(id, "Customizing");
  const { progress } = await view(id);
  expect(progress?.basedOn).toBe(1);
  expect(Date.parse(progress?.expectedEnd ?? "")).toBeGreaterThan(world.clock.now());
  expect((await world.call("POST", `builds/${id}/retry`)).status).toBe(409);
  expect((await world.call("POST", `builds/${id}/cancel`)).status).toBe(202);
  const build = await world.built(id);
  expect(build.state).toBe("cancelled");
  const [once, twice] = [
    await world.call<{ id: string }>("POST", `builds/${id}/retry`),
    await world.call<{ id: string }>("POST", `builds/${id}/retry`),
  ];
  expect(once.status).toBe(202);
  expect(twice.body.id).toBe(once.body.id);
  expect((await world.built(once.body.id)).state).toBe("succeeded");
}, 120_000);

test("when nothing is built, nobody watches", async () => {
  await world.clock.advance(60_000);
  const url = `${world.host.url}/runtime/webhooks/durabletask/instances?top=1000&code=${"d".repeat(40)}`;
  const instances = (await (await fetch(url)).json()) as readonly { name: string; runtimeStatus: string }[];
  const watchers = instances.filter(({ name }) => name === "watchSubscription");
  expect(watchers.length).toBeGreaterThan(0);
  expect(watchers.filter(({ runtimeStatus }) => runtimeStatus !== "Completed")).toEqual([]);
});
