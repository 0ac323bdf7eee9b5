import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import hcl from "hcl2-parser";
import type { ArmAnswer, Owner } from "../../local/owner.ts";
import { deploy } from "../infra/bicep/deploy.ts";

/** What each export format does to Azure when its own tool applies it: read as that tool reads it, and sent as the requests it sends. */
export type Route = (arm: Owner, text: string) => Promise<void>;

type Json = Readonly<Record<string, unknown>>;
const network = "2024-05-01";
const grants = "2022-04-01";

async function must(arm: Owner, ...[method, path, body]: Parameters<Owner>): Promise<Json> {
  return (await accepted(arm, method, path, body)).body as Json;
}

async function accepted(arm: Owner, ...[method, path, body]: Parameters<Owner>): Promise<ArmAnswer> {
  const answer = await arm(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Writes and follows the operation until it is done, as tools do. */
async function written(arm: Owner, path: string, body: unknown): Promise<void> {
  const { headers } = await accepted(arm, "PUT", path, body);
  const operation = headers["azure-asyncoperation"];
  if (typeof operation !== "string") return;
  const { pathname, search } = new URL(operation);
  while ((await must(arm, "GET", `${pathname}${search}`)).status === "InProgress");
}

/** Reads a resource, edits its properties, and writes it back as a whole: what azapi_update_resource and `az … update` do. */
async function edit(arm: Owner, id: string, change: (properties: Json) => Json): Promise<void> {
  const path = `${id}?api-version=${network}`;
  const found = await must(arm, "GET", path);
  await written(arm, path, { ...found, properties: change(found.properties as Json) });
}

const delegation = (serviceName: string) => [{ name: serviceName.split("/").at(-1), properties: { serviceName } }];

async function register(arm: Owner, subscription: string, namespace: string): Promise<void> {
  await must(arm, "POST", `/subscriptions/${subscription}/providers/${namespace}/register?api-version=2021-04-01`);
}

/** Runs a bash script with an `az` that only writes down what it was called with. */
function azCalls(script: string): readonly (readonly string[])[] {
  const stub = "az() { printf '%s\\0' \"$@\"; printf '\\1'; }\n";
  return execFileSync("bash", ["-c", stub + script], { encoding: "utf8" })
    .split("\u0001")
    .filter((call) => call !== "")
    .map((call) => call.split("\0").slice(0, -1));
}

async function azCall(arm: Owner, call: readonly string[]): Promise<void> {
  const first = call.findIndex((word) => word.startsWith("--"));
  const option = (name: string) => (call.includes(`--${name}`) ? call[call.indexOf(`--${name}`) + 1] : undefined) ?? "";
  switch (call.slice(0, first).join(" ")) {
    case "role assignment create":
      return void (await must(
        arm,
        "PUT",
        `${option("scope")}/providers/Microsoft.Authorization/roleAssignments/${option("name")}?api-version=${grants}`,
        {
          properties: {
            roleDefinitionId: option("role"),
            principalId: option("assignee-object-id"),
            principalType: option("assignee-principal-type"),
            description: option("description"),
          },
        },
      ));
    case "network vnet subnet update":
      return edit(arm, option("ids"), (properties) => ({
        ...properties,
        ...(option("private-link-service-network-policies")
          ? { privateLinkServiceNetworkPolicies: option("private-link-service-network-policies") }
          : {}),
        ...(option("delegations") ? { delegations: delegation(option("delegations")) } : {}),
      }));
    case "network nsg rule create": {
      const nsg = `/subscriptions/${option("subscription")}/resourceGroups/${option("resource-group")}/providers/Microsoft.Network/networkSecurityGroups/${option("nsg-name")}`;
      const texts = ["direction", "access", "protocol", "description"].map((name) => [name, option(name)]);
      const properties = {
        ...Object.fromEntries(texts),
        priority: Number(option("priority")),
        sourceAddressPrefix: option("source-address-prefixes"),
        sourcePortRange: option("source-port-ranges"),
        destinationAddressPrefix: option("destination-address-prefixes"),
        destinationPortRange: option("destination-port-ranges"),
      };
      return written(arm, `${nsg}/securityRules/${option("name")}?api-version=${network}`, { properties });
    }
    case "provider register":
      return register(arm, option("subscription"), option("namespace"));
    default:
      throw new Error(`az has no such command here: ${call.join(" ")}`);
  }
}

const az: Route = async (arm, script) => {
  for (const call of azCalls(script)) await azCall(arm, call);
};

/** The statements that the PowerShell export is made of; any other one is an error. */
const powershell: Route = async (arm, script) => {
  const own = /^function Invoke-ArmPut[\s\S]*?^}$/m.exec(script)?.[0] ?? "";
  const body = script.replace(own, "");
  const waits = own.includes(" -WaitForCompletion");
  const session: Session = { waits, subscription: "", networkId: "", network: {}, subnet: "" };
  for (const line of body.split("\n").filter((one) => one.trim() !== "" && !one.startsWith("#")))
    await statement(arm, session, line);
};

interface Session {
  /** Whether the script's own function follows a write until it is done; Invoke-AzRestMethod does not. */
  readonly waits: boolean;
  subscription: string;
  networkId: string;
  network: Json;
  subnet: string;
}

const literal = "'((?:[^']|'')*)'";
const statements: readonly (readonly [RegExp, (arm: Owner, session: Session, given: readonly string[]) => unknown])[] =
  [
    [/^\$ErrorActionPreference = 'Stop'$/, () => undefined],
    [
      new RegExp(`^Invoke-ArmPut -Path ${literal} -Payload ${literal}$`),
      (arm, { waits }, [path = "", payload = ""]) =>
        waits ? written(arm, path, JSON.parse(payload)) : must(arm, "PUT", path, JSON.parse(payload)),
    ],
    [
      new RegExp(`^Set-AzContext -Subscription ${literal} \\| Out-Null$`),
      (_, session, [subscription = ""]) => {
        session.subscription = subscription;
      },
    ],
    [
      new RegExp(`^Register-AzResourceProvider -ProviderNamespace ${literal} \\| Out-Null$`),
      (arm, { subscription }, [namespace = ""]) => register(arm, subscription, namespace),
    ],
    [
      new RegExp(`^\\$network = Get-AzVirtualNetwork -ResourceGroupName ${literal} -Name ${literal}$`),
      async (arm, session, [group, name]) => {
        session.networkId = `/subscriptions/${session.subscription}/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/${name}`;
        session.network = await must(arm, "GET", `${session.networkId}?api-version=${network}`);
      },
    ],
    [
      new RegExp(`^\\$subnet = \\$network\\.Subnets \\| Where-Object Name -eq ${literal}$`),
      (_, session, [name = ""]) => {
        session.subnet = name;
      },
    ],
    [
      new RegExp(`^\\$subnet\\.PrivateLinkServiceNetworkPolicies = ${literal}$`),
      (_, session, [value = ""]) => inSubnet(session, { privateLinkServiceNetworkPolicies: value }),
    ],
    [
      new RegExp(`^Add-AzDelegation -Name ${literal} -ServiceName ${literal} -Subnet \\$subnet \\| Out-Null$`),
      (_, session, [, serviceName = ""]) => inSubnet(session, { delegations: delegation(serviceName) }),
    ],
    [
      /^\$network \| Set-AzVirtualNetwork \| Out-Null$/,
      (arm, session) => written(arm, `${session.networkId}?api-version=${network}`, session.network),
    ],
  ];

async function statement(arm: Owner, session: Session, line: string): Promise<void> {
  for (const [pattern, act] of statements) {
    const found = pattern.exec(line);
    if (found)
      return void (await act(
        arm,
        session,
        found.slice(1).map((text) => text.replaceAll("''", "'")),
      ));
  }
  throw new Error(`no statement of the export: ${line}`);
}

function inSubnet(session: Session, change: Json): void {
  const properties = session.network.properties as { subnets: { name: string; properties: Json }[] };
  const subnets = properties.subnets.map((one) =>
    one.name === session.subnet ? { ...one, properties: { ...one.properties, ...change } } : one,
  );
  session.network = { ...session.network, properties: { ...properties, subnets } };
}

/** Deploys main.bicep at its subscription, then runs the commands that the file says are to be run instead. */
const bicep: Route = async (arm, text) => {
  const directory = mkdtempSync(join(tmpdir(), "bicep-"));
  try {
    const [, ...parts] = text.split(/^\/\/ ---- (\S+) ----$/m);
    for (let i = 0; i < parts.length; i += 2) writeFileSync(join(directory, parts[i] ?? ""), parts[i + 1] ?? "");
    const subscriptionId = /\/subscriptions\/([^/]+)/.exec(text)?.[1] ?? "";
    const { resources } = deploy(join(directory, "main.bicep"), {}, { subscriptionId });
    await sideBySide(resources, ({ id, apiVersion, body }) =>
      written(arm, `${id}?api-version=${apiVersion}`, { properties: body.properties }),
    );
    const commands = text.split("\n").flatMap((line) => /^\/\/ (az .*| {2}--.*)$/.exec(line)?.[1] ?? []);
    await az(arm, commands.join("\n"));
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** As deployments and Terraform work: everything at once, but what depends on others after them. */
async function sideBySide<T extends { readonly id: string; readonly after: readonly string[] }>(
  all: readonly T[],
  put: (one: T) => Promise<void>,
): Promise<void> {
  const turns = new Map<string, Promise<void>>();
  const turn = (one: T): Promise<void> => {
    const known = turns.get(one.id);
    if (known) return known;
    const before = all.filter(({ id }) => one.after.includes(id)).map(turn);
    const own = Promise.all(before).then(() => put(one));
    turns.set(one.id, own);
    return own;
  };
  await Promise.all(all.map(turn));
}

type Blocks = Readonly<Record<string, Readonly<Record<string, readonly Json[]>>>>;

const terraform: Route = async (arm, text) => {
  const [parsed, problem] = hcl.parseToObject(text) as [{ resource?: Blocks }, unknown];
  if (problem || !parsed) throw new Error(`HCL: ${JSON.stringify(problem)}`);
  const blocks = Object.entries(parsed.resource ?? {}).flatMap(([kind, named]) =>
    Object.entries(named).flatMap(([name, [block = {}]]) => {
      const after = ((block.depends_on ?? []) as readonly string[]).map((one) => one.replace(/^\$\{|\}$/g, ""));
      return [{ id: `${kind}.${name}`, after, kind, block }];
    }),
  );
  await sideBySide(blocks, ({ kind, block }) => terraformBlock(arm, kind, block));
};

async function terraformBlock(arm: Owner, kind: string, block: Json): Promise<void> {
  const [type = "", version = ""] = String(block.type).split("@");
  switch (kind) {
    case "azapi_resource": {
      const parent = String(block.parent_id);
      const child = type.startsWith("Microsoft.Authorization/") ? `providers/${type}` : type.split("/").at(-1);
      return written(arm, `${parent}/${child}/${block.name}?api-version=${version}`, block.body);
    }
    case "azapi_update_resource":
      return edit(arm, String(block.resource_id), (properties) => ({
        ...properties,
        ...((block.body as Json).properties as Json),
      }));
    case "azapi_resource_action":
      return void (await must(arm, "POST", `${block.resource_id}/${block.action}?api-version=${version}`));
    default:
      throw new Error(`no such resource in the export: ${kind}`);
  }
}

/** By format. */
export const routes = { az, powershell, bicep, terraform } as const;
