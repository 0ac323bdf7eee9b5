import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Estate, estateOf, seedEstate } from "../../local/estate.ts";
import { readOrMakeKeys } from "../../local/host/keys.ts";
import { type Launched, launch } from "../../local/launch.ts";
import { type Owner, signInAsOwner } from "../../local/owner.ts";
import { eventually } from "../../local/processes.ts";
import type { StandingShare } from "../../shared/sharing.ts";
import { trust } from "../local/azure/trust.ts";

/** `kill -9` of the host at any instant while images are shared and taken back: each is shared once, and nothing stays. */
const kills = 10;
const directory = mkdtempSync(join(tmpdir(), "kill-sharing-"));
const flags = { port: 7381, azurePort: 7753, speed: 60, data: directory, sample: false, once: false };
const ids = Array.from({ length: 8 }, (_, i) => `99999999-0000-4000-8000-00000000000${i}`);
let world: Launched;
let arm: Owner;
let estate: Estate;

beforeAll(async () => {
  // The emulated subscription is drawn at the first start. Only then a fence can name it, which the emulator reads when it starts: it gives the app its right to share.
  world = await launch(flags, () => {});
  estate = estateOf(world.azure.subscriptionId);
  await world.stop();
  process.env.GOLDSMITH_FENCE = JSON.stringify({ scopes: [estate.subscription], shareWith: ids });
  world = await launch(flags, () => {});
  trust(world.azure.caFile);
  arm = signInAsOwner(world.azure);
  await seedEstate(arm, estate);
}, 120_000);

afterAll(async () => {
  await world.stop();
  rmSync(directory, { recursive: true, force: true });
});

test(`after ${kills} kills everything is shared once, and after ${kills} more nothing is`, async () => {
  const before = await standing();
  const asked: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const whom = ids[kill % ids.length] ?? "";
    const grantee = kill % 2 === 0 ? { principalId: whom, principalType: "Group" } : { subscriptionId: whom };
    asked.push((await call<{ id: string }>("POST", "shares", { imageId: estate.definition, with: grantee })).id);
    await killed(kill);
  }
  for (const id of asked) await eventually("its end", () => inState(id, "shared"), 120_000);
  const { assignments, groups } = await standing();
  expect(assignments.filter((id) => ids.includes(id)).sort()).toEqual(ids.filter((_, i) => i % 2 === 0));
  expect(groups.toSorted()).toEqual(ids.filter((_, i) => i % 2 === 1));
  for (const [kill, id] of asked.entries()) {
    await call("DELETE", `shares/${id}`);
    await killed(kill);
  }
  for (const id of asked) await eventually("its end", () => inState(id, "removed"), 120_000);
  expect(await standing()).toEqual(before);
}, 400_000);

async function killed(turn: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20 + ((turn * 397) % 700)));
  process.kill(world.host.pid() ?? 0, "SIGKILL");
}

async function inState(id: string, state: StandingShare["state"]): Promise<true | undefined> {
  return (await call<StandingShare>("GET", `shares/${id}`)).state === state ? true : undefined;
}

/** Whom the gallery's images are shared with: principals by role, and groups directly. */
async function standing(): Promise<{ readonly assignments: readonly string[]; readonly groups: readonly string[] }> {
  const gallery = estate.definition.split("/images/ubuntu")[0];
  const path = `${gallery}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;
  type Assignments = { value: { properties: { principalId: string } }[] };
  type Gallery = { properties: { sharingProfile: { groups?: { ids: string[] }[] } } };
  const listed = (await arm("GET", path)).body as Assignments;
  const read = (await arm("GET", `${gallery}?$expand=SharingProfile/Groups&api-version=2023-07-03`)).body as Gallery;
  return {
    assignments: listed.value.map(({ properties }) => properties.principalId),
    groups: (read.properties.sharingProfile.groups ?? []).flatMap((group) => group.ids),
  };
}

let requests = 0;

/** Asks the app as an approver, again and again while its host is down: by its key a question that is asked twice is one. */
async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const key = `request-${++requests}`;
  const headers = { "x-functions-key": readOrMakeKeys(directory).master, "idempotency-key": key };
  return eventually(
    path,
    async () => {
      const sent = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
      const answer = await fetch(`${world.appUrl}/api/${path}`, sent).catch(() => undefined);
      return answer?.ok ? ((await answer.json()) as T) : undefined;
    },
    120_000,
  );
}
