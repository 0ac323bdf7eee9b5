import fc from "fast-check";
import { latestVersion } from "../../local/azure/compute/latest.ts";
import { setBootFault } from "../../local/azure/compute/machines/bootFaults.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { isFinal } from "../../shared/build.ts";
import { leftIn, profiles, seedVerification } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

/** Builds of one definition side by side, begun at any moment, some of images that do not boot: `latest` never means one of these. */
let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ settings: (estate) => ({ ...profiles()(estate), GOLDSMITH_GATE: "patch" }) });
  await seedVerification(world);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

interface Wanted {
  readonly boots: boolean;
  /** Minutes after the first one. */
  readonly after: number;
}

type View = {
  readonly state: "queued";
  readonly artifacts?: readonly { readonly id: string; readonly verification?: { readonly state: string } }[];
};

let builds = 0;

async function play(wanted: readonly Wanted[]): Promise<void> {
  const { call, clock, estate, azure } = world;
  const start = clock.now();
  const begun: { readonly id: string; readonly boots: boolean }[] = [];
  const broken = new Set<string>();
  const waiting = wanted.toSorted((left, right) => left.after - right.after);
  await clock.until(async () => {
    const next = waiting[0];
    if (next && clock.now() >= start + next.after * 60_000) {
      waiting.shift();
      // A template without a build VM in the network: many may be built at a time.
      const { properties, ...rest } = sampleTemplate(estate);
      const { vnetConfig: _, ...vmProfile } = properties.vmProfile;
      const [target] = properties.distribute;
      // Numbers of versions tell which build they are of: nobody knows a version before it is there.
      const number = ++builds;
      const distribute = [
        {
          ...target,
          versioning: undefined,
          galleryImageId: `${estate.definition}/versions/${next.boots ? 1 : 9}.0.${number}`,
        },
      ];
      const body = { ...rest, properties: { ...properties, vmProfile, distribute } };
      const template = { resourceGroupId: estate.imagesGroup, name: `interleaved-${number}`, body };
      if (!next.boots) {
        const version = `${estate.definition}/versions/9.0.${number}`;
        broken.add(version.toLowerCase());
        setBootFault(azure.world, version, { kind: "provisioningFails" });
      }
      const asked = await call<{ id: string }>("POST", "builds", { template, verify: true });
      begun.push({ id: asked.body.id, boots: next.boots });
    }
    for (const region of ["westeurope", "northeurope"]) {
      const latest = latestVersion(azure.world, estate.definition, region)?.id.toLowerCase() ?? "";
      expect(broken.has(latest)).toBe(false);
    }
    if (waiting.length > 0) return false;
    const views = await Promise.all(begun.map(({ id }) => call<View>("GET", `builds/${id}`)));
    return views.every(({ body }) => isFinal(body.state));
  });
  for (const { id, boots } of begun) {
    const { body } = await call<View>("GET", `builds/${id}`);
    expect([body.state, body.artifacts?.[0]?.verification?.state]).toEqual(
      boots ? ["succeeded", "proven"] : ["failed", "failed"],
    );
  }
  expect(await leftIn(world)).toEqual([]);
}

test("latest never means a version that does not boot, however builds meet", async () => {
  const wanted = fc.array(fc.record({ boots: fc.boolean(), after: fc.integer({ min: 0, max: 25 }) }), {
    minLength: 2,
    maxLength: 4,
  });
  await fc.assert(fc.asyncProperty(wanted, play), { numRuns: 3, seed: 9, endOnFailure: true });
}, 240_000);
