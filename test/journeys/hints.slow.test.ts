import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

const quick = { buildSeconds: [2900, 3100], grantEffectiveSeconds: [5, 5] } as const;
const start = async ({ estate, call }: TestWorld) => {
  const body = sampleTemplate(estate);
  const template = { resourceGroupId: estate.imagesGroup, name: "told", body };
  return (await call<{ id: string }>("POST", "builds", { template })).body.id;
};
const templateOf = ({ estate }: TestWorld) =>
  `${estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/told`;

/** Seconds between the end of the last run, which fails early in a lineage whose builds take 50 minutes, and the end of its build. */
async function delayOfEarlyFailure(eventLoss: number): Promise<number> {
  const world = await startWorld({ switches: { ...quick, eventLoss, eventDelaySeconds: [5, 5] } });
  try {
    for (let build = 0; build < 3; build++) expect((await world.built(await start(world))).state).toBe("succeeded");
    const fault = { stage: "Building" };
    await world.arm("POST", "/emulator/build-faults", { templateId: templateOf(world), fault });
    const failed = await world.built(await start(world));
    expect(failed.state).toBe("failed");
    const { properties } = (await world.arm("GET", `${templateOf(world)}?api-version=2024-02-01`)).body as {
      properties: { lastRunStatus: { endTime: string } };
    };
    return (Date.parse(failed.endedAt ?? "") - Date.parse(properties.lastRunStatus.endTime)) / 1000;
  } finally {
    await world.stop();
  }
}

test("an end that nobody expected so early is noticed by its event, a good minute later; without events by the next read", async () => {
  const [told, untold] = [await delayOfEarlyFailure(0), await delayOfEarlyFailure(1)];
  console.info(`a run that failed early was noticed after ${told} s by its event, after ${untold} s without`);
  // The event comes 65 + 5 s after the end, and the watcher's next pass within half a minute.
  expect(told).toBeLessThanOrEqual(105);
  expect(untold).toBeGreaterThan(told);
}, 300_000);

test("a run that others started is followed at once, where its event comes when it was accepted", async () => {
  const world = await startWorld({ switches: { ...quick, runEventAt: "acceptance", eventDelaySeconds: [5, 5] } });
  try {
    const own = await world.built(await start(world));
    // What is told of a template just after a build of it is that build's own.
    await world.clock.advance(15 * 60_000);
    const templateId = templateOf(world);
    expect((await world.arm("POST", `${templateId}/run?api-version=2024-02-01`)).status).toBe(202);
    await world.clock.advance(15_000);
    const adopted = await world.buildOf(templateId);
    expect(adopted).not.toBe(own.id);
    expect(await world.built(adopted)).toMatchObject({
      state: "succeeded",
      origin: { kind: "event", who: "a run that others started" },
    });
  } finally {
    await world.stop();
  }
}, 300_000);
