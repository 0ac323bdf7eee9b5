import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld } from "./world.ts";

afterAll(endStorage);

const seconds = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 1000);

test.each([5, 60, 540])(
  "no build fails because rights take %i seconds to spread, and the next one waits no longer than that",
  async (spread) => {
    const world = await startWorld({ switches: { grantEffectiveSeconds: [spread, spread] } });
    try {
      const { estate } = world;
      const waits: number[] = [];
      for (const name of ["first", "second"]) {
        const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
        const asked = await world.call<{ id: string }>("POST", "builds", { template, grants: "justInTime" });
        const build = await world.built(asked.body.id);
        expect(build).toMatchObject({ state: "succeeded" });
        const granted = build.timeline
          .filter(({ what }) => what === "applyChange")
          .find(({ detail }) => /^made: role/.test(detail ?? ""));
        const ran = build.timeline.find(({ what }) => what === "startRun");
        waits.push(seconds(granted?.at ?? "", ran?.at ?? ""));
      }
      const [first = 0, second = 0] = waits;
      process.stdout.write(`spread ${spread} s: run after ${first} s, then after ${second} s\n`);
      // Provisioning takes up to half a minute; each refusal costs a deletion, a pause and a new creation.
      expect(first).toBeLessThanOrEqual(Math.max(300, spread) + 180);
      expect(second).toBeLessThanOrEqual(Math.max(150, spread) + 180);
    } finally {
      await world.stop();
    }
  },
);
