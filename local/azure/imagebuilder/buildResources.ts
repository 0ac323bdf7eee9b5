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
  "Microsoft.KeyVault/vaults",
].map((type) => type.toLowerCase());

/** Deploys what a build needs into the staging group. */
export function deployBuild(world: World, template: Resource, run: Run): void {
  for (const resource of buildResources(world, template, run)) world.store.putResource(resource);
}

/** What a build deploys, as far as anybody can see it: the container that runs Packer, the build VM, its disk and NIC, and for Windows the vault with the certificate of WinRM. */
export function buildResources(world: World, template: Resource, run: Run): readonly Resource[] {
  const staging = stagingOf(template);
  if (!staging) return [];
  const short = run.runId.replaceAll("-", "").slice(0, 10);
  const made = (type: string, name: string, properties: object): Resource => {
    const id = `${staging.groupId}/providers/${type}/${name}`;
    const body = asJson({
      id,
      name,
      type,
      location: locationOf(template),
      tags: { createdBy: "AzureVMImageBuilder" },
      properties,
    });
    return { id, type, body, hidden: { runId: run.runId, templateId: template.id } };
  };
  const provisioningState = "Succeeded";
  const vmSize =
    text(template.body, "properties", "vmProfile", "vmSize") ||
    (run.source?.hyperVGeneration === "V2" ? "Standard_D2ds_v4" : "Standard_D1_v2");
  const vault = { provisioningState, enabledForDeployment: true, sku: { family: "A", name: "standard" } };
  return [
    made(containerGroupType, `vmimagebuilder-build-container-${short}`, containerGroup(world, template)),
    made("Microsoft.Compute/virtualMachines", `pkrvm${short}`, { provisioningState, hardwareProfile: { vmSize } }),
    made("Microsoft.Compute/disks", `pkros${short}`, { provisioningState, diskSizeGB: run.source?.sizeGB ?? 30 }),
    made("Microsoft.Network/networkInterfaces", `pkrni${short}`, { provisioningState }),
    ...(run.source?.osType === "Windows" ? [made("Microsoft.KeyVault/vaults", `pkrkv${short}`, vault)] : []),
  ];
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
