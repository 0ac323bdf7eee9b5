import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pauseClock, sharedClock } from "../../local/clock.ts";
import { evidenceSchema } from "../../shared/config/evidence.ts";
import { type EvidenceDocument, questions } from "../../shared/decide/permissions/measured.ts";
import { type Bench, startBench } from "../local/azure/emulator.ts";
import { type Running, startGoldsmith } from "./goldsmith.ts";
import { folder } from "./place.ts";

/**
 * The bundled command, past its guards, as the owner of an emulated subscription (an `az` hands out the owner's token) whose
 * time runs 400 times as fast as the wall, for both of them.
 */
const speed = 400;
let bench: Bench;
let here: string;
let renewing: NodeJS.Timeout;

beforeEach(async () => {
  here = folder();
  mkdirSync(join(here, "bin"));
  bench = await startBench({ clock: sharedClock(here, speed) });
  const renew = () => {
    const accessToken = bench.azure.tokenFor(bench.azure.settings.owner.principalId);
    const expires_on = Math.floor(sharedClock(here, speed).now() / 1000) + 3000;
    writeFileSync(join(here, "token"), JSON.stringify({ accessToken, expires_on, tokenType: "Bearer" }));
  };
  renew();
  renewing = setInterval(renew, 1000);
  writeFileSync(join(here, "bin", "az"), `#!/bin/sh\ncat ${join(here, "token")}\n`, { mode: 0o755 });
});
afterEach(async () => {
  clearInterval(renewing);
  await bench.stop();
  pauseClock(here);
  rmSync(here, { recursive: true });
});

const evidence = () => join(here, "evidence.json");
const kept = () => evidenceSchema.parse(JSON.parse(readFileSync(evidence(), "utf8")));

function calibrate(...more: string[]): Running {
  const { settings, caFile, endpoint } = bench.azure;
  return startGoldsmith(
    ["calibrate", "--live", "--subscription", settings.subscriptionId, "--evidence", evidence(), ...more],
    {
      PATH: `${join(here, "bin")}:${process.env.PATH}`,
      AZURE_TOKEN_CREDENTIALS: "AzureCliCredential",
      GOLDSMITH_ARM_ENDPOINT: endpoint,
      NODE_EXTRA_CA_CERTS: caFile,
      NODE_OPTIONS: `--import ${pathToFileURL(`${process.cwd()}/test/cli/sharedTime.ts`)}`,
      SHARED_TIME: here,
    },
  );
}

/** Everything that a sandbox could leave behind. */
async function left() {
  const state = (await bench.owner("GET", "/emulator/state")).body as Record<string, Record<string, unknown>>;
  return ["resource", "roleDefinition", "roleAssignment"].map((kind) => Object.keys(state[kind] ?? {}).sort());
}

async function told(running: Running, what: RegExp): Promise<void> {
  const end = performance.now() + 60_000;
  while (!what.test(running.err())) {
    if (performance.now() > end || running.isOver()) throw new Error(`${what} never came:\n${running.err()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("asks a sandbox everything, prints what it found, keeps it in the file and leaves nothing", async () => {
  const before = await left();
  const { exit, out, err } = await calibrate("-o", "json").ended;
  expect([exit, err.split("\n").filter((line) => line.startsWith("could not"))]).toEqual([0, []]);
  const document = JSON.parse(out) as EvidenceDocument;
  expect(kept()).toEqual(document);
  const asked = document.measurements.map(({ question }) => question as string);
  expect(Object.keys(questions).filter((question) => !asked.includes(question))).toEqual([]);
  expect(document.measurements.filter(({ answer }) => answer === null)).toEqual([]);
  expect(await left()).toEqual(before);
}, 120_000);

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s breaks it off: what was found is kept, what was made is removed, exit 130",
  async (signal) => {
    const before = await left();
    const running = calibrate();
    await told(running, /an assignment's name\? 4\d\d$/m);
    expect(await left()).not.toEqual(before);
    running.child.kill(signal);
    const { exit, out, err } = await running.ended;
    expect([exit, out]).toEqual([130, ""]);
    expect(err).toContain(`What was found until then is in ${evidence()}`);
    expect(err).not.toContain("could not");
    const answered = kept().measurements.map(({ question }) => question);
    expect(answered).toEqual(expect.arrayContaining(["subnetsHonourIfMatch", "assignmentUpdateStatus"]));
    expect(answered).not.toContain("rightsCheckedAtSubmission");
    expect(await left()).toEqual(before);
  },
  120_000,
);

test("in the middle of builds, too; a second one leaves what was made, and says where that is", async () => {
  const running = calibrate("--resource-group", "rg-broken-off");
  await told(running, /^a template with every right: taken$/m);
  running.child.kill("SIGINT");
  await told(running, /removing what was made/);
  running.child.kill("SIGINT");
  await running.ended;
  expect(running.child.signalCode).toBe("SIGINT");
  expect(running.err()).toMatch(/^sandbox: \S+\/rg-broken-off$/m);
  expect(kept().measurements.length).toBeGreaterThan(2);
}, 120_000);

test("a subscription that cannot be read, and a file that is no evidence, are refused before anything is made", async () => {
  const before = await left();
  writeFileSync(evidence(), "notes of mine");
  const taken = await calibrate().ended;
  expect([taken.exit, taken.err]).toEqual([2, expect.stringContaining("is no evidence, and is not overwritten")]);
  expect(readFileSync(evidence(), "utf8")).toBe("notes of mine");
  rmSync(evidence());
  const other = await startGoldsmith(
    ["calibrate", "--live", "--subscription", "11111111-1111-1111-1111-111111111111"],
    {
      GOLDSMITH_ARM_ENDPOINT: bench.azure.endpoint,
      NODE_EXTRA_CA_CERTS: bench.azure.caFile,
      AZURE_TOKEN_CREDENTIALS: "AzureCliCredential",
      PATH: `${join(here, "bin")}:${process.env.PATH}`,
    },
  ).ended;
  expect([other.exit, other.err]).toEqual([1, expect.stringContaining("SubscriptionUnreadable")]);
  expect(await left()).toEqual(before);
});
