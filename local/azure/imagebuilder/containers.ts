import { existing as existingResource } from "../compute/answers.ts";
import { sameRegion } from "../compute/regions.ts";
import { sameId } from "../ids.ts";
import { page } from "../paging.ts";
import { type Answer, AzureError, type Call, type Operation, type World } from "../world.ts";
import { containerGroupType, containerOf, coresOfBuild } from "./buildResources.ts";
import { buildLog } from "./log.ts";

const apiVersions = [
  "2018-10-01",
  "2019-12-01",
  "2020-11-01",
  "2021-09-01",
  "2021-10-01",
  "2022-09-01",
  "2023-05-01",
  "2024-05-01-preview",
  "2025-09-01",
];
const groups = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${containerGroupType}`;
const group = `${groups}/{containerGroupName}`;

/** Container instances as far as a build shows itself there: the group, and its log while it runs (image-builder.md §13). */
export const containerOperations: readonly Operation[] = [
  operation("ContainerGroups_ListByResourceGroup", groups, `${containerGroupType}/read`, (world, call) =>
    page(
      world,
      call,
      world.store.resources(containerGroupType, call.id.split("/providers/")[0]).map((one) => one.body),
    ),
  ),
  operation("ContainerGroups_Get", group, `${containerGroupType}/read`, (world, call) => ({
    status: 200,
    body: existingResource(world, call.id).body,
  })),
  operation(
    "Location_ListUsage",
    "/subscriptions/{subscriptionId}/providers/Microsoft.ContainerInstance/locations/{location}/usages",
    "Microsoft.ContainerInstance/locations/usages/read",
    usages,
  ),
  operation(
    "Containers_ListLogs",
    `${group}/containers/{containerName}/logs`,
    `${containerGroupType}/containers/logs/read`,
    logs,
  ),
];

function operation(name: string, path: string, action: string, answer: Operation["answer"]): Operation {
  return { name, method: "GET", path, apiVersions, action, answer };
}

/** Standard cores of a region: what the builds under way hold, and how many there are. */
function usages(world: World, call: Call): Answer {
  const { subscriptionId, location = "" } = call.params;
  const running = world.store
    .resources(containerGroupType, `/subscriptions/${subscriptionId}`)
    .filter(({ body }) => sameRegion(String(body.location ?? ""), location)).length;
  const cores = {
    id: call.id,
    unit: "Count",
    currentValue: running * coresOfBuild,
    limit: world.switches.containerCores,
    name: { value: "StandardCores", localizedValue: "Standard Cores" },
  };
  return { status: 200, body: { value: [cores] } };
}

/** `?tail=` gives the last lines only. */
function logs(world: World, call: Call): Answer {
  const { subscriptionId, resourceGroupName, containerGroupName, containerName } = call.params;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/${containerGroupType}/${containerGroupName}`;
  const resource = existingResource(world, id);
  if (!sameId(containerOf(resource), containerName ?? ""))
    throw new AzureError(
      404,
      "ContainerNotFound",
      `The container '${containerName}' in container group '${containerGroupName}' is not found.`,
    );
  const content = buildLog(world, String(resource.hidden?.templateId), String(resource.hidden?.runId));
  const tail = Number(call.query.get("tail") ?? 0);
  return {
    status: 200,
    body: { content: tail > 0 ? `${content.trimEnd().split("\n").slice(-tail).join("\n")}\n` : content },
  };
}
