import { resourceGroupOf, sameId, subscriptionOf } from "../ids.ts";
import { isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import { NotEmulated } from "../notEmulated.ts";
import { AzureError, type Json, type JsonObject, type World } from "../world.ts";
import { counting, evaluate, type Functions, memberIn } from "./evaluate.ts";
import { ExpressionError } from "./expression.ts";
import { plainFunctions } from "./functions.ts";
import { asAddressed, idBelow, idFunctions } from "./ids.ts";
import { readParameters } from "./parameters.ts";
import { invalidTemplate } from "./refusals.ts";

/** What a deployment was asked to do; kept while it runs, since resources are evaluated when their turn comes. */
export interface Order {
  readonly name: string;
  /** The resource group or subscription. */
  readonly scope: string;
  readonly template: JsonObject;
  /** Values, secrets included. */
  readonly parameters: JsonObject;
}

/** One resource of a template, or one of its copies. */
export interface Step {
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
  /** Where it stands in the template, and which copy it is. */
  readonly at: number;
  readonly copy?: number;
  /** Ids of the steps before it. */
  readonly after: readonly string[];
}

/** Runs `work` and turns what is wrong with an expression into ARM's refusal of the template. */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ExpressionError) throw invalidTemplate(error.message);
    throw error;
  }
}

/** Reads the body of a deployment's PUT: parameters given and checked. */
export function readOrder(world: World, name: string, scope: string, properties: JsonObject): Order {
  const template = properties.template;
  if (properties.templateLink !== undefined)
    throw new NotEmulated("The local Azure emulator fetches no linked template: send it in 'template'.");
  if (!isObject(template) || textOf(template.$schema) === undefined)
    throw new AzureError(
      400,
      "InvalidTemplate",
      "Deployment template validation failed: 'Required property '$schema' not found in JSON. Path ''.'.",
    );
  if (!/^(incremental|complete)$/i.test(textOf(properties.mode) ?? ""))
    throw new AzureError(
      400,
      "InvalidRequestContent",
      "The request content was invalid: the property 'mode' is required, 'Incremental' or 'Complete'.",
    );
  if (/^complete$/i.test(String(properties.mode)))
    throw new NotEmulated("The local Azure emulator deploys incrementally only.");
  if (isObject(template.resources))
    throw new NotEmulated("The local Azure emulator does not know templates with symbolic names.");
  const bare = { name, scope, template, parameters: {} };
  const functions = {
    ...functionsOf(world, bare),
    newguid: () => world.guid(),
    utcnow: () => new Date(world.clock.now()).toISOString(),
  };
  const parameters = refusing(() =>
    readParameters(objectOf(template.parameters), objectOf(properties.parameters), functions),
  );
  return { ...bare, parameters };
}

/** The functions of the language for one deployment; `reference` is there only while it runs. */
export function functionsOf(
  world: World,
  { name, scope, template, parameters }: Order,
  more: Functions = {},
): Functions {
  const variables = objectOf(template.variables);
  const named = (kind: string, holder: JsonObject, key: Json | undefined): Json => {
    const found = memberIn(holder, String(key));
    if (found !== undefined) return found;
    throw new ExpressionError(`The template ${kind} '${String(key)}' is not found.`);
  };
  const functions: Functions = {
    ...plainFunctions,
    ...idFunctions(scope),
    parameters: (key) => named("parameter", parameters, key),
    variables: (key) => evaluate(named("variable", variables, key), functions),
    resourcegroup: () => objectOf(world.resourceGroup(subscriptionOf(scope) ?? "", resourceGroupOf(scope) ?? "").body),
    subscription: () => ({
      id: `/subscriptions/${subscriptionOf(scope)}`,
      subscriptionId: subscriptionOf(scope) ?? "",
      tenantId: world.tenantId,
    }),
    tenant: () => ({ tenantId: world.tenantId }),
    deployment: () => ({ name }),
    environment: () => ({ name: "AzureCloud", resourceManager: `${world.endpoint}/` }),
    ...more,
  };
  return functions;
}

