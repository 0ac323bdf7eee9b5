import { dirname, join } from "node:path";
import { guid } from "../../../shared/decide/guid.ts";
import { type Cloud, evaluate, type Surroundings, type Value, withName } from "./evaluate.ts";
import type { Expression } from "./expressions.ts";
import { type BicepFile, type Declared, readBicep } from "./file.ts";

type Scope = Surroundings["scope"];
type Body = Readonly<Record<string, Value>>;

/** A resource as a deployment would send it. */
export interface Deployed {
  readonly type: string;
  readonly apiVersion: string;
  readonly id: string;
  /** Where an extension resource (a role assignment) stands. */
  readonly scope: string;
  /** Ids of what it names in `dependsOn`. */
  readonly after: readonly string[];
  readonly body: Body;
}

/** What a deployment comes to: its resources in order, and its outputs. */
export interface Deployment {
  readonly resources: readonly Deployed[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * Plays a deployment: evaluates parameters, variables, conditions and loops through all modules. What only Azure knows
 * (a principal's id, an endpoint) is a text that names it. Throws for wrong, missing and needless parameters.
 */
export function deploy(path: string, parameters: Body, scope: Scope, cloud: Cloud = "AzureCloud"): Deployment {
  const file = readBicep(path);
  const resources: Deployed[] = [];
  const values = new Map<string, Value>(Object.entries(checked(file, parameters)));
  const around: Surroundings = { path, scope, cloud, lookup };
  for (const { name, fallback } of file.parameters)
    if (!values.has(name) && fallback) values.set(name, evaluate(fallback, around));
  for (const one of file.declared) lookup(one.name);
  return {
    resources,
    outputs: Object.fromEntries(file.outputs.map(({ name, value }) => [name, evaluate(value, around)])),
  };

  function lookup(name: string): Value {
    if (values.has(name)) return values.get(name);
    const variable = file.variables.get(name);
    const declared = file.declared.find((one) => one.name === name);
    if (!variable && !declared) throw new Error(`${path}: ${name} is declared nowhere`);
    values.set(name, variable ? evaluate(variable, around) : declare(declared!));
    return values.get(name);
  }

  function declare(one: Declared): Value {
    return each(one.body, around, (body) => (one.kind === "module" ? call(one, body) : put(one, body)));
  }

  function call(one: Declared, body: Body): Value {
    const given = (body.scope as { scope?: Scope } | undefined)?.scope ?? groupScope(body.scope, scope) ?? scope;
    const made = deploy(join(dirname(path), one.of), (body.params ?? {}) as Body, given, cloud);
    resources.push(...made.resources);
    return { outputs: made.outputs, name: body.name };
  }

  function put(one: Declared, body: Body): Value {
    const [type = "", apiVersion = ""] = one.of.split("@");
    const parent = body.parent as { id: string } | undefined;
    const at = (body.scope as { id: string } | undefined)?.id ?? scopeId(scope, type);
    const id = parent ? `${parent.id}/${type.split("/").at(-1)}/${body.name}` : `${at}/providers/${type}/${body.name}`;
    const { parent: _, scope: __, dependsOn, ...rest } = body;
    const after = ((dependsOn ?? []) as readonly ({ readonly id?: string } | undefined)[]).flatMap(
      (other) => other?.id ?? [],
    );
    if (!one.existing) resources.push({ type, apiVersion, id, scope: at, after, body: rest });
    const group = type === "Microsoft.Resources/resourceGroups" ? { scope: { ...scope, group: body.name } } : {};
    return { ...rest, ...group, id, properties: known(id, rest.properties) };
  }
}

function each(body: Expression, around: Surroundings, make: (body: Body) => Value): Value {
  if (body.kind === "for")
    return (evaluate(body.list, around) as Value[]).map((item) =>
      each(body.body, withName(around, body.item, item), make),
    );
  const value = evaluate(body, around);
  return value === undefined ? undefined : make(value as Body);
}

function checked(file: BicepFile, given: Body): Body {
  const wrong = [
    ...Object.keys(given)
      .filter((name) => !file.parameters.some((one) => one.name === name))
      .map((name) => `takes no ${name}`),
    ...file.parameters
      .filter((one) => !one.fallback && given[one.name] === undefined)
      .map(({ name }) => `lacks ${name}`),
  ];
  if (wrong.length > 0) throw new Error(`${file.path} ${wrong.join(", ")}`);
  return given;
}

/** `scope: group`, where `group` is a resource group that this file makes. */
function groupScope(given: Value, scope: Scope): Scope | undefined {
  const name = (given as { name?: string } | undefined)?.name;
  return name === undefined ? undefined : { ...scope, group: name };
}

const scopeId = ({ subscriptionId, group }: Scope, type: string) =>
  `/subscriptions/${subscriptionId}${group && !type.startsWith("Microsoft.Resources/") ? `/resourceGroups/${group}` : ""}`;

/** Properties as sent, and for every other one a text that says whose it is. */
function known(id: string, sent: Value): Value {
  const name = id.split("/").at(-1);
  return new Proxy((sent ?? {}) as Record<string, Value>, {
    get: (properties, property) =>
      property in properties || typeof property === "symbol" || property === "toJSON"
        ? properties[property as string]
        : (wellFormed(name)[property as string] ?? `<${property} of ${name}>`),
  });
}

/** What has a form that somebody looks at. */
const wellFormed = (name = ""): Readonly<Record<string, Value>> => ({
  primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/` },
  ConnectionString: `InstrumentationKey=${guid(name)};IngestionEndpoint=https://${name}.in.applicationinsights.azure.com/`,
});
