import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type Arm, askArm, fencedTo } from "../../cli/calibration/arm.ts";
import { calibrate } from "../../cli/calibration/calibrate.ts";
import type { Lab } from "../../cli/calibration/lab.ts";
import { defaultSwitches, type Switches } from "../../local/azure/switches.ts";
import { evidenceSchema } from "../../shared/config/evidence.ts";
import { type EvidenceDocument, questions } from "../../shared/decide/permissions/measured.ts";
import { roleSpec } from "../../shared/decide/permissions/roles.ts";
import { type Bench, startBench } from "../local/azure/emulator.ts";

/** An owner in front of an emulated Azure whose truths are hidden; time passes only while nobody is being asked. */
function labOf(bench: Bench, group: string): Lab & { readonly lines: string[] } {
  const { azure, clock } = bench;
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(azure.caFile, "utf8")]);
  const sleep = (seconds: number) =>
    new Promise<void>((resolve) => void clock.schedule(clock.now() + seconds * 1000, resolve));
  const token = async () => azure.tokenFor(azure.settings.owner.principalId);
  const ask = askArm({ endpoint: azure.endpoint, token, sleep });
  const held: Arm = async (...request) => {
    const release = clock.hold();
    try {
      return await ask(...request);
    } finally {
      release();
    }
  };
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  return {
    arm: fencedTo(group, held),
    group,
    location: "westeurope",
    now: clock.now,
    sleep,
    tell,
    guid: randomUUID,
    lines,
  };
}

async function found(bench: Bench, name = "rg-calibration"): Promise<{ document: EvidenceDocument; lines: string[] }> {
  const lab = labOf(bench, `${bench.subscription}/resourceGroups/${name}`);
  let done = false;
  const working = calibrate(lab, bench.azure.settings.subscriptionId).finally(() => {
    done = true;
  });
  working.catch(() => {});
  await bench.clock.until(() => done);
  return { document: await working, lines: lab.lines };
}

const answersOf = ({ measurements }: EvidenceDocument) =>
  Object.fromEntries(measurements.map(({ question, answer }) => [question, answer]));

/** Everything that a sandbox could leave behind. */
const leftOf = async ({ owner }: Bench) => {
  const kept = ["resource", "roleDefinition", "roleAssignment"];
  const state = (await owner("GET", "/emulator/state")).body as Record<string, Record<string, unknown>>;
  return Object.fromEntries(kept.map((kind) => [kind, Object.keys(state[kind] ?? {}).sort()]));
};

const truths: readonly (readonly [name: string, hidden: Partial<Switches>])[] = [
  ["as documented", {}],
  [
    "the other way round",
    {
      galleryNeedsImagesRights: false,
      subnetsHonourIfMatch: false,
      subnetEtagsMoveWithNetwork: false,
      guardStatus: 405,
      assignmentUpdateStatus: 409,
      cancelledOperationStatus: "Failed",
      grantEffectiveSeconds: [20, 30],
      revokeEffectiveSeconds: [400, 420],
    },
  ],
  [
    "rights checked only in the build, which needs images too",
    { rightsCheckedAtSubmission: false, galleryNeedsImagesRights: true, guardStatus: 405 },
  ],
  [
    "rights checked only in the build, and slowly spreading",
    { rightsCheckedAtSubmission: false, galleryNeedsImagesRights: false, grantEffectiveSeconds: [500, 540] },
  ],
  [
    "slow grants",
    { grantEffectiveSeconds: [500, 540], subnetsHonourIfMatch: false, cancelledOperationStatus: "Failed" },
  ],
];

