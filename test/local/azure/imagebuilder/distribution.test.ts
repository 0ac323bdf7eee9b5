import { setBuildFault } from "../../../../local/azure/imagebuilder/index.ts";
import { dateLike, nextLatest } from "../../../../local/azure/imagebuilder/numbering.ts";
import { type Estate, galleryRights, imageRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ galleryNeedsImagesRights: false });
  estate.grant(galleryRights, estate.definition.replace(/\/images\/ubuntu$/, ""));
});
afterAll(() => estate?.stop());

const image = () => `${estate.group}/providers/Microsoft.Compute/images/golden`;
const toImage = () => ({
  type: "ManagedImage",
  imageId: image(),
  location: "westeurope",
  runOutputName: "image",
  artifactTags: { source: "aib" },
});
const toGallery = (more: object = {}) => ({
  type: "SharedImage",
  galleryImageId: estate.definition,
  runOutputName: "gallery",
  ...more,
});

test("The scheme Latest counts up the newest version, of one major if asked", () => {
  const taken = ["0.1.1", "0.1.2", "1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "2.0.0", "2.0.1", "2.1.0"];
  expect([-1, 2, 1, 0].map((major) => nextLatest(taken, major))).toEqual(["2.1.1", "2.1.1", "1.2.1", "0.1.3"]);
  expect(nextLatest([], -1)).toBe("0.0.1");
});

test("Without a scheme a version carries the time, as the documented 0.24105.52755 does", () => {
  expect(dateLike(Date.parse("2020-01-23T16:47:15Z"))).toMatch(/^0\.24105\.\d{5}$/);
});

test("A right on images that is missing shows late, and the other target has its image: PartiallySucceeded", async () => {
  await estate.submitted("partly", {
    distribute: [toGallery({ versioning: { scheme: "Source" }, artifactTags: { a: "b" } }), toImage()],
  });
  const { lastRunStatus } = await estate.built("partly");
  expect(lastRunStatus.runState).toBe("PartiallySucceeded");
  expect(lastRunStatus.message).toContain(
    "Failed in distributing 1 images out of total 2: {[Error 0] [Distribute 1] Error publishing VHD to managed image:",
  );
  expect(lastRunStatus.message).toContain(
    `does not have authorization to perform action 'Microsoft.Compute/images/read' over scope '${image()}'`,
  );
  const outputs = await estate.arm("GET", `${estate.templateId("partly")}/runOutputs`);
  expect(outputs.body.value.map((one: { name: string }) => one.name)).toEqual(["gallery"]);
  const version = await estate.arm("GET", `${estate.definition}/versions/22.04.202610140`);
  expect(version.body.tags).toEqual({ a: "b" });

  estate.grant(imageRights, estate.group);
  expect((await estate.built("partly")).lastRunStatus.runState).toBe("Succeeded");
  const made = await estate.arm("GET", image());
  expect(made.body).toMatchObject({
    tags: { source: "aib" },
    properties: { provisioningState: "Succeeded", hyperVGeneration: "V2" },
  });
  const both = await estate.arm("GET", `${estate.templateId("partly")}/runOutputs/image`);
  expect(both.body.properties).toEqual({ artifactId: image(), provisioningState: "Succeeded" });
});

test("A version that the template fixes can be made once; a second run fails on it", async () => {
  await estate.submitted("fixed", {
    distribute: [
      toGallery({ galleryImageId: `${estate.definition}/versions/7.0.0`, replicationRegions: ["West Europe"] }),
    ],
  });
  expect((await estate.built("fixed")).lastRunStatus.runState).toBe("Succeeded");
  const again = await estate.built("fixed");
  expect(again.lastRunStatus).toMatchObject({ runState: "Failed", message: expect.stringContaining("already exists") });
});

test("Replication to further regions is slower than the run", async () => {
  const targetRegions = [{ name: "westeurope" }, { name: "northeurope", replicaCount: 2 }];
  await estate.submitted("regions", {
    distribute: [toGallery({ targetRegions, versioning: { scheme: "Latest", major: 3 } })],
  });
  await estate.arm("POST", `${estate.templateId("regions")}/run`);
  const version = `${estate.definition}/versions/3.0.1?$expand=ReplicationStatus`;
  await estate.bench.clock.until(async () => (await estate.arm("GET", version)).status === 200);
  const early = (await estate.arm("GET", version)).body.properties;
  expect(early.provisioningState).toBe("Creating");
  expect(early.replicationStatus.aggregatedState).toBe("InProgress");
  expect(early.publishingProfile.targetRegions[1]).toMatchObject({ name: "northeurope", regionalReplicaCount: 2 });
  await estate.bench.clock.advance(1_800_000);
  const late = (await estate.arm("GET", version)).body.properties;
  expect(late.replicationStatus).toMatchObject({
    aggregatedState: "Completed",
    summary: [{ progress: 100 }, { state: "Completed" }],
  });
});

test("The regions of a target must include the definition's own", async () => {
  const { body } = await estate.submitted("elsewhere", {
    distribute: [toGallery({ targetRegions: [{ name: "eastus" }] })],
  });
  expect(body.properties.provisioningError.provisioningErrorCode).toBe("BadSharedImageDistribute");
});

test("A VHD lies in the staging account, and its address is the output", async () => {
  await estate.submitted("vhd", { distribute: [{ type: "VHD", runOutputName: "disk" }] });
  expect((await estate.built("vhd")).lastRunStatus.runState).toBe("Succeeded");
  const output = await estate.arm("GET", `${estate.templateId("vhd")}/runOutputs/disk`);
  expect(output.body.properties.artifactUri).toMatch(/\/vhds\/.*\.vhd$/);
});

test("A planted fault fails one target, once", async () => {
  await estate.submitted("planted", { distribute: [toGallery({ versioning: { scheme: "Latest" } }), toImage()] });
  setBuildFault(estate.bench.azure.world, estate.templateId("planted"), {
    stage: "Distributing",
    target: 0,
    message: "the gallery is on fire",
    runs: 1,
  });
  expect((await estate.built("planted")).lastRunStatus).toMatchObject({
    runState: "PartiallySucceeded",
    message: "Failed in distributing 1 images out of total 2: {[Error 0] [Distribute 0] the gallery is on fire}",
  });
  expect((await estate.built("planted")).lastRunStatus.runState).toBe("Succeeded");
});

test("Where the documents are believed, gallery output needs rights on images as well", async () => {
  const strict = await startEstate({ galleryNeedsImagesRights: true });
  strict.grant(galleryRights, strict.group);
  await strict.submitted("both");
  const { lastRunStatus } = await strict.built("both");
  expect(lastRunStatus.runState).toBe("Failed");
  expect(lastRunStatus.message).toContain(`'Microsoft.Compute/images/read' over scope '${strict.group}'`);
  await strict.stop();
});
