import { createHash, randomUUID } from "node:crypto";
import type { ChannelMove, RetentionReport } from "../shared/curation.ts";
import { lastSegment, normalize, parseId } from "../shared/decide/armId.ts";
import type { ImageUses, StoredImage } from "../shared/decide/gallery/facts.ts";
import type { RetentionPlan } from "../shared/decide/gallery/retention.ts";
import { retentionPlan, ruleFor } from "../shared/decide/gallery/retention.ts";
import { insideFence } from "../shared/decide/planning/fence.ts";
import { Refused } from "../shared/problem.ts";
import type { Deps } from "./activities/deps.ts";

/** Where moves of a definition's channels are kept: their names sort as they were made. */
const movesFolder = (definitionId: string) => `channels/${digest(definitionId)}/`;
const moveDocument = (move: Pick<ChannelMove, "definitionId" | "at" | "id">) =>
  `${movesFolder(move.definitionId)}${move.at.replaceAll(":", "-")}_${move.id}.json`;
const digest = (id: string) => createHash("sha256").update(normalize(id)).digest("hex").slice(0, 32);

let made = 0;

/** An id that sorts behind those made before it in this process: two moves of one millisecond keep their order. */
export const newMoveId = () => `move-${(++made).toString(36).padStart(6, "0")}-${randomUUID().slice(0, 8)}`;

/** Where an id of a move leads. */
const pointer = (id: string) => `channel-moves/${id}.json`;

/** Writes a move down. */
export async function writeMove({ store }: Deps, move: ChannelMove): Promise<void> {
  const document = moveDocument(move);
  await store.documents.put(document, move);
  await store.documents.put(pointer(move.id), { document });
}

/** A move that was asked for. */
export async function readMove({ store }: Deps, id: string): Promise<ChannelMove | undefined> {
  const found = await store.documents.get<{ readonly document: string }>(pointer(id));
  return found && store.documents.get<ChannelMove>(found.document);
}

/** The history of a definition's channels, oldest first. */
export async function readMoves({ store }: Pick<Deps, "store">, definitionId: string): Promise<readonly ChannelMove[]> {
  const names = await store.documents.list(movesFolder(definitionId));
  const moves = await Promise.all([...names].sort().map((name) => store.documents.get<ChannelMove>(name)));
  return moves.filter((move) => move !== undefined);
}

/** As long as an approval can be waited for at most (`GOLDSMITH_CHANNELS`, 720 hours), and a day. */
const latelyMs = 31 * 24 * 3_600_000;

/** Moves of all images that were asked for lately, latest first; all that wait for an approval are among them. */
export async function readLatestMoves({ store }: Deps, now: Date): Promise<readonly ChannelMove[]> {
  const since = new Date(now.getTime() - latelyMs).toISOString().replaceAll(":", "-");
  const found = (await store.documents.list("channels/"))
    .map((name) => ({ name, when: name.split("/").at(-1) ?? "" }))
    .filter(({ when }) => when >= since)
    .sort((left, right) => (left.when < right.when ? 1 : -1));
  const moves = await Promise.all(found.map(({ name }) => store.documents.get<ChannelMove>(name)));
  return moves.filter((move) => move !== undefined);
}

/** Where it is kept which builds published a version: one that is published anew under its name has several. */
const publishedFolder = (versionId: string) => `published/${digest(versionId)}/`;

/** Notes that a build published these versions. */
export async function notePublished(
  { store }: Pick<Deps, "store">,
  buildId: string,
  versionIds: readonly string[],
): Promise<void> {
  for (const id of versionIds) await store.documents.put(`${publishedFolder(id)}${digest(buildId)}.json`, { buildId });
}

