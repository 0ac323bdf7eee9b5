import { releaseCancel } from "../../../../local/azure/imagebuilder/index.ts";
import type { Switches } from "../../../../local/azure/switches.ts";
import type { ResourceEvent } from "../../../../local/azure/world.ts";
import { type Estate, galleryRights, imageRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
afterEach(() => estate?.stop());

async function started(
  switches: Partial<Switches>,
  rights = [...galleryRights, ...imageRights],
): Promise<ResourceEvent[]> {
  estate = await startEstate(switches);
  estate.grant(rights, estate.group);
  const events: ResourceEvent[] = [];
  jest.spyOn(estate.bench.azure.world.events, "emit").mockImplementation((event) => void events.push(event));
  return events;
}

const short = (events: readonly ResourceEvent[]) =>
  events.map(
    ({ eventType, operationName }) => `${eventType.split(".").at(-1)} ${operationName.split("/").slice(1).join("/")}`,
  );

test("Events tell what was written and run; a run's comes when its record is done", async () => {
  const events = await started({});
  await estate.submitted("told");
  expect(short(events)).toEqual(["ResourceWriteSuccess imageTemplates/write"]);
  expect(events[0]?.caller.principalId).toBe(estate.bench.azure.settings.owner.principalId);
  await estate.arm("POST", `${estate.templateId("told")}/run`);
  expect(short(events)).toHaveLength(1);
  await estate.bench.clock.until(() => events.length === 2);
  const { body } = await estate.arm("GET", estate.templateId("told"));
  expect(estate.bench.clock.now() - Date.parse(body.properties.lastRunStatus.endTime)).toBe(65_000);
  await estate.arm("PATCH", estate.templateId("told"), { tags: { a: "b" } });
  await estate.settled(await estate.arm("DELETE", estate.templateId("told")));
  expect(short(events)).toEqual([
    "ResourceWriteSuccess imageTemplates/write",
    "ResourceActionSuccess imageTemplates/run/action",
    "ResourceWriteSuccess imageTemplates/write",
    "ResourceDeleteSuccess imageTemplates/delete",
  ]);
});

test("A template that the service refuses raises a failure, and so does a run that fails", async () => {
  const events = await started({}, [...galleryRights]);
  await estate.submitted("bad", {
    source: { type: "PlatformImage", publisher: "a", offer: "b", sku: "c", version: "latest" },
  });
  await estate.submitted("late");
  await estate.built("late");
  expect(short(events)).toEqual([
    "ResourceWriteFailure imageTemplates/write",
    "ResourceWriteSuccess imageTemplates/write",
    "ResourceActionFailure imageTemplates/run/action",
  ]);
});

test("Where a run raises its event at acceptance, it raises none at the end", async () => {
  const events = await started({ runEventAt: "acceptance" });
  await estate.submitted("early");
  await estate.arm("POST", `${estate.templateId("early")}/run`);
  expect(short(events)).toEqual([
    "ResourceWriteSuccess imageTemplates/write",
    "ResourceActionSuccess imageTemplates/run/action",
  ]);
  await estate.bench.clock.advance(3 * 3_600_000);
  expect(events).toHaveLength(2);
});

test("Where writes by the service raise events, the image version's carries the template's identity", async () => {
  const events = await started({ serviceWritesRaiseEvents: true });
  await estate.submitted("service");
  await estate.built("service");
  const written = events.find((event) => event.operationName === "Microsoft.Compute/galleries/images/versions/write");
  expect(written).toMatchObject({
    resourceId: `${estate.definition}/versions/1.0.1`,
    caller: { principalId: estate.principalId },
  });
});

test("Where rights are looked at only when a template is built, it is accepted, and its run fails", async () => {
  await started({ rightsCheckedAtSubmission: false }, []);
  const image = `${estate.group}/providers/Microsoft.Compute/images/base`;
  await estate.made(image, {
    location: "westeurope",
    properties: { hyperVGeneration: "V2", storageProfile: { osDisk: { osType: "Linux", osState: "Generalized" } } },
  });
  const { body } = await estate.submitted("later", { source: { type: "ManagedImage", imageId: image } });
  expect(body.properties.provisioningState).toBe("Succeeded");
  expect((await estate.built("later")).lastRunStatus.message).toMatch(
    /^Not authorized to access the resource: .*\/images\/base\./,
  );
  estate.grant(["Microsoft.Compute/images/read"], image);
  const { lastRunStatus } = await estate.built("later");
  expect(lastRunStatus.runState).toBe("Failed");
  expect(lastRunStatus.message).toContain("Microsoft.Compute/galleries/read");
});

test.each([409, 405] as const)("The guards answer %i where that is the truth", async (guardStatus) => {
  await started({ guardStatus });
  await estate.submitted("busy");
  await estate.arm("POST", `${estate.templateId("busy")}/run`);
  const again = await estate.arm("POST", `${estate.templateId("busy")}/run`);
  expect([again.status, again.body.error.code]).toEqual([guardStatus, "OperationNotAllowed"]);
  expect((await estate.arm("DELETE", estate.templateId("busy"))).status).toBe(guardStatus);
});

test.each(["Canceled", "Failed"] as const)(
  "The record of a cancelled run says %s where that is the truth",
  async (cancelledOperationStatus) => {
    const events = await started({ cancelledOperationStatus });
    await estate.submitted("gone");
    const accepted = await estate.arm("POST", `${estate.templateId("gone")}/run`);
    await estate.arm("POST", `${estate.templateId("gone")}/cancel`);
    expect((await estate.settled(accepted)).body.status).toBe(cancelledOperationStatus);
    expect(short(events).at(-1)).toBe("ResourceActionCancel imageTemplates/run/action");
  },
);

test("Where cancelling gets stuck, it stays so for days, until support releases it", async () => {
  await started({ cancelStuck: true });
  await estate.submitted("stuck");
  await estate.arm("POST", `${estate.templateId("stuck")}/run`);
  await estate.arm("POST", `${estate.templateId("stuck")}/cancel`);
  await estate.bench.clock.advance(5 * 86_400_000);
  const state = async () =>
    (await estate.arm("GET", estate.templateId("stuck"))).body.properties.lastRunStatus.runState;
  expect(await state()).toBe("Canceling");
  releaseCancel(estate.bench.azure.world, estate.templateId("stuck"));
  await estate.bench.clock.advance(1000);
  expect(await state()).toBe("Canceled");
});

test("Where the caller needs no right to join, a template may name any subnet", async () => {
  await started({ templateWriteNeedsSubnetJoin: false });
  const { principalId } = estate.bench.azure.world.principals.create("pipeline", "ServicePrincipal");
  estate.grant(["Microsoft.VirtualMachineImages/*", "Microsoft.ManagedIdentity/*"], estate.group, { principalId });
  const subnetId = `${estate.group}/providers/Microsoft.Network/virtualNetworks/v/subnets/a`;
  const body = estate.template({ vmProfile: { vnetConfig: { subnetId } } });
  expect((await estate.as(principalId)("PUT", estate.templateId("joined"), body)).status).toBe(201);
});