test.each(truths)(
  "%s: every hidden truth is found, and nothing is left behind",
  async (_, hidden) => {
    const bench = await startBench({ switches: hidden });
    try {
      const truth = { ...defaultSwitches, ...hidden };
      const before = await leftOf(bench);
      const { document, lines } = await found(bench);
      const answers = answersOf(document);
      expect(answers).toMatchObject({
        rightsCheckedAtSubmission: truth.rightsCheckedAtSubmission,
        galleryNeedsImagesRights: truth.galleryNeedsImagesRights,
        subnetsHonourIfMatch: truth.subnetsHonourIfMatch,
        subnetEtagsMoveWithNetwork: truth.subnetEtagsMoveWithNetwork,
        guardStatus: truth.guardStatus,
        assignmentUpdateStatus: truth.assignmentUpdateStatus,
        cancelledOperationStatus: truth.cancelledOperationStatus,
        repeatedPutStatus: 409,
      });
      for (const action of roleSpec("galleryPublisher").actions)
        expect([action, answers[`action/galleryPublisher/${action}`]]).toEqual([action, true]);
      const spread = [
        ["grantSeconds", truth.grantEffectiveSeconds],
        ["revokeSeconds", truth.revokeEffectiveSeconds],
      ] as const;
      for (const [question, [least, most]] of spread) {
        const seconds = answers[question];
        if (!truth.rightsCheckedAtSubmission) {
          expect(seconds).toBeNull();
          continue;
        }
        // One try takes up to half a minute to provision, and as long to go away again.
        expect(seconds).toBeGreaterThanOrEqual(least);
        expect(seconds).toBeLessThanOrEqual(most + 60);
      }
      expect(lines.filter((line) => line.startsWith("could not"))).toEqual([]);
      expect(await leftOf(bench)).toEqual(before);
      expect(evidenceSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
      expect(Object.keys(questions).filter((question) => !(question in answers))).toEqual([]);
    } finally {
      await bench.stop();
    }
  },
  120_000,
);

describe("a sandbox that is not as it should be", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench({ switches: { containerCores: 0 } });
  });
  afterEach(() => bench.stop());

  test("where not even every right builds, nothing is believed of any right, and what was made is removed", async () => {
    const before = await leftOf(bench);
    const { document } = await found(bench);
    const answers = answersOf(document);
    expect(answers.galleryNeedsImagesRights).toBeNull();
    for (const action of roleSpec("galleryPublisher").actions)
      expect(answers[`action/galleryPublisher/${action}`]).toBeNull();
    const open = document.measurements.find(({ question }) => question === "galleryNeedsImagesRights");
    expect(open?.how).toMatch(/control.*quota exceeded/i);
    // What needs no build is found all the same.
    expect(answers).toMatchObject({ rightsCheckedAtSubmission: true, subnetsHonourIfMatch: true });
    expect(await leftOf(bench)).toEqual(before);
  }, 120_000);

  test("a group that holds something is not touched", async () => {
    const group = `${bench.subscription}/resourceGroups/rg-theirs`;
    const account = `${group}/providers/Microsoft.Storage/storageAccounts/sttheirs`;
    await bench.owner("PUT", `${group}?api-version=2024-03-01`, { location: "westeurope" });
    await bench.owner("PUT", `${account}?api-version=2023-05-01`, { location: "westeurope" });
    const before = await leftOf(bench);
    await expect(found(bench, "rg-theirs")).rejects.toThrow(/not empty/);
    expect(await leftOf(bench)).toEqual(before);
  });

  test("an empty group that was given stays, and empty", async () => {
    const group = `${bench.subscription}/resourceGroups/rg-given`;
    await bench.owner("PUT", `${group}?api-version=2024-03-01`, { location: "westeurope" });
    const before = await leftOf(bench);
    const { lines } = await found(bench, "rg-given");
    expect(lines.filter((line) => line.startsWith("could not"))).toEqual([]);
    expect(await leftOf(bench)).toEqual(before);
  }, 120_000);

  test("one that breaks off in the middle leaves nothing behind, and asks for nothing more", async () => {
    const before = await leftOf(bench);
    await bench.as(undefined)("POST", "/emulator/faults", {
      method: "POST",
      path: "/imageTemplates/[^/]+/run",
      kind: "status",
      status: 403,
      code: "AuthorizationFailed",
      message: "somebody took the right to run away",
      times: 100,
    });
    await expect(found(bench)).rejects.toThrow(/somebody took the right/);
    expect(await leftOf(bench)).toEqual(before);
  }, 120_000);
});

test("nothing outside the sandbox can be written, not even by an id that climbs out of it", async () => {
  const asked: string[] = [];
  const group = "/subscriptions/s/resourceGroups/rg-sandbox";
  const arm = fencedTo(group, async (method, path) => {
    asked.push(`${method} ${path}`);
    return { status: 200, body: undefined, headers: new Headers() };
  });
  const outside = [
    "/subscriptions/s/resourceGroups/rg-sandbox-2/providers/Microsoft.Network/virtualNetworks/x",
    `${group}/../rg-other/providers/x/y/z`,
    "/subscriptions/s",
    "https://management.azure.com/subscriptions/s/resourceGroups/rg-sandbox",
  ];
  for (const path of outside) expect(() => arm("PUT", path, "1", {})).toThrow(/writes only in/);
  expect(asked).toEqual([]);
  await arm("DELETE", group.toUpperCase(), "1");
  await arm("GET", "/subscriptions/s", "1");
  expect(asked).toHaveLength(2);
});
