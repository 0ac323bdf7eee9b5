import { sampleTemplate } from "../../local/estate.ts";
import { isFinal } from "../../shared/build.ts";
import { startWorld, type TestWorld } from "../journeys/world.ts";
import { noticedAt } from "./oneBuild.ts";

/** What watching many builds of one subscription costs. */
export interface ManyBuilds {
  readonly builds: number;
  readonly succeeded: number;
  /** Requests of the app that were answered 429. */
  readonly throttled: number;
  /** Most requests for lists of templates in any minute. */
  readonly listsPerMinute: number;
  /** Seconds from `lastRunStatus.endTime` to our knowing of it. */
  readonly p95: number;
  readonly mean: number;
  /** Memory of the process with host, app and emulator, in MB. */
  readonly memory: number;
}

const minutes = 30;
const startsOver = 30 * 60_000;
/** Between two questions whether builds still go on. */
const lookEvery = 60_000;

/** `count` builds of half an hour in one subscription, started over half an hour, under ARM's real buckets, pages of 100. */
export async function measureMany(count: number): Promise<ManyBuilds> {
  const world = await startWorld({
    switches: {
      eventLoss: 1,
      buildSeconds: [minutes * 54, minutes * 66],
      grantEffectiveSeconds: [1, 1],
      containerCores: 4 * count + 100,
      pageSize: 100,
    },
  });
  try {
    const wishes = await wishesOf(world, count);
    const before = world.record().length;
    const ids = await startAll(world, wishes);
    while ((await active(world)) > 0) await world.clock.advance(lookEvery);
    // Before the record is read: it is the benchmark's own.
    const memory = Math.round(process.resourceUsage().maxRSS / 1024);
    return { ...(await resultOf(world, ids, before)), memory };
  } finally {
    await world.stop();
  }
}

/** Bodies whose rights stand: the first build grants them, the others share its identity and gallery. */
async function wishesOf(world: TestWorld, count: number): Promise<readonly unknown[]> {
  const { vmProfile: _, ...properties } = sampleTemplate(world.estate).properties;
  const body = { ...sampleTemplate(world.estate), properties };
  const resourceGroupId = world.estate.imagesGroup;
  const wishes = Array.from({ length: count + 1 }, (_, i) => ({
    template: { resourceGroupId, name: `image-${i}`, body },
  }));
  const first = await world.call<{ id: string }>("POST", "builds", wishes[count]);
  await world.built(first.body.id);
  return wishes.slice(0, count);
}

async function startAll(world: TestWorld, wishes: readonly unknown[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const wish of wishes) {
    const { status, body } = await world.call<{ id: string }>("POST", "builds", wish);
    if (status !== 202) throw new Error(`POST builds answered ${status}`);
    ids.push(body.id);
    await world.clock.advance(startsOver / wishes.length);
  }
  return ids;
}

/** How many builds go on: looked for among the oldest states that a page shows, not one by one. */
async function active(world: TestWorld): Promise<number> {
  const pages = await Promise.all(
    ["running", "queued", "planning", "creating", "waitingForRights"].map((state) =>
      world.call<{ value: unknown[] }>("GET", `builds?state=${state}&limit=1`),
    ),
  );
  return pages.reduce((sum, { body }) => sum + body.value.length, 0);
}

async function resultOf(world: TestWorld, ids: readonly string[], before: number): Promise<Omit<ManyBuilds, "memory">> {
  const made = world
    .record()
    .slice(before)
    .filter(({ caller }) => caller === "app");
  const lists = made.filter(({ method, url }) => method === "GET" && /\/imageTemplates\?/i.test(url));
  const perMinute = new Map<number, number>();
  for (const { at } of lists as readonly { readonly at?: string }[]) {
    const minute = Math.floor(Date.parse(at ?? "") / 60_000);
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
  }
  const delays: number[] = [];
  let succeeded = 0;
  for (const id of ids) {
    const { body } = await world.call<Parameters<typeof noticedAt>[0] & { state: string; templateId: string }>(
      "GET",
      `builds/${id}`,
    );
    if (isFinal(body.state as never) && body.state === "succeeded") succeeded++;
    const template = await world.arm("GET", `${body.templateId}?api-version=2024-02-01`);
    const ended = (template.body as { properties: { lastRunStatus: { endTime: string } } }).properties.lastRunStatus;
    delays.push((noticedAt(body) - Date.parse(ended.endTime)) / 1000);
  }
  delays.sort((a, b) => a - b);
  return {
    builds: ids.length,
    succeeded,
    throttled: made.filter(({ status }) => status === 429).length,
    listsPerMinute: Math.max(0, ...perMinute.values()),
    p95: delays[Math.ceil(delays.length * 0.95) - 1] ?? Number.NaN,
    mean: delays.reduce((sum, one) => sum + one, 0) / delays.length,
  };
}
