import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { estateOf, sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { goldsmith, startGoldsmith } from "./goldsmith.ts";
import { folder } from "./place.ts";

/** What the command fills in. */
const open = "$\u007bsubscription}";

/** The sample without a network, its subscription left open. */
function openTemplate(here: string, name: string): string {
  const sample = sampleTemplate(estateOf(open));
  const { vnetConfig: _, ...vmProfile } = sample.properties.vmProfile;
  const body = { ...sample, properties: { ...sample.properties, vmProfile } };
  const file = join(here, `${name}.json`);
  writeFileSync(file, JSON.stringify({ resourceGroupId: estateOf(open).imagesGroup, name, body }));
  return file;
}
const seen = async (text: () => string, word: string) => {
  const end = performance.now() + 40_000;
  while (!text().includes(word)) {
    if (performance.now() > end) throw new Error(`${word} never came:\n${text()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test("killed in the middle of a build, the next call goes on with that very build", async () => {
  const here = folder();
  const file = openTemplate(here, "killed");
  const embedded = ["--emulator", "--data", join(here, "data"), "--progress", "lines"];
  const killed = startGoldsmith(["build", file, ...embedded, "--speed", "60"]);
  await seen(killed.err, "Building");
  killed.child.kill("SIGKILL");
  await killed.ended;
  const { exit, out, err } = await goldsmith(["build", file, ...embedded, "--speed", "240", "-o", "json"]);
  expect([exit, err.split("\n")[0]]).toEqual([0, killed.err().split("\n")[0]]);
  const build = JSON.parse(out) as Build & { timeline: { detail?: string }[] };
  expect(build.state).toBe("succeeded");
  expect(build.timeline.filter(({ detail }) => detail === "run accepted")).toHaveLength(1);
  const listed = await goldsmith(["list", "-o", "json", ...embedded]);
  expect((JSON.parse(listed.out) as { value: Build[] }).value).toHaveLength(1);
}, 120_000);

test("a second command on the same data uses the Goldsmith of the first", async () => {
  const here = folder();
  const embedded = ["--emulator", "--data", join(here, "data"), "--progress", "lines", "--speed", "120"];
  const first = startGoldsmith(["build", openTemplate(here, "shared"), ...embedded]);
  await seen(first.err, "Building");
  const id = /^Build (\S+)/.exec(first.err())?.[1] ?? "";
  const { exit } = await goldsmith(["cancel", id, "--no-wait", ...embedded]);
  expect(exit).toBe(0);
  expect((await first.ended).exit).toBe(1);
}, 120_000);