/** The resources of a template in the order they stand there, those left out whose condition is false; throws `InvalidTemplate`. */
export function stepsOf(world: World, order: Order): readonly Step[] {
  return refusing(() => {
    const steps = listOf(order.template.resources).flatMap((resource, at) =>
      copiesOf(world, order, objectOf(resource), at),
    );
    const known = steps.filter(({ wanted }) => wanted);
    return known.map(({ wanted: _, names, ...step }) => ({
      ...step,
      after: names.flatMap((name) => targetsOf(name, steps)).filter((id) => known.some((one) => sameId(one.id, id))),
    }));
  });
}

type Read = Omit<Step, "after"> & {
  readonly wanted: boolean;
  readonly names: readonly string[];
  readonly loop: string;
};

function copiesOf(world: World, order: Order, resource: JsonObject, at: number): readonly Read[] {
  if (listOf(resource.resources).length > 0)
    throw new NotEmulated(
      "The local Azure emulator does not know resources inside resources: put them beside each other.",
    );
  const functions = functionsOf(world, order);
  if (!isObject(resource.copy)) return [readStep(order, resource, at, functions)];
  const { count, name } = resource.copy;
  const loop = String(name);
  return Array.from({ length: Number(evaluate(count ?? 0, functions)) }, (_, index) => {
    const counted = { ...functions, copyindex: counting(index, undefined, loop) };
    return { ...readStep(order, resource, at, counted), copy: index, loop };
  });
}

function readStep(order: Order, resource: JsonObject, at: number, functions: Functions): Read {
  const text = (value: Json | undefined) => String(evaluate(value ?? "", functions));
  const [type, name, apiVersion] = [text(resource.type), text(resource.name), text(resource.apiVersion)];
  if (!type.includes("/") || name === "" || apiVersion === "")
    throw new ExpressionError(`The template resource '${name}' must have a type, a name and an apiVersion`);
  const condition = evaluate(resource.condition ?? true, functions);
  const names = textsOf(evaluate(resource.dependsOn ?? [], functions));
  return {
    id: idBelow(placeOf(order, resource, text), type, name),
    type,
    apiVersion,
    at,
    names,
    loop: "",
    wanted: condition !== false,
  };
}

/** Where a resource goes: the deployment's scope, the `scope` it names, or for a nested deployment the group or subscription it names. */
function placeOf({ scope }: Order, resource: JsonObject, text: (value: Json | undefined) => string): string {
  if (resource.scope !== undefined) {
    const named = text(resource.scope);
    if (named.startsWith("/")) return named;
    const [type, names] = splitScope(named);
    return idBelow(scope, type, names);
  }
  const subscription =
    resource.subscriptionId === undefined
      ? `/subscriptions/${subscriptionOf(scope)}`
      : `/subscriptions/${text(resource.subscriptionId)}`;
  if (resource.resourceGroup !== undefined) return `${subscription}/resourceGroups/${text(resource.resourceGroup)}`;
  return resource.subscriptionId === undefined ? scope : subscription;
}

/** `Microsoft.Network/virtualNetworks/vnet/subnets/a` as a type and names with slashes. */
function splitScope(relative: string): readonly [type: string, names: string] {
  const [namespace = "", ...rest] = relative.split("/");
  const pick = (odd: number) => rest.filter((_, index) => index % 2 === odd).join("/");
  return [`${namespace}/${pick(0)}`, pick(1)];
}

/** The ids that an entry of `dependsOn` means: an id, `type/name`, a loop's name, or a resource's name. */
function targetsOf(name: string, steps: readonly Read[]): readonly string[] {
  const matches = steps.filter(
    ({ id, loop }) =>
      sameId(id, asAddressed(name)) ||
      loop.toLowerCase() === name.toLowerCase() ||
      (!name.startsWith("/") && id.toLowerCase().endsWith(`/${name.toLowerCase()}`)),
  );
  // An id outside the template is one that stands already.
  if (matches.length > 0) return matches.map(({ id }) => id);
  throw new ExpressionError(
    `The resource '${name}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details.`,
  );
}
