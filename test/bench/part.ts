import { endStorage } from "../journeys/world.ts";
import { measureAddedTime } from "./addedTime.ts";
import { measureColdLoad } from "./coldLoad.ts";
import { measureHelp } from "./help.ts";
import { longestHistory } from "./history.ts";
import { measureFullToNormal, measureSequential1000ToFloor } from "./host.ts";
import { measureMany } from "./manyBuilds.ts";
import { measureBuilds } from "./oneBuild.ts";

/** What is measured in a process of its own: each has a clock, a memory and a storage to itself. */
const parts = {
  fullToNormal: measureFullToNormal,
  sequential: measureSequential1000ToFloor,
  addedTime: measureAddedTime,
  coldLoad: measureColdLoad,
  help: measureHelp,
  history: longestHistory,
  builds: measureBuilds,
  many: measureMany,
} satisfies Record<string, (...given: number[]) => Promise<unknown>>;

export type Parts = typeof parts;

const [name = "", ...given] = process.argv.slice(2);
const part = parts[name as keyof Parts] as ((...given: number[]) => Promise<unknown>) | undefined;
if (!part) throw new Error(`no part of the bench is named ${name}`);
const figures = await part(...given.map(Number));
await endStorage();
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
