import type { Switches } from "../../local/azure/switches.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld, writesOf } from "./world.ts";

/** What nobody has established about Azure, each in the position that is not the emulator's default: the app must not depend on it. */
const truths: readonly (readonly [what: string, switches: Partial<Switches>])[] = [
  [
    "rights are checked in the build only, and gallery output takes none on images",
    { rightsCheckedAtSubmission: false, galleryNeedsImagesRights: false },
  ],
  [
    "whoever writes a template needs no right to join its subnet, and status URLs take rights",
    { templateWriteNeedsSubnetJoin: false, operationUrlsNeedRights: true },
  ],
  [
    "guards answer 405, runs raise their event at acceptance, and the service's writes raise events too",
    { guardStatus: 405, runEventAt: "acceptance", serviceWritesRaiseEvents: true },
  ],
  [
    "subnets honour no If-Match, their etags stand alone, and a second network write is put off",
    {
      subnetsHonourIfMatch: false,
      subnetEtagsMoveWithNetwork: false,
      networkConcurrency: "retryableWithoutRetryAfter",
    },
  ],
  ["a second network write overtakes the first", { networkConcurrency: "supersede", networkSeconds: [30, 60] }],
  [
    "grants are seen at once and work after nine minutes",
    { grantVisibleSeconds: [0, 0], grantEffectiveSeconds: [540, 540] },
  ],
  [
    "grants are seen after nine minutes, now and then before, and work at once",
    { grantVisibleSeconds: [540, 540], grantEffectiveSeconds: [0, 0], earlyReadShare: 0.5 },
  ],
  [
    "the service is slow, lists come in pages of two, and a changed assignment is refused with 409",
    { templateProvisioningSeconds: [120, 120], operationLagSeconds: 300, pageSize: 2, assignmentUpdateStatus: 409 },
  ],
];

afterAll(endStorage);

test.each(truths)("a template that appears without rights becomes an image although %s", async (_, switches) => {
  const world = await startWorld({ switches });
  try {
    const { arm, estate } = world;
    await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
    const build = await world.built(await world.buildOf(estate.template));
    expect({ state: build.state, problem: build.problem }).toEqual({ state: "succeeded" });
    await world.clock.advance(30 * 60_000);
    expect(acceptedRuns(world)).toHaveLength(1);
    expect(await buildsOf(world)).toHaveLength(1);
  } finally {
    await world.stop();
  }
});

test.each<Switches["cancelledOperationStatus"]>(["Canceled", "Failed"])(
  "a cancelled build ends as cancelled when the record of its run says %s, and the next one is built",
  async (cancelledOperationStatus) => {
    const world = await startWorld({ switches: { cancelledOperationStatus } });
    try {
      const { arm, estate, call, clock } = world;
      await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
      const id = await world.buildOf(estate.template);
      await clock.until(async () => (await call("GET", `builds/${id}`)).body.stage === "Customizing");
      expect((await call("POST", `builds/${id}/cancel`)).status).toBe(202);
      expect(await world.built(id)).toMatchObject({ state: "cancelled" });
      const next = await call("POST", "builds", { templateId: estate.template });
      expect(await world.built(String(next.body.id))).toMatchObject({ state: "succeeded" });
      expect(writesOf(world).filter((write) => write === "POST imageTemplates/cancel")).toHaveLength(1);
    } finally {
      await world.stop();
    }
  },
);

const acceptedRuns = (world: TestWorld) =>
  world.record().filter(({ method, url, status }) => method === "POST" && status === 202 && /\/run\?/.test(url));

async function buildsOf({ call, estate }: TestWorld): Promise<readonly unknown[]> {
  const page = await call<{ value: unknown[] }>("GET", `builds?templateId=${encodeURIComponent(estate.template)}`);
  return page.body.value;
}
