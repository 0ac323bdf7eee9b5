import { sampleTemplate } from "../../local/estate.ts";
import type { BuildView } from "../../local/sample.ts";
import { type Exchange, startWorld, type TestWorld } from "../journeys/world.ts";
import type { Watching } from "./watching.ts";

/** What whole builds cost, measured with the app as deployed, its host and the emulated Azure, in stepped time. */
export interface BuildCosts {
  /** Builds with five past ones in their lineage. */
  readonly watched: Watching;
  /** The build before any other of its lineage. */
  readonly first: Watching;
  /** ARM requests of the app besides status reads. */
  readonly requestsFirst: number;
  readonly requestsRepeat: number;
}

interface Costs extends Watching {
  readonly requests: number;
}

const pastBuilds = 5;

/** Builds of `minutes` ± 10 %, events off: one on a fresh estate, then repeats; the repeats after the fifth are measured. */
export async function measureBuilds(minutes: number, measured: number): Promise<BuildCosts> {
  const seconds = minutes * 60;
  const world = await startWorld({
    switches: { eventLoss: 1, buildSeconds: [seconds * 0.9, seconds * 1.1], grantEffectiveSeconds: [30, 30] },
  });
  try {
    const first = await costsOf(world, { template: wishOf(world) });
    const templateId = world.estate.template;
    const repeats: Costs[] = [];
    for (let build = 1; build < pastBuilds + measured; build++) repeats.push(await costsOf(world, { templateId }));
    const learnt = repeats.slice(pastBuilds - 1);
    return {
      watched: { reads: mean(learnt, "reads"), delay: mean(learnt, "delay") },
      first,
      requestsFirst: first.requests,
      requestsRepeat: Math.max(...repeats.map(({ requests }) => requests)),
    };
  } finally {
    await world.stop();
  }
}

const mean = (all: readonly Costs[], key: "reads" | "delay") =>
  all.reduce((sum, one) => sum + one[key], 0) / all.length;

function wishOf({ estate }: TestWorld) {
  const [resourceGroupId = "", name = ""] = estate.template.split(
    "/providers/Microsoft.VirtualMachineImages/imageTemplates/",
  );
  return { resourceGroupId, name, body: sampleTemplate(estate) };
}

/** Builds once and counts. Lists of all templates are the reconciling timer's, whoever builds. */
async function costsOf(world: TestWorld, wish: unknown): Promise<Costs> {
  const before = world.record().length;
  const asked = await world.call<{ id: string }>("POST", "builds", wish);
  if (asked.status !== 202) throw new Error(`POST builds answered ${asked.status}: ${JSON.stringify(asked.body)}`);
  const build = await world.built(asked.body.id);
  if (build.state !== "succeeded") throw new Error(`the build ended ${build.state}: ${JSON.stringify(build.problem)}`);
  const made = world
    .record()
    .slice(before)
    .filter(({ caller, url }) => caller === "app" && !/\/imageTemplates\?/i.test(url));
  const reads = statusReads(made);
  const { body } = await world.arm("GET", `${world.estate.template}?api-version=2024-02-01`);
  const ended = (body as { properties: { lastRunStatus: { endTime: string } } }).properties.lastRunStatus.endTime;
  return { reads, delay: (noticedAt(build) - Date.parse(ended)) / 1000, requests: made.length - reads };
}

function statusReads(made: readonly Exchange[]): number {
  const run = made.findIndex(({ method, url }) => method === "POST" && /\/run\?/.test(url));
  return made.slice(run + 1).filter(({ method, url }) => method === "GET" && /\/imageTemplates\/[^/?]+\?/i.test(url))
    .length;
}

/** When the app knew that the run had ended (ms). */
export function noticedAt({ timeline }: Pick<BuildView, "timeline">): number {
  const line = timeline.find(({ what, detail }) => what === "readRun" && /^run /.test(detail ?? ""));
  return Date.parse(line?.at ?? "");
}
