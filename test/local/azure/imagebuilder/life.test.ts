import { putPlatformImage } from "../../../../local/azure/compute/marketplace.ts";
import { buildLog, runsOf, setBuildFault } from "../../../../local/azure/imagebuilder/index.ts";
import { type Estate, estateOf, galleryRights, imageRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
beforeEach(async () => {
  estate = await startEstate({ triggerSeconds: [60, 120], triggerFailureLimit: 2, containerCores: 8 });
  estate.grant([...galleryRights, ...imageRights], estate.group);
});
afterEach(() => estate?.stop());

const props = async (name: string) => (await estate.arm("GET", estate.templateId(name))).body.properties;
const running = (name: string, subState: string) =>
  estate.bench.clock.until(async () => (await props(name)).lastRunStatus?.runSubState === subState);

test("A run can be cancelled once: 204, Canceling for a while, Canceled, and no image", async () => {
  await estate.submitted("stop");
  const id = estate.templateId("stop");
  const early = await estate.arm("POST", `${id}/cancel`);
  expect(early.status).toBe(409);
  const accepted = await estate.arm("POST", `${id}/run`);
  expect((await estate.arm("POST", `${id}/run`)).body.error.message).toBe(
    "Operation Microsoft.VirtualMachineImages/imageTemplates/run is not allowed in provisioning state: provisioned or run state: running.",
  );
  await running("stop", "Customizing");
  const cancelled = await estate.arm("POST", `${id}/cancel`);
  expect([cancelled.status, cancelled.body]).toEqual([204, undefined]);
  expect(cancelled.headers).not.toHaveProperty("location");
  const { lastRunStatus } = await props("stop");
  expect(Object.keys(lastRunStatus)).toEqual(["startTime", "endTime", "runState", "message"]);
  expect(lastRunStatus).toMatchObject({
    runState: "Canceling",
    message: "Canceling image build",
    endTime: "0001-01-01T00:00:00Z",
  });
  expect((await estate.arm("POST", `${id}/cancel`)).body.error.message).toContain(
    "imageTemplates/cancel/action is not allowed in provisioning state: provisioned or run state: canceling.",
  );
  expect((await estate.arm("DELETE", id)).body.error.message).toContain(
    "imageTemplates/delete is not allowed in provisioning state: provisioned or run state: canceling.",
  );
  expect((await estate.settled(accepted)).body.status).toBe("Canceled");
  expect((await props("stop")).lastRunStatus.runState).toBe("Canceled");
  expect((await estate.arm("GET", `${estate.definition}/versions`)).body.value).toEqual([]);
  expect((await estate.built("stop")).lastRunStatus.runState).toBe("Succeeded");
});

test("What was distributed before a cancellation stays", async () => {
  const target = (name: string, major: number) => ({
    type: "SharedImage",
    galleryImageId: estate.definition,
    runOutputName: name,
    versioning: { scheme: "Latest", major },
  });
  await estate.submitted("half", { distribute: [target("a", 1), target("b", 2)] });
  const accepted = await estate.arm("POST", `${estate.templateId("half")}/run`);
  const versions = async () => (await estate.arm("GET", `${estate.definition}/versions`)).body.value;
  await estate.bench.clock.until(async () => (await versions()).length === 2);
  await estate.arm("POST", `${estate.templateId("half")}/cancel`);
  await estate.settled(accepted);
  expect(
    (await versions()).map((one: { name: string; properties: { provisioningState: string } }) => [
      one.name,
      one.properties.provisioningState,
    ]),
  ).toEqual([
    ["1.0.1", "Succeeded"],
    ["2.0.1", "Failed"],
  ]);
});

test("A failing command fails the run, and the log says where; the log is the container's while it runs", async () => {
  const customize = [
    { type: "Shell", name: "prepare", inline: ["echo preparing"] },
    { type: "Shell", name: "break", inline: ["echo on the way", "exit 3"] },
  ];
  const { body } = await estate.submitted("broken", { customize });
  const accepted = await estate.arm("POST", `${estate.templateId("broken")}/run`);
  await running("broken", "Customizing");
  const staging = body.properties.exactStagingResourceGroup;
  const groups = await estate.arm("GET", `${staging}/providers/Microsoft.ContainerInstance/containerGroups`);
  const [group] = groups.body.value;
  expect(group.name).toMatch(/^vmimagebuilder-build-container-/);
  const logs = await estate.arm("GET", `${group.id}/containers/${group.properties.containers[0].name}/logs`);
  expect(logs.body.content).toContain("PACKER OUT ==> azure-arm: Connected to SSH!");

  const operation = await estate.settled(accepted);
  const { lastRunStatus } = await props("broken");
  expect(operation.body).toMatchObject({
    status: "Failed",
    error: { code: "PackerBuildFailed", message: lastRunStatus.message },
  });
  const place =
    /storageAccounts\/([a-z0-9]{3,24})\/blobServices\/default\/containers\/packerlogs\/([0-9a-f-]{36})\/customization\.log/.exec(
      lastRunStatus.message,
    );
  const [run] = runsOf(estate.bench.azure.world, estate.templateId("broken"));
  expect(place?.[2]).toBe(run?.runId);
  const log = buildLog(estate.bench.azure.world, estate.templateId("broken"), run?.runId ?? "");
  expect(log).toContain("azure-arm: preparing");
  expect(log).toMatch(
    /\[[0-9a-f-]{36}\] PACKER ERR \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[INFO\] \(telemetry\) Starting provisioner shell/,
  );
  expect(log).toContain("Script exited with non-zero exit status: 3.");
  expect(log.trimEnd().endsWith("Done exporting Packer logs to Azure Storage.")).toBe(true);
  expect(
    (await estate.arm("GET", `${staging}/providers/Microsoft.ContainerInstance/containerGroups`)).body.value,
  ).toEqual([]);
});

test("A failing validation fails the run, even where the images are distributed all the same", async () => {
  const inVMValidations = [{ type: "Shell", name: "check", inline: ["false"] }];
  await estate.submitted("checked", { validate: { continueDistributeOnFailure: true, inVMValidations } });
  expect((await estate.built("checked")).lastRunStatus.runState).toBe("Failed");
  expect((await estate.arm("GET", `${estate.templateId("checked")}/runOutputs`)).body.value).toHaveLength(1);
  await estate.submitted("unchecked", { validate: { inVMValidations } });
  expect((await estate.built("unchecked")).lastRunStatus.runState).toBe("Failed");
  expect((await estate.arm("GET", `${estate.templateId("unchecked")}/runOutputs`)).body.value).toEqual([]);
});

test("A build that outlasts its time limit ends with the time-out text, and one of under six minutes cannot start", async () => {
  await estate.submitted("slow", { buildTimeoutInMinutes: 30, customize: [{ type: "Shell", inline: ["sleep 7200"] }] });
  const slow = (await estate.built("slow")).lastRunStatus;
  expect(slow.message).toContain("Timeout waiting for microservice to complete: 'context deadline exceeded'");
  expect(Date.parse(slow.endTime) - Date.parse(slow.startTime)).toBeLessThan(50 * 60_000);
  await estate.submitted("token", { buildTimeoutInMinutes: 3 });
  await estate.built("token");
  const [run] = runsOf(estate.bench.azure.world, estate.templateId("token"));
  expect(buildLog(estate.bench.azure.world, estate.templateId("token"), run?.runId ?? "")).toContain(
    "client_jwt will expire within 5 minutes",
  );
});

test("More builds at once than container cores allow fail for want of quota; later they succeed", async () => {
  for (const name of ["one", "two", "three"])
    await estate.submitted(name, { distribute: [{ type: "VHD", runOutputName: "x" }] });
  const started = [];
  for (const name of ["one", "two", "three"]) {
    started.push(await estate.arm("POST", `${estate.templateId(name)}/run`));
    await running(name, "Building");
  }
  for (const reply of started) await estate.settled(reply);
  const ended = await Promise.all(["one", "two", "three"].map(async (name) => (await props(name)).lastRunStatus));
  expect(ended.map((one) => one.runState)).toEqual(["Succeeded", "Succeeded", "Failed"]);
  expect(ended[2].message).toBe("Azure Container Instances quota exceeded");
  expect((await estate.built("three")).lastRunStatus.runState).toBe("Succeeded");
});

test("A provider that is not registered fails the run", async () => {
  await estate.submitted("unregistered");
  await estate.arm(
    "POST",
    `${estate.bench.subscription}/providers/Microsoft.ContainerInstance/unregister`,
    undefined,
    "2021-04-01",
  );
  await estate.bench.clock.advance(3_600_000);
  expect((await estate.built("unregistered")).lastRunStatus.message).toBe(
    "Azure Container Instances provider not registered for your subscription.",
  );
});

test("autoRun runs a template once, as soon as it is made", async () => {
  await estate.submitted("auto", { autoRun: { state: "Enabled" } });
  await estate.bench.clock.until(async () => (await props("auto")).lastRunStatus?.runState === "Succeeded");
  expect(runsOf(estate.bench.azure.world, estate.templateId("auto")).map((run) => run.startedBy)).toEqual(["autoRun"]);
});

test("A trigger runs its template when the source has a newer version, and is off after failures in a row", async () => {
  const { world } = estate.bench.azure;
  const image = {
    publisher: "Canonical",
    offer: "0001-com-ubuntu-server-jammy",
    sku: "22_04-lts-gen2",
    osType: "Linux",
    hyperVGeneration: "V2",
    sizeGB: 30,
  } as const;
  await estate.submitted("watching");
  const id = `${estate.templateId("watching")}/triggers/source`;
  const put = await estate.arm("PUT", id, { properties: { kind: "SourceImage" } });
  expect([put.status, put.body.properties.status.code]).toEqual([201, "Healthy"]);
  await estate.bench.clock.advance(600_000);
  expect((await props("watching")).lastRunStatus).toBeUndefined();

  putPlatformImage(world, { ...image, versions: ["22.04.202610140", "22.04.202611200"] });
  await estate.bench.clock.until(async () => (await props("watching")).lastRunStatus?.runState === "Succeeded");
  expect((await props("watching")).source.exactVersion).toBe("22.04.202611200");

  setBuildFault(world, estate.templateId("watching"), { stage: "Customizing" });
  await estate.built("watching");
  await estate.built("watching");
  expect((await estate.arm("GET", id)).body.properties.status.code).toBe("Disabled");
  setBuildFault(world, estate.templateId("watching"), undefined);
  await estate.built("watching");
  expect((await estate.arm("GET", id)).body.properties.status.code).toBe("Healthy");
  expect((await estate.arm("DELETE", id)).status).toBe(202);
});

test("A template of a fixed source version has no use for a trigger", async () => {
  await estate.submitted("still", {
    source: {
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "0001-com-ubuntu-server-jammy",
      sku: "22_04-lts-gen2",
      version: "22.04.202610140",
    },
  });
  const refused = await estate.arm("PUT", `${estate.templateId("still")}/triggers/source`, {
    properties: { kind: "SourceImage" },
  });
  expect(refused.body.error.code).toBe("ValidationFailed");
});

test("A run goes on after the emulator was stopped and started again", async () => {
  await estate.submitted("patient");
  await estate.arm("POST", `${estate.templateId("patient")}/run`);
  await running("patient", "Customizing");
  estate = estateOf(await estate.bench.restart());
  await estate.bench.clock.until(async () => (await props("patient")).lastRunStatus.runState === "Succeeded");
  expect((await estate.arm("GET", `${estate.definition}/versions`)).body.value).toHaveLength(1);
});

test("Deleting a template takes its outputs and its staging group, not its images", async () => {
  await estate.submitted("gone");
  const { exactStagingResourceGroup } = await estate.built("gone");
  await estate.settled(await estate.arm("DELETE", estate.templateId("gone")));
  expect((await estate.arm("GET", exactStagingResourceGroup)).status).toBe(404);
  expect((await estate.arm("GET", `${estate.definition}/versions/1.0.1`)).status).toBe(200);
  expect((await estate.submitted("gone")).body.properties.provisioningState).toBe("Succeeded");
  expect((await estate.arm("GET", `${estate.templateId("gone")}/runOutputs`)).body.value).toEqual([]);
});

test("A template whose staging group somebody deleted is not built any more", async () => {
  const { body } = await estate.submitted("bereft");
  await estate.settled(await estate.arm("DELETE", body.properties.exactStagingResourceGroup));
  const { lastRunStatus } = await estate.built("bereft");
  expect(lastRunStatus).toMatchObject({
    runState: "Failed",
    message: expect.stringMatching(/^Resource group 'IT_images_bereft_[0-9a-f-]{36}' could not be found\.$/),
  });
});
