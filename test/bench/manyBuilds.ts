import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { startWorld, type TestWorld } from "../journeys/world.ts";

/** What watching many builds of one subscription costs. */
export interface ManyBuilds {
  readonly builds: number;
  /** Succeeded, with an image version of their own. */
  readonly right: number;
  /** Requests of the app that were answered 429. */
  readonly throttled: number;
  /** Most requests for lists of templates in any minute, whatever for. */
  readonly listsPerMinute: number;
  /** Seconds from `lastRunStatus.endTime` to the end that the build says. */
  readonly p95: number;
  readonly mean: number;
  /** Most memory that the process with host, app and emulator ever had, in MB. */
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
    // What reaches the disk when is measured elsewhere.
    host: { sync: "NORMAL" },
  });
  try {
    const wishes = await wishesOf(world, count);
    const before = world.record().length;
    await startAll(world, wishes);
    while (await goOn(world)) await world.clock.advance(lookEvery);
    const memory = Math.round(process.resourceUsage().maxRSS / 1024);
    return { ...(await resultOf(world, count, before)), memory };
  } finally {
    await world.stop();
  }
}

/** Bodies whose rights stand: the first build grants them, the others share its identity and gallery. */
async function wishesOf(world: TestWorld, count: number): Promise<readonly unknown[]> {
  const { vmProfile: _, ...properties } = sampleTemplate(world.estate).properties;
  const body = { ...sampleTemplate(world.estate), properties };
  const resourceGroupId = world.estate.imagesGroup;
  const wishOf = (name: string) => ({ template: { resourceGroupId, name, body } });
  const first = await world.call<{ id: string }>("POST", "builds", wishOf("before"));
  await world.built(first.body.id);
  return Array.from({ length: count }, (_, i) => wishOf(`image-${i}`));
}

async function startAll(world: TestWorld, wishes: readonly unknown[]): Promise<void> {
  for (const wish of wishes) {
    const { status } = await world.call("POST", "builds", wish);
    if (status !== 202) throw new Error(`POST builds answered ${status}`);
    await world.clock.advance(startsOver / wishes.length);
  }
}

/** Whether any build goes on. */
async function goOn(world: TestWorld): Promise<boolean> {
  for (const state of ["running", "creating", "waitingForRights", "planning", "queued"])
    if ((await world.call<{ value: unknown[] }>("GET", `builds?state=${state}&limit=1`)).body.value.length > 0)
      return true;
  return false;
}

async function resultOf(world: TestWorld, count: number, before: number): Promise<Omit<ManyBuilds, "memory">> {
  const made = world
    .record()
    .slice(before)
    .filter(({ caller }) => caller === "app");
  const perMinute = new Map<number, number>();
  for (const { at } of made.filter(({ method, url }) => method === "GET" && /\/imageTemplates\?/i.test(url))) {
    const minute = Math.floor(Date.parse(at) / 60_000);
    perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
  }
  const builds = (await allBuilds(world)).filter(({ templateId }) => /\/image-\d+$/.test(templateId));
  const ends = await endTimes(world);
  const delays = builds
    .map(
      ({ templateId, endedAt }) =>
        (Date.parse(endedAt ?? "") - (ends.get(templateId.toLowerCase()) ?? Number.NaN)) / 1000,
    )
    .sort((a, b) => a - b);
  const right = builds.filter(
    ({ state, artifacts }) => state === "succeeded" && artifacts?.[0]?.kind === "imageVersion",
  );
  const versions = new Set(right.map(({ artifacts }) => artifacts?.[0]?.id));
  return {
    builds: count,
    right: versions.size,
    throttled: made.filter(({ status }) => status === 429).length,
    listsPerMinute: Math.max(0, ...perMinute.values()),
    p95: delays[Math.ceil(delays.length * 0.95) - 1] ?? Number.NaN,
    mean: delays.reduce((sum, one) => sum + one, 0) / delays.length,
  };
}

async function allBuilds(world: TestWorld): Promise<readonly Build[]> {
  const builds: Build[] = [];
  for (let path: string | undefined = "builds?limit=200"; path; ) {
    const page: { value: Build[]; nextLink?: string } = (
      await world.call<{ value: Build[]; nextLink?: string }>("GET", path)
    ).body;
    builds.push(...page.value);
    path = page.nextLink && `builds${new URL(page.nextLink).search}`;
  }
  return builds;
}

interface Listed {
  readonly id: string;
  readonly properties: { readonly lastRunStatus?: { readonly endTime?: string } };
}

/** When each template's last run ended (ms), as the service says, by its id in lower case. */
async function endTimes(world: TestWorld): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  const { subscription } = world.estate;
  let path: string | undefined =
    `${subscription}/providers/Microsoft.VirtualMachineImages/imageTemplates?api-version=2024-02-01`;
  while (path) {
    const { value, nextLink } = (await world.arm("GET", path)).body as { value: Listed[]; nextLink?: string };
    for (const { id, properties } of value)
      ends.set(id.toLowerCase(), Date.parse(properties.lastRunStatus?.endTime ?? ""));
    path = nextLink?.slice(nextLink.indexOf("/subscriptions"));
  }
  return ends;
}
