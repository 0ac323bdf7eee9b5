import { sampleTemplate } from "../../local/estate.ts";
import type { BuildView } from "../../local/sample.ts";
import { startWorld, type TestWorld } from "../journeys/world.ts";
import { countRequests, type Requests } from "./requests.ts";
import { mixed, type Watching } from "./watching.ts";

/** What whole builds cost, measured with the app as deployed, its host and the emulated Azure, in stepped time. */
export interface BuildCosts {
  /** Builds with five past ones in their lineage. */
  readonly watched: Watching;
  /** The same builds as others would have watched them. */
  readonly az: Watching;
  readonly action: Watching;
  /** The build before any other of its lineage. */
  readonly first: Watching;
  /** ARM requests of the app besides status reads. */
  readonly requestsFirst: Requests;
  readonly requestsRepeat: Requests;
}

interface Costs extends Watching {
  readonly requests: Requests;
  /** Seconds from the answer 202 to the run's end. */
  readonly lasted: number;
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
    const most = repeats.reduce((a, b) => (b.requests.besides > a.requests.besides ? b : a));
    return {
      watched: mixed(learnt),
      az: mixed(learnt.map(({ lasted }) => every(30, lasted))),
      action: mixed(learnt.map(({ lasted }) => every(15, lasted))),
      first: { reads: first.reads, delay: first.delay },
      requestsFirst: first.requests,
      requestsRepeat: most.requests,
    };
  } finally {
    await world.stop();
  }
}

/** Reading at a fixed pace until a run that lasts so long has ended. */
function every(pace: number, lasted: number): Watching {
  const reads = Math.ceil(lasted / pace);
  return { reads, delay: reads * pace - lasted };
}

function wishOf({ estate }: TestWorld) {
  const [resourceGroupId = "", name = ""] = estate.template.split(
    "/providers/Microsoft.VirtualMachineImages/imageTemplates/",
  );
  return { resourceGroupId, name, body: sampleTemplate(estate) };
}

/** Builds once and counts. */
async function costsOf(world: TestWorld, wish: unknown): Promise<Costs> {
  const before = world.record().length;
  const asked = await world.call<{ id: string }>("POST", "builds", wish);
  if (asked.status !== 202) throw new Error(`POST builds answered ${asked.status}: ${JSON.stringify(asked.body)}`);
  const build = await world.built(asked.body.id);
  if (build.state !== "succeeded") throw new Error(`the build ended ${build.state}: ${JSON.stringify(build.problem)}`);
  const made = world.record().slice(before);
  const requests = countRequests(made);
  const run = made.find(({ method, url }) => method === "POST" && /\/run\?/.test(url));
  const { body } = await world.arm("GET", `${world.estate.template}?api-version=2024-02-01`);
  const ended = Date.parse(
    (body as { properties: { lastRunStatus: { endTime: string } } }).properties.lastRunStatus.endTime,
  );
  return {
    reads: requests.reads,
    delay: (noticedAt(build) - ended) / 1000,
    requests,
    lasted: (ended - Date.parse(run?.at ?? "")) / 1000,
  };
}

/** When the app knew that the run had ended (ms). */
function noticedAt({ timeline }: Pick<BuildView, "timeline">): number {
  const line = timeline.find(({ what, detail }) => what === "readRun" && /^run /.test(detail ?? ""));
  return Date.parse(line?.at ?? "");
}
