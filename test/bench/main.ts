import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { seededRandom } from "../../local/azure/random.ts";
import { endStorage } from "../journeys/world.ts";
import { longestHistory } from "./history.ts";
import { measureFullToNormal, measureSequential1000ToFloor } from "./host.ts";
import { measureMany } from "./manyBuilds.ts";
import { measureBuilds } from "./oneBuild.ts";
import { measureWatching, type Watching } from "./watching.ts";

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
const shown = ({ reads, delay }: Watching) =>
  `${reads.toFixed(1).padStart(6)} reads, end noticed after ${delay.toFixed(1).padStart(4)} s`;

// The host alone first: the worlds below replace this process's clock.
const fullToNormal = await tried(measureFullToNormal);
const sequential = await tried(measureSequential1000ToFloor);

say("Watching a build of ± 10 %, on average");
for (const minutes of [15, 50]) {
  const { ours, best, first, az, action } = measureWatching(minutes, seededRandom(`bench ${minutes}`));
  say(`  ${minutes} minutes`);
  say(
    `    Goldsmith, five past builds    ${shown(ours)}; ${(ours.reads / best).toFixed(2)} × the best schedule there is (${best.toFixed(1)})`,
  );
  say(`    Goldsmith, first build         ${shown(first)}`);
  say(`    az image builder run (30 s)    ${shown(az)}`);
  say(`    GitHub Action, Bicep (15 s)    ${shown(action)}`);
}

say(`The whole app against the emulated Azure, ${measured} builds each`);
const short = await measureBuilds(15, measured);
const long = await measureBuilds(50, measured);
const half = await measureBuilds(30, 1);
say(`  15 minutes                       ${shown(short.watched)} (first build: ${shown(short.first)})`);
say(`  50 minutes                       ${shown(long.watched)} (first build: ${shown(long.first)})`);
say(
  `  requests besides status reads    ${half.requestsFirst} for a first build of 30 minutes, ${half.requestsRepeat} for a repeat`,
);

const many = await measureMany(builds);
say(`${many.builds} builds of 30 minutes in one subscription, started over half an hour`);
say(
  `  succeeded ${many.succeeded}; answered 429: ${many.throttled}; at most ${many.listsPerMinute} list requests a minute`,
);
say(
  `  end noticed after ${many.mean.toFixed(1)} s on average, ${many.p95.toFixed(1)} s at the 95th percentile; ${many.memory} MB`,
);

const history = await longestHistory();
say(`Longest history of any instance, 20 minutes and 16 hours: ${history} events`);

const packageMB = await packageSize();
say(
  `Host: synchronous=FULL against NORMAL ${shownRatio(fullToNormal)}; 1,000 activities one by one against the floor ${shownRatio(sequential)}`,
);
say(`Package: ${packageMB.toFixed(2)} MB`);

await endStorage();
if (json)
  say(
    JSON.stringify({
      reads15: short.watched.reads,
      reads50: long.watched.reads,
      detectMs: Math.round(500 * (short.watched.delay + long.watched.delay)),
      requestsFirst: half.requestsFirst,
      requestsRepeat: half.requestsRepeat,
      thousandBuilds: many.builds,
      thousandThrottles: many.throttled,
      thousandListPerMinute: many.listsPerMinute,
      thousandDetectP95Ms: Math.round(1000 * many.p95),
      historyEventsMax: history,
      hostFullToNormal: fullToNormal,
      sequential1000ToFloor: sequential,
      packageMB,
    }),
  );
process.exit(0);

/** Size in MB of the zip that is deployed, made for this. */
async function packageSize(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "package-"));
  try {
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "local/package.ts", "--out", directory], {
      stdio: "ignore",
    });
    return statSync(join(directory, "goldsmith.zip")).size / 2 ** 20;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A figure that could not be measured is left out, never guessed. */
async function tried(measure: () => Promise<number>): Promise<number | undefined> {
  return measure().catch((error: unknown) => {
    process.stderr.write(`not measured: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  });
}

function shownRatio(ratio: number | undefined): string {
  return ratio === undefined ? "not measured" : ratio.toFixed(2);
}