/** Names of the targets that were told of a version: that it was published, or that a channel means it. */
export async function toldOf({ store }: Deps, versionId: string, definitionId: string): Promise<readonly string[]> {
  const names = await store.documents.list(publishedFolder(versionId));
  const builds = await Promise.all(names.map((name) => store.documents.get<{ readonly buildId: string }>(name)));
  const moves = await readMoves({ store }, definitionId);
  const threads = [
    ...builds.flatMap((one) => one?.buildId ?? []),
    ...moves.filter(({ to, state }) => to === lastSegment(versionId) && state === "done").map(({ id }) => id),
  ];
  const deliveries = (await Promise.all(threads.map((thread) => store.deliveries.list(thread)))).flat();
  const told = deliveries.filter(({ state, event }) => state === "delivered" && event !== buildStarted);
  return [...new Set(told.map(({ target }) => target))];
}

/** What a build tells before there is a version. */
const buildStarted = "io.goldsmith.build.started.v1";

/** An image definition inside the fence, as it stands. */
export async function existingImage({ azure, settings }: Deps, definitionId: string): Promise<StoredImage> {
  if (!insideFence(settings.policy.fence, definitionId)) throw new Refused(outside(definitionId));
  const image = await azure.readStoredImage(definitionId);
  if (!image) throw new Refused(noImage(definitionId));
  return image;
}

/** Who uses images: looked for wherever this app works, and where the image is. */
export function readUses({ azure, settings }: Deps, definitionId: string): Promise<ImageUses> {
  const places = [definitionId, ...settings.policy.fence.scopes, ...settings.watch];
  const subscriptions = places.flatMap((id) => parseId(id)?.subscriptionId ?? []);
  return azure.readImageUses([...new Set(subscriptions.map((id) => id.toLowerCase()))]);
}

/** What the rules would do to one definition at this moment. */
export async function planRetention(deps: Deps, definitionId: string): Promise<RetentionPlan> {
  const rule = ruleFor(deps.settings.keep, definitionId);
  if (!rule) throw new Refused(noRule(definitionId));
  const image = await existingImage(deps, definitionId);
  return retentionPlan(image, rule, await readUses(deps, definitionId), new Date());
}

/** Where a report on retention is kept. */
export const reportDocument = (id: string) => `retention/${id}/report.json`;

/** A report with what became of it so far. */
export async function readReport({ store }: Deps, id: string): Promise<RetentionReport | undefined> {
  const report = await store.documents.get<RetentionReport>(reportDocument(id));
  if (!report) return undefined;
  const names = await store.documents.list(outcomesFolder(id));
  const outcomes = await Promise.all(
    names.map((name) => store.documents.get<RetentionReport["outcomes"][number]>(name)),
  );
  const told = outcomes.filter((outcome) => outcome !== undefined);
  const wanted = report.plans.reduce((sum, { remove }) => sum + remove.length, 0);
  const state = report.state === "applying" && told.length >= wanted ? "applied" : report.state;
  return { ...report, state, outcomes: told };
}

const outcomesFolder = (id: string) => `retention/${id}/outcomes/`;

/** Notes what became of one version. */
export const noteOutcome = ({ store }: Deps, id: string, outcome: RetentionReport["outcomes"][number]): Promise<void> =>
  store.documents.put(`${outcomesFolder(id)}${digest(outcome.versionId)}.json`, outcome);

const outside = (scope: string) => ({
  code: "OutsideFence",
  title: "The image lies where this Goldsmith may not work",
  status: 403,
  scope,
  fix: ["Have the operator add its gallery or resource group to GOLDSMITH_FENCE"],
});

const noImage = (scope: string) => ({
  code: "ImageNotFound",
  title: "There is no such image definition, or it may not be read",
  status: 404,
  scope,
  fix: ["Name an image definition: …/galleries/{gallery}/images/{image}"],
});

const noRule = (scope: string) => ({
  code: "NoRetentionRule",
  title: "No rule says how many versions of this image are kept, so none is removed",
  status: 422,
  scope,
  fix: ["Have the operator add a rule for it to GOLDSMITH_KEEP"],
});
