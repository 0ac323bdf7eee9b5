import type { Clock } from "../clock.ts";

import { askArm } from "./arm.ts";
import { type DeploymentOptions, deployGoldsmith, roleManagerOf } from "./deployment.ts";

import { topicEndpoint } from "./eventgrid/topics.ts";
import { resourceEvents } from "./events.ts";
import { type Faults, faultList } from "./faults.ts";
import { type PersistentJobs, persistentJobs } from "./jobs.ts";
import { longOperations } from "./longRunning.ts";
import { operationsTable, registerJobs } from "./operationsTable.ts";
import { principalDirectory } from "./principals.ts";
import { drawGuid, seededRandom } from "./random.ts";
import { type Recorder, recorder } from "./record.ts";
import { requireProvider } from "./resources/providers.ts";
import { rightsOf } from "./rights.ts";
import { type Routes, routesOf } from "./routes.ts";
import { plantSeeds, type Seeds, seedsOf } from "./seeds.ts";
import type { AzureSettings } from "./settings.ts";
import { openStore, type StoreFile } from "./store.ts";
import { defaultSwitches, type Switches } from "./switches.ts";
import { type Throttle, throttleOf } from "./throttle.ts";
import { type Tokens, tokenIssuer } from "./tokens.ts";
import { AzureError, type World } from "./world.ts";

/** The switches, changeable while the emulator runs (`POST /emulator/switches`). */
type ChangeableSwitches = { -readonly [Name in keyof Switches]: Switches[Name] };

/** Everything a running emulator is made of; operations see the `World` alone. */
export interface Emulation {
  readonly world: World;
  readonly store: StoreFile;
  readonly jobs: PersistentJobs;
  readonly tokens: Tokens;
  readonly routes: Routes;
  readonly throttle: Throttle;
  readonly faults: Faults;
  readonly seeds: Seeds;
  readonly settings: AzureSettings;
  /** The same object as `world.switches`. */
  readonly switches: ChangeableSwitches;
  readonly dataDirectory: string;
  readonly record: Recorder;
  /** Undefined for an Azure without Goldsmith. */
  readonly deployment: DeploymentOptions | undefined;
  /** Makes what a deployment of Goldsmith leaves behind, where it is missing. */
  readonly deploy: () => void;
}

/** What an emulation is made from. */
export interface EmulationParts {
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly endpoint: string;
  readonly caFile: string;
  readonly identityPort: number;
  readonly switches?: Partial<Switches>;
  readonly record?: string | Recorder;
  readonly log?: (line: string) => void;
  /** Undefined for an Azure without Goldsmith. */
  readonly deployment: DeploymentOptions | undefined;
}

/** Puts an emulator together over what its directory holds; jobs do not run yet. */
export function emulationOf(parts: EmulationParts): Emulation {
  const { dataDirectory, clock, endpoint } = parts;
  const switches: ChangeableSwitches = { ...defaultSwitches, ...parts.switches };
  const log = parts.log ?? (() => {});
  const store = openStore(dataDirectory);
  const random = seededRandom(`${switches.seed}/${startsOf(store)}`);
  const guid = () => drawGuid(random);
  const seeds = seedsOf(store, guid);
  plantSeeds(store, seeds);
  const jobs = persistentJobs(store, clock, log);
  const routes = routesOf(operationsTable);
  const base = { clock, store, switches, random, guid, tenantId: seeds.tenantId, endpoint, log, jobs };
  const world: World = {
    ...base,
    rights: rightsOf(store, clock, seeds.tenantId),
    operations: longOperations(base),
    principals: principalDirectory(store, clock, guid),
    events: { emit: (event) => events.emit(event) },
    resourceGroup: (subscriptionId, name) => resourceGroup(store, subscriptionId, name),
    requireProvider: (subscriptionId, namespace) => requireProvider(world, subscriptionId, namespace),
    ask: (...request) => askArm({ world, routes, store }, ...request),
  };
  const events = resourceEvents(world);
  registerJobs(world);
  const deploy = () => {
    if (parts.deployment)
      deployGoldsmith(world, {
        ...parts.deployment,
        subscriptionId: seeds.subscriptionId,
        app: seeds.app,
        owner: seeds.owner,
      });
  };
  deploy();
  return {
    deployment: parts.deployment,
    deploy,
    world,
    store,
    jobs,
    seeds,
    switches,
    dataDirectory,
    tokens: tokenIssuer(store, clock, seeds.tenantId, () => endpoint),
    routes,
    throttle: throttleOf(clock, switches),
    faults: faultList(),
    settings: settingsOf(parts, seeds, world),
    record: recorder(parts.record),
  };
}

/** How often the emulator was started in this directory: each start draws other numbers, so no GUID comes twice. */
function startsOf(store: StoreFile): number {
  const starts = (store.get<number>("counter", "starts") ?? 0) + 1;
  store.put("counter", "starts", starts);
  return starts;
}

function resourceGroup(store: StoreFile, subscriptionId: string, name: string) {
  if (!store.get("subscription", subscriptionId))
    throw new AzureError(404, "SubscriptionNotFound", `The subscription '${subscriptionId}' could not be found.`);
  const group = store.resource(`/subscriptions/${subscriptionId}/resourceGroups/${name}`);
  if (!group)
    throw new AzureError(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`, {
      headers: { "x-ms-failure-cause": "gateway" },
    });
  return group;
}

function settingsOf(
  { endpoint, caFile, identityPort, deployment }: EmulationParts,
  seeds: Seeds,
  world: World,
): AzureSettings {
  const manager = deployment?.managedRoles ? roleManagerOf(world) : undefined;
  return {
    armEndpoint: endpoint,
    caFile,
    tenantId: seeds.tenantId,
    subscriptionId: seeds.subscriptionId,
    owner: { clientId: seeds.owner.clientId, clientSecret: seeds.ownerSecret, principalId: seeds.owner.principalId },
    app: { clientId: seeds.app.clientId, principalId: seeds.app.principalId },
    ...(manager ? { roleManager: { clientId: manager.clientId, principalId: manager.principalId } } : {}),
    identityEndpoint: `http://127.0.0.1:${identityPort}/msi/token`,
    identityHeader: seeds.identityHeader,
    eventGridTopicEndpoint: topicEndpoint({ endpoint }, "goldsmith-builds"),
  };
}
