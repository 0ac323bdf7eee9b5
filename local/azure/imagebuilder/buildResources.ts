import { asJson, at, text } from "../compute/paths.ts";
import { nameOf } from "../ids.ts";
import type { Resource, World } from "../world.ts";
import type { Run } from "./runs.ts";
import { contentsOf, stagingOf } from "./staging.ts";
import { locationOf } from "./template.ts";

/** The resource type of the container that runs Packer. */
export const containerGroupType = "Microsoft.ContainerInstance/containerGroups";
/** Cores of the container that every build runs in (image-builder.md §6.5). */
export const coresOfBuild = 4;
const transient = [
  containerGroupType,
  "Microsoft.Compute/virtualMachines",
  "Microsoft.Network/networkInterfaces",
  "Microsoft.Compute/disks",
].map((type) => type.toLowerCase());

/** Deploys what a build needs into the staging group, as far as anybody can see it: the container that runs Packer, the build VM, its disk and NIC. */
export function deployBuild(world: World, template: Resource, run: Run): void {
  const staging = stagingOf(template);
  if (!staging) return;
  const short = run.runId.replaceAll("-", "").slice(0, 10);
  const put = (type: string, name: string, properties: object) => {
    const id = `${staging.groupId}/providers/${type}/${name}`;
    const body = asJson({
      id,
      name,
      type,
      location: locationOf(template),
      tags: { createdBy: "AzureVMImageBuilder" },
      properties,
    });
    world.store.putResource({ id, type, body, hidden: { runId: run.runId, templateId: template.id } });
  };
  const vmSize =
    text(template.body, "properties", "vmProfile", "vmSize") ||
    (run.source?.hyperVGeneration === "V2" ? "Standard_D2ds_v4" : "Standard_D1_v2");
  put(containerGroupType, `vmimagebuilder-build-container-${short}`, containerGroup(world, template));
  put("Microsoft.Compute/virtualMachines", `pkrvm${short}`, {
    provisioningState: "Succeeded",
    hardwareProfile: { vmSize },
  });
  put("Microsoft.Compute/disks", `pkros${short}`, {
    provisioningState: "Succeeded",
    diskSizeGB: run.source?.sizeGB ?? 30,
  });
  put("Microsoft.Network/networkInterfaces", `pkrni${short}`, { provisioningState: "Succeeded" });
}

function containerGroup(world: World, template: Resource): object {
  const subnetId = at(template.body, "properties", "vmProfile", "vnetConfig", "containerInstanceSubnetId");
  const startTime = new Date(world.clock.now()).toISOString();
  return {
    provisioningState: "Succeeded",
    osType: "Linux",
    sku: "Standard",
    restartPolicy: "Never",
    containers: [
      {
        name: "vmimagebuilder-build-container",
        properties: {
          image: "mcr.microsoft.com/azurevmimagebuilder/packer:latest",
          resources: { requests: { cpu: coresOfBuild, memoryInGB: 8 } },
          instanceView: { restartCount: 0, currentState: { state: "Running", startTime, detailStatus: "" } },
        },
      },
    ],
    instanceView: { state: "Running", events: [] },
    ...(subnetId ? { subnetIds: [{ id: subnetId }] } : {}),
  };
}

/** Removes what a build deployed; the group and its storage account stay as long as the template. */
export function clearBuild(world: World, template: Resource): void {
  const staging = stagingOf(template);
  if (!staging) return;
  for (const resource of contentsOf(world, staging.groupId))
    if (transient.includes(resource.type.toLowerCase())) world.store.deleteResource(resource.id);
}

/** The container in a group that runs Packer. */
export function containerOf(group: Resource): string {
  const [container] = (at(group.body, "properties", "containers") as readonly { name: string }[] | undefined) ?? [];
  return container?.name ?? nameOf(group.id);
}
