import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Estate, estateOf, sampleTemplate, seedEstate } from "../../local/estate.ts";
import { type Launched, launch } from "../../local/launch.ts";
import { type Owner, signInAsOwner } from "../../local/owner.ts";
import { eventually } from "../../local/processes.ts";
import type { BuildView } from "../../local/sample.ts";
import { isFinal } from "../../shared/build.ts";

/** An app to ask: where it listens, and its key. */
export interface App {
  readonly appUrl: string;
  readonly functionKey: string;
}

interface Exchange {
  readonly method: string;
  readonly caller: string;
  readonly url: string;
  readonly status: number;
  readonly requestBody?: unknown;
  readonly at: string;
}

/** A whole Goldsmith of the local default, each part a process that can be killed, with the small estate in it. */
export interface Fleet extends Launched {
  /** Where everything is kept; gone when it is stopped. */
  readonly directory: string;
  /** The file that has every exchange with ARM. */
  readonly record: string;
  readonly estate: Estate;
  readonly arm: Owner;
}

/** Starts one, `speed` times as fast as life; `settings` are the app's beyond the local default. */
export async function raise(
  port: number,
  speed: number,
  settings: (estate: Estate) => Readonly<Record<string, string>> = () => ({}),
): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), "fleet-"));
  const record = join(directory, "record.jsonl");
  const flags = { port, azurePort: port + 372, speed, data: directory, sample: false, once: false, record };
  const launched = await launch(
    flags,
    () => {},
    ({ subscriptionId }) => settings(estateOf(subscriptionId)),
  );
  const arm = signInAsOwner(launched.azure);
  const estate = estateOf(launched.azure.subscriptionId);
  await seedEstate(arm, estate);
  const stop = async () => {
    await launched.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  return { ...launched, stop, directory, record, estate, arm };
}

/** A body for `POST builds`: the sample without a network under a name of its own. */
export function request(estate: Estate, name: string, identity = estate.identity) {
  const { properties, ...rest } = sampleTemplate({ ...estate, identity });
  const { vnetConfig: _, ...vmProfile } = properties.vmProfile;
  const distribute = properties.distribute.map((target) => ({ ...target, runOutputName: name }));
  const body = { ...rest, properties: { ...properties, vmProfile, distribute } };
  return { template: { resourceGroupId: estate.imagesGroup, name, body } };
}

/** Asks until somebody answers: hosts die here. The same key keeps it one build. */
export async function ask(app: App, key: string, body: unknown): Promise<string> {
  return await eventually(`an answer to ${key}`, async () => {
    const headers = { "x-functions-key": app.functionKey, "idempotency-key": key };
    const answer = await fetch(`${app.appUrl}/api/builds`, { method: "POST", headers, body: JSON.stringify(body) });
    return answer.status === 202 || answer.status === 200 ? ((await answer.json()) as { id: string }).id : undefined;
  });
}

/** A build as the app shows it; undefined while nobody answers. */
export async function look({ appUrl, functionKey }: App, id: string): Promise<BuildView | undefined> {
  const answer = await fetch(`${appUrl}/api/builds/${id}`, { headers: { "x-functions-key": functionKey } }).catch(
    () => undefined,
  );
  return answer?.ok ? ((await answer.json().catch(() => undefined)) as BuildView | undefined) : undefined;
}

/** The ends of builds, by id, once all have ended; what there is when time is up. */
export async function ends(app: App, ids: readonly string[], limitMs: number): Promise<Map<string, BuildView>> {
  const ended = new Map<string, BuildView>();
  const until = performance.now() + limitMs;
  while (ended.size < ids.length && performance.now() < until) {
    for (const id of ids) {
      if (ended.has(id)) continue;
      const build = await look(app, id);
      if (build && isFinal(build.state)) ended.set(id, build);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return ended;
}

/** Every exchange with ARM so far, from the emulator's record. */
export const exchangesOf = (record: string) =>
  readFileSync(record, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Exchange);

/** What each run that was asked for was answered, in order, by the template's name in lower case. */
export function runsAskedFor(exchanges: readonly Exchange[]): Map<string, readonly number[]> {
  const runs = new Map<string, readonly number[]>();
  for (const { method, url, status } of exchanges) {
    const name = /\/imagetemplates\/([^/]+)\/run\?/i.exec(url)?.[1]?.toLowerCase();
    if (name && method === "POST") runs.set(name, [...(runs.get(name) ?? []), status]);
  }
  return runs;
}

/** How many runs the service accepted, by the template's name in lower case. */
export const acceptedRuns = (exchanges: readonly Exchange[]) =>
  new Map([...runsAskedFor(exchanges)].map(([name, answers]) => [name, answers.filter((one) => one === 202).length]));

/** Assignments that were made under two names for the same principal, role and scope. */
export function doubledGrants(exchanges: readonly Exchange[]): string[] {
  const names = new Map<string, Set<string>>();
  for (const { method, url, status, requestBody } of exchanges) {
    if (method !== "PUT" || status >= 300 || !/roleAssignments/i.test(url)) continue;
    const { properties } = requestBody as { properties: { principalId: string; roleDefinitionId: string } };
    const [scope = "", name = ""] = new URL(url).pathname
      .toLowerCase()
      .split("/providers/microsoft.authorization/roleassignments/");
    const tuple = `${scope}|${properties.principalId}|${properties.roleDefinitionId}`.toLowerCase();
    names.set(tuple, (names.get(tuple) ?? new Set()).add(name));
  }
  return [...names].filter(([, all]) => all.size > 1).map(([tuple]) => tuple);
}
