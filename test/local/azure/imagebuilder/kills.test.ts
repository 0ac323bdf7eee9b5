import { runsOf } from "../../../../local/azure/imagebuilder/index.ts";
import { type Bench, startBench } from "../emulator.ts";
import {
  type Estate,
  estateOf,
  estateOptions,
  galleryRights,
  imageRights,
  startEstate,
} from "../support/builderEstate.ts";

/** Cuts the emulator off at the `count`th write from now on, as a kill does: what was written before stays, nothing comes after. */
function killAt(bench: Bench, count: number): { readonly stopped: () => Promise<void> | undefined } {
  const { store } = bench.azure.world;
  const { put, delete: remove } = store;
  let left = count;
  let stopped: Promise<void> | undefined;
  const dead = () => {
    if (--left < 0) stopped ??= bench.azure.stop();
    return stopped !== undefined;
  };
  Object.assign(store, {
    put(kind: string, key: string, value: unknown) {
      if (dead()) throw new Error("killed");
      put(kind, key, value);
    },
    // Jobs delete themselves while they let go of the clock: that must not throw.
    delete: (kind: string, key: string) => !dead() && remove(kind, key),
  });
  return { stopped: () => stopped };
}

/** A run makes 34 writes. */
const kills = Array.from({ length: 34 }, (_, index) => index + 1);

test.each(kills)("A run that is cut off at its write number %i goes on and makes one image version", async (count) => {
  let estate: Estate = await startEstate();
  estate.grant([...galleryRights, ...imageRights], estate.group);
  await estate.submitted("cut");
  await estate.arm("POST", `${estate.templateId("cut")}/run`);
  const kill = killAt(estate.bench, count);
  const over = async () =>
    (await estate.arm("GET", estate.templateId("cut"))).body.properties.lastRunStatus.runState === "Succeeded";
  await estate.bench.clock.until(async () => kill.stopped() !== undefined || (await over().catch(() => false)));
  await kill.stopped();
  estate = estateOf(await startBench(estateOptions(), estate.bench));
  await estate.bench.clock.until(over);
  await estate.bench.clock.advance(120_000);
  const versions = await estate.arm("GET", `${estate.definition}/versions`);
  expect(
    versions.body.value.map((one: { name: string; properties: { provisioningState: string } }) => [
      one.name,
      one.properties.provisioningState,
    ]),
  ).toEqual([["1.0.1", "Succeeded"]]);
  const [run] = runsOf(estate.bench.azure.world, estate.templateId("cut"));
  expect(estate.bench.azure.world.operations.get(run?.operationId ?? "")?.status).toBe("Succeeded");
  await estate.stop();
});

test.each(kills.slice(0, 12))(
  "A submission that is cut off at its write number %i ends with one staging group",
  async (count) => {
    let estate: Estate = await startEstate();
    estate.grant(galleryRights, estate.group);
    await estate.arm("PUT", estate.templateId("cut"), estate.template());
    const kill = killAt(estate.bench, count);
    const state = async () => (await estate.arm("GET", estate.templateId("cut"))).body.properties.provisioningState;
    const over = async () => (await state()) === "Succeeded";
    await estate.bench.clock.until(async () => kill.stopped() !== undefined || (await over().catch(() => false)));
    await kill.stopped();
    estate = estateOf(await startBench(estateOptions(), estate.bench));
    await estate.bench.clock.until(over);
    const groups = await estate.arm("GET", `${estate.bench.subscription}/resourceGroups`);
    expect(groups.body.value.filter((one: { name: string }) => one.name.startsWith("IT_"))).toHaveLength(1);
    await estate.stop();
  },
);
