import { eventOf } from "../events.ts";
import { objectOf, textOf } from "../json.ts";
import { page } from "../paging.ts";
import { resourcesVersions } from "../resources/groups.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";
import { deploymentType, shownDeployment, shownOperation } from "./present.ts";
import { beginWork, cancelWork, type Hidden } from "./run.ts";
import { type Order, readOrder, type Step, stepsOf } from "./template.ts";

interface Read {
  readonly order: Order;
  readonly steps: readonly Step[];
}

/** Template and parameters, read and checked: also whether the caller may write what is in it, before anything is written. */
function read(world: World, call: Call): Read {
  const name = call.params.deploymentName ?? "";
  if (!/^[-\w.()]{1,64}$/.test(name))
    throw new AzureError(
      400,
      "InvalidDeploymentName",
      `The deployment name '${name}' is not valid: at most 64 letters, digits, '-', '.', '_', '(' and ')'.`,
    );
  const order = readOrder(world, name, scopeOf(call), objectOf(objectOf(call.body).properties));
  const steps = stepsOf(world, order);
  checkRights(world, call, steps);
  return { order, steps };
}

function scopeOf({ params }: Call): string {
  const { subscriptionId, resourceGroupName } = params;
  return `/subscriptions/${subscriptionId}${resourceGroupName === undefined ? "" : `/resourceGroups/${resourceGroupName}`}`;
}

