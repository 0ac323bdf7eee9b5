import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AzureEmulator, type AzureOptions, startAzure } from "../../../local/azure/index.ts";
import { type SteppedClock, steppedClock } from "../../../local/clock.ts";

/** What came back over HTTPS; the body is left loose, because tests look at what the wire carries. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read wire JSON by path
  readonly body: any;
}

type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Reply>;

/** An emulator under a stepped clock, and somebody to ask it. */
export interface Bench {
  readonly azure: AzureEmulator;
  readonly clock: SteppedClock;
  readonly directory: string;
  /** `/subscriptions/{id}` of the emulated subscription. */
  readonly subscription: string;
  /** Sends as the owner. */
  readonly owner: Send;
  /** Sends as another principal of the tenant; undefined sends no token. */
  as(principalId: string | undefined): Send;
  /** Stops and starts it over the same directory. */
  restart(): Promise<Bench>;
  stop(): Promise<void>;
}

const begin = Date.UTC(2026, 10, 22, 12);

/** Starts an emulator; switches make events sure and quick unless a test says otherwise. */
export async function startBench(
  options: Partial<AzureOptions> = {},
  kept?: Pick<Bench, "directory" | "clock">,
): Promise<Bench> {
  const directory = kept?.directory ?? mkdtempSync(join(tmpdir(), "goldsmith-azure-"));
  const clock = kept?.clock ?? steppedClock(begin);
  const switches = {
    eventLoss: 0,
    eventDoubling: 0,
    grantVisibleSeconds: [0, 0],
    definitionVisibleSeconds: [0, 0],
    ...options.switches,
  } as const;
  const azure = await startAzure({ dataDirectory: directory, port: 0, clock, ...options, switches });
  const agent = new Agent({ ca: readFileSync(azure.caFile), keepAlive: true });
  const as =
    (principalId: string | undefined): Send =>
    (method, path, body, headers = {}) => {
      const token = principalId === undefined ? {} : { authorization: `Bearer ${azure.tokenFor(principalId)}` };
      return send(agent, `${azure.endpoint}${path}`, method, body, { ...token, ...headers });
    };
  const end = async () => {
    agent.destroy();
    await azure.stop();
  };
  return {
    azure,
    clock,
    directory,
    subscription: `/subscriptions/${azure.settings.subscriptionId}`,
    owner: as(azure.settings.owner.principalId),
    as,
    restart: async () => {
      await end();
      return await startBench(options, { directory, clock });
    },
    stop: async () => {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function send(
  agent: Agent,
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent, method, headers: { "content-type": "application/json", ...headers } },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const answer = Buffer.concat(parts).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers as Record<string, string>,
            body: parsed(answer),
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

export const location = "westeurope";
const group = "rg-test";

/** Makes a resource group and returns its id. */
export async function makeGroup({ owner, subscription }: Bench, name = group): Promise<string> {
  await owner("PUT", `${subscription}/resourceGroups/${name}?api-version=2024-03-01`, { location });
  return `${subscription}/resourceGroups/${name}`;
}

/** Makes a managed identity and lets the directory replicate it. */
export async function makeIdentity(
  bench: Bench,
  groupId: string,
  name: string,
): Promise<{ id: string; principalId: string }> {
  const id = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  const { body } = await bench.owner("PUT", `${id}?api-version=2023-01-31`, { location });
  await bench.clock.advance(61_000);
  return { id, principalId: body.properties.principalId };
}

let assignments = 0;

/** Assigns a role as the owner and lets the grant become effective. */
export async function grant(
  bench: Bench,
  scope: string,
  role: string,
  principalId: string,
  more: object = {},
): Promise<Reply> {
  const name = `00000000-0000-4000-8000-${String(++assignments).padStart(12, "0")}`;
  const properties = {
    roleDefinitionId: `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
    principalId,
    principalType: "ServicePrincipal",
    ...more,
  };
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
  const reply = await bench.owner("PUT", path, { properties });
  await bench.clock.advance(301_000);
  return reply;
}

/** GUIDs of built-in roles. */
export const roles = {
  owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  rbacAdministrator: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
  managedIdentityOperator: "f1a07417-d97a-45cb-824c-7a7467783830",
  networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
} as const;
