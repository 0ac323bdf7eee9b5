import { existsSync, readFileSync } from "node:fs";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

/** Templates as people write them, kept outside the project; without that folder there is nothing to say here. */
const folder = "../shared/templates";
const there = existsSync(folder);
if (!there) console.log(`${folder} is not here: the templates that people write are not tried`);

let world: TestWorld;
let version: string | undefined;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

function filled(file: string, name: string): { readonly apiVersion: string; readonly [field: string]: unknown } {
  const { estate } = world;
  const [, , subscriptionId = "", , group = ""] = estate.imagesGroup.split("/");
  const values: Record<string, string> = {
    region: "westeurope",
    region1: "westeurope",
    region2: "northeurope",
    imgBuilderId: estate.identity,
    subscriptionID: subscriptionId,
    rgName: group,
    vnetRgName: estate.networkGroup.split("/").at(-1) ?? "",
    vnetName: "vnet-build",
    subnetName: "build",
    sharedImageGalName: "gold",
    imageDefName: "ubuntu-2404",
    imageName: name,
    runOutputName: `out-${name}`,
    sigDefImgVersionId: version ?? "",
  };
  return JSON.parse(
    readFileSync(`${folder}/${file}.json`, "utf8").replace(/<(\w+)>/g, (_, key: string) => values[key] ?? key),
  );
}

const files = ["linux-gallery-image", "linux-gallery-from-gallery", "linux-managed-image", "linux-existing-vnet"];

(there ? test : test.skip).each(files)(
  "%s, written through ARM as its owner, is built by its event without any further call",
  async (file) => {
    const body = filled(file, file);
    const id = world.estate.template.replace(/[^/]+$/, file);
    const written = await world.arm("PUT", `${id}?api-version=${body.apiVersion}`, body);
    expect(written).toMatchObject({ status: 201 });
    const build = await world.built(await world.buildOf(id));
    expect(build).toMatchObject({ state: "succeeded" });
    version ??= build.artifacts?.[0]?.id;
  },
);

(there ? test : test.skip).each(files)("%s, sent as a body, is created and built", async (file) => {
  const name = `${file}-body`;
  const template = { resourceGroupId: world.estate.imagesGroup, name, body: filled(file, name) };
  const started = await world.call("POST", "builds", { template });
  expect(started).toMatchObject({ status: 202 });
  expect(await world.built(String(started.body.id))).toMatchObject({ state: "succeeded" });
});