/** What a role assignment is refused for depends on its content, and is found at its own turn. */
function checkRights(world: World, { caller }: Call, steps: readonly Step[]): void {
  const refused = steps
    .filter(({ type }) => !/^Microsoft\.Authorization\//i.test(type))
    .filter(({ id, type }) => world.rights.decide(caller.principalId, `${type}/write`, id).kind === "denied");
  if (refused.length === 0) return;
  const texts = refused.map(
    ({ id, type }) =>
      `Authorization failed for template resource '${id.split("/").at(-1)}' of type '${type}'. The client '${caller.clientId}' with object id '${caller.principalId}' does not have permission to perform action '${type}/write' at scope '${id}'.`,
  );
  throw new AzureError(
    403,
    "InvalidTemplateDeployment",
    `Deployment failed with multiple errors: '${texts.join(":")}'`,
  );
}

function put(world: World, call: Call): Answer {
  const id = idOf(call);
  const standing = world.store.resource(id);
  const location = textOf(objectOf(call.body).location);
  if (call.params.resourceGroupName === undefined && !location)
    throw new AzureError(400, "LocationRequired", "The location property is required for this definition.");
  if (standing && isActive(standing))
    throw new AzureError(
      409,
      "DeploymentActive",
      `Unable to edit or replace deployment '${call.params.deploymentName}': previous deployment from '${textOf(objectOf(standing.body.properties).timestamp)}' is still active. Please see https://aka.ms/arm-deploy for usage details.`,
    );
  const { order, steps } = read(world, call);
  const { id: operationId, headers } = world.operations.begin(call, "Microsoft.Resources", "local", {
    asyncOperation: true,
    location: false,
  });
  const timestamp = new Date(world.clock.now()).toISOString();
  const hidden: Hidden = { operationId, steps: steps.map((step) => ({ ...step, state: "waiting", timestamp })) };
  const shown = shownDeployment(world, order, steps, {
    provisioningState: "Accepted",
    correlationId: call.headers["x-ms-correlation-request-id"] ?? operationId,
  });
  const body: JsonObject = {
    id,
    name: order.name,
    type: deploymentType,
    ...(location ? { location } : {}),
    properties: shown,
  };
  world.store.putResource({ id, type: deploymentType, body, hidden: hidden as unknown as JsonObject });
  world.events.emit(eventOf(call, "Write", `${deploymentType}/write`, id));
  beginWork(world, id, { order, caller: call.caller });
  return { status: standing ? 200 : 201, headers, body };
}

const idOf = (call: Call) => `${scopeOf(call)}/providers/${deploymentType}/${call.params.deploymentName}`;
const isActive = ({ body }: Resource) =>
  /^(Accepted|Running)$/.test(textOf(objectOf(body.properties).provisioningState) ?? "");

function validate(world: World, call: Call): Answer {
  const { order, steps } = read(world, call);
  const properties = shownDeployment(world, order, steps, {
    provisioningState: "Succeeded",
    validatedResources: steps.map(({ id }) => ({ id })),
  });
  return { status: 200, body: { properties } };
}

function find(world: World, call: Call): Resource {
  const found = world.store.resource(idOf(call));
  if (found) return found;
  throw new AzureError(404, "DeploymentNotFound", `Deployment '${call.params.deploymentName}' could not be found.`);
}

function cancel(world: World, call: Call): Answer {
  const found = find(world, call);
  if (!isActive(found))
    throw new AzureError(
      409,
      "DeploymentCannotBeCancelled",
      `The deployment '${call.params.deploymentName}' cannot be cancelled: it has ended.`,
    );
  cancelWork(world, found.id);
  return { status: 204 };
}

function remove(world: World, call: Call): Answer {
  const found = world.store.resource(idOf(call));
  if (!found) return { status: 204 };
  if (isActive(found))
    throw new AzureError(409, "DeploymentActive", `The deployment '${call.params.deploymentName}' is still active.`);
  world.store.deleteResource(found.id);
  return { status: 204 };
}

function operationsOf(world: World, call: Call): Answer {
  const found = find(world, call);
  const { steps } = found.hidden as unknown as Hidden;
  return page(
    world,
    call,
    steps.flatMap((step, index) => shownOperation(found.id, step, index)),
  );
}

const list = (world: World, call: Call) =>
  page(
    world,
    call,
    world.store
      .resources(deploymentType, scopeOf(call))
      .filter(({ id }) => id.toLowerCase().startsWith(`${scopeOf(call)}/providers/`.toLowerCase()))
      .map(({ body }) => body),
  );

/** The operations at one kind of scope: a group, or a subscription. */
function operationsAt(scope: string, suffix: string): readonly Operation[] {
  const all = `${scope}/providers/${deploymentType}`;
  const one = `${all}/{deploymentName}`;
  const operation = (
    name: string,
    method: Operation["method"],
    path: string,
    verb: string,
    answer: Operation["answer"],
  ): Operation => ({
    name: `${name}${suffix}`,
    method,
    path,
    apiVersions: resourcesVersions,
    action: `${deploymentType}/${verb}`,
    answer,
  });
  return [
    operation("Deployments_CreateOrUpdate", "PUT", one, "write", put),
    operation("Deployments_Get", "GET", one, "read", (world, call) => ({ status: 200, body: find(world, call).body })),
    operation("Deployments_CheckExistence", "HEAD", one, "read", (world, call) => ({
      status: world.store.resource(idOf(call)) ? 204 : 404,
    })),
    operation("Deployments_Delete", "DELETE", one, "delete", remove),
    operation("Deployments_Validate", "POST", `${one}/validate`, "validate/action", validate),
    operation("Deployments_Cancel", "POST", `${one}/cancel`, "cancel/action", cancel),
    operation("Deployments_List", "GET", all, "read", list),
    operation("DeploymentOperations_List", "GET", `${one}/operations`, "operations/read", operationsOf),
  ];
}

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";

/** Deployments of templates at resource groups and subscriptions. */
export const deploymentOperations: readonly Operation[] = [
  ...operationsAt(group, ""),
  ...operationsAt("/subscriptions/{subscriptionId}", "AtSubscriptionScope"),
  {
    name: "DeploymentOperations_List",
    method: "GET",
    path: `${group}/deployments/{deploymentName}/operations`,
    apiVersions: resourcesVersions,
    action: `${deploymentType}/operations/read`,
    answer: operationsOf,
  },
];
export { registerDeployments } from "./run.ts";
