import { Command } from "commander";
import { seededRandom } from "../../local/azure/random.ts";
import { measure } from "./parts.ts";
import type { Requests } from "./requests.ts";
import { measureWatching, type Spread, type Watching } from "./watching.ts";

const program = new Command("bench")
  .description(
    "Measures what builds cost, side by side with others' ways of watching them. Nothing is remembered between runs.",
  )
  .option("--json", "end with one line of JSON")
  .option("--builds <count>", "builds at once in one subscription", Number, 1000)
  .option("--measured <count>", "builds of each length, after five past ones", Number, 10)
  .parse();
const { json, builds, measured } = program.opts<{ json?: boolean; builds: number; measured: number }>();

const say = (line: string) => process.stdout.write(`${line}\n`);
const row = (name: string, text: string) => say(`  ${name.padEnd(46)} ${text}`);
const shown = (watching: Watching | undefined) =>
  watching
    ? `${watching.reads.toFixed(1).padStart(6)} reads, end noticed after ${watching.delay.toFixed(1).padStart(4)} s`
    : "not measured";
const figure = (value: number | undefined, digits = 2) =>
  value === undefined ? "not measured" : value.toFixed(digits);

// What the wall tells comes first, one by one; the rest is counted in emulated time, two at a time.
const fullToNormal = await measure("fullToNormal");
const sequential = await measure("sequential");
const added = await measure("addedTime");
const cold = await measure("coldLoad");
const help = await measure("help");
const crowd = measure("many", builds);

for (const spread of ["even", "normal"] as const) sayWatching(spread);

const short = await measure("builds", 15, measured);
const long = await measure("builds", 50, measured);
const half = await measure("builds", 30, 2);
const history = await measure("history");
for (const [minutes, found] of [
  [15, short],
  [50, long],
] as const) {
  say(`The whole app against the emulated Azure, ${measured} builds of ${minutes} minutes after five others`);
  row("Goldsmith", shown(found?.watched));
  row("Goldsmith, a lineage's first build", shown(found?.first));
  row("az image builder run (30 s), the same builds", shown(found?.az));
  row("GitHub Action (15 s), the same builds", shown(found?.action));
  row("Bicep module's wait script (15 s)", shown(found?.action));
}

say("Requests to Azure besides status reads, a build of 30 minutes (by hand with az: 14 and 61 reads)");
sayRequests("first build on a fresh estate", half?.requestsFirst);
sayRequests("repeat with nothing to change", half?.requestsRepeat);

const many = await crowd;
if (many) {
  say(`${many.builds} builds of 30 minutes in one subscription, started over half an hour`);
  row("right", `${many.right}`);
  row("answered 429", `${many.throttled}`);
  row("list requests in any minute", `at most ${many.listsPerMinute}`);
  row("end noticed after", `${many.mean.toFixed(1)} s on average, ${many.p95.toFixed(1)} s at the 95th percentile`);
  row("memory of host, app and emulator", `at most ${many.memory} MB`);
}

say("Time that Goldsmith adds to a build whose rights stand, 20 ms a request to Azure");
row("from the request to run", `${figure(added?.toRun, 0)} ms`);
row("from the read that showed the end to the message", `${figure(added?.toMessage, 0)} ms`);
say("Host and package");
row("longest history, 20 minutes and 16 hours", `${figure(history, 0)} events`);
row("synchronous=FULL against NORMAL", figure(fullToNormal));
row("1,000 activities one by one against the floor", figure(sequential));
row("zip", `${figure(cold?.packageMB)} MB`);
row(
  "entry against its packages, eager and unbundled",
  cold ? `${figure(cold.ratio)} (${cold.entryMs.toFixed(0)} of ${cold.packagesMs.toFixed(0)} ms)` : "not measured",
);
row("goldsmith --help", `${figure(help, 0)} ms`);
const heaviest = cold?.weights.slice(0, 8).map(({ name, kB }) => `${name} ${kB} kB`);
if (heaviest) row("heaviest in the bundle", heaviest.join(", "));

if (json)
  say(
    JSON.stringify({
      reads15: short?.watched.reads,
      reads50: long?.watched.reads,
      detectMs: short && long && Math.round(500 * (short.watched.delay + long.watched.delay)),
      requestsFirst: half?.requestsFirst.besides,
      requestsRepeat: half?.requestsRepeat.besides,
      thousandBuilds: many?.builds,
      thousandRight: many?.right,
      thousandThrottles: many?.throttled,
      thousandListPerMinute: many?.listsPerMinute,
      thousandDetectP95Ms: many && Math.round(1000 * many.p95),
      thousandMemoryMB: many?.memory,
      addedToRunMs: added && Math.round(added.toRun),
      addedToMessageMs: added && Math.round(added.toMessage),
      historyEventsMax: history,
      hostFullToNormal: fullToNormal,
      sequential1000ToFloor: sequential,
      coldLoadRatio: cold?.ratio,
      packageMB: cold?.packageMB,
      helpMs: help && Math.round(help),
    }),
  );
process.exit(0);

function sayWatching(spread: Spread): void {
  const what = spread === "even" ? "anywhere within ± 10 %" : "with a standard deviation of 10 %";
  for (const minutes of [15, 50]) {
    const found = measureWatching(minutes, seededRandom(`bench ${minutes}`), spread);
    const { ours, best, bestForEight, first, az, action } = found;
    say(`Reads alone, builds of ${minutes} minutes that end ${what}`);
    row(
      "Goldsmith, five past builds",
      `${shown(ours)}; ${(ours.reads / best).toFixed(2)} × the best there is (${best.toFixed(1)})`,
    );
    row("best schedule that knows the distribution, 8 s", `${bestForEight.toFixed(1).padStart(6)} reads`);
    row("Goldsmith, first build", shown(first));
    row("az image builder run (30 s)", shown(az));
    row("GitHub Action, Bicep module's script (15 s)", shown(action));
  }
}

function sayRequests(what: string, requests: Requests | undefined): void {
  row(what, requests ? `${requests.besides}` : "not measured");
  for (const line of requests?.lines ?? []) row("", `${String(line.count).padStart(2)} ${line.what}`);
}
