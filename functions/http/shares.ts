import { randomUUID } from "node:crypto";
import { z } from "zod";
import { adviceOn, type Grantee, levelOf, openedBy } from "../../shared/decide/gallery/share.ts";
import { Refused } from "../../shared/problem.ts";
import { type ShareRecord, type StandingShare, shareStates } from "../../shared/sharing.ts";
import type { Deps } from "../activities/deps.ts";
import {
  effectOf,
  existingGallery,
  type ForeignShare,
  foreignCommand,
  noShare,
  readShare,
  readShares,
  shareEntry,
  shareId,
  shareProblem,
  sharesAround,
  waysToUse,
  writeShare,
} from "../sharing.ts";
import { startOnce } from "../start.ts";
import { origin, problem } from "./answers.ts";
import { accepted } from "./audits.ts";
import { originOf, type Reach, reaches } from "./caller.ts";
import { exampleImage } from "./channels.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { type Asked, noResource, route } from "./route.ts";
import { guid, maybe, principalFields } from "./schemas.ts";
import { acceptedUndo, newUndoId, startUndo } from "./undo.ts";

const imageId = z
  .string()
  .refine(
    (id) => levelOf(id) !== undefined,
    "not the id of a gallery (…/galleries/{gallery}), an image definition (…/images/{image}) or a version (…/versions/{version})",
  );

const grantee: z.ZodType<Grantee> = z.union(
  [z.strictObject(principalFields), z.strictObject({ subscriptionId: guid }), z.strictObject({ tenantId: guid })],
  "a principal (principalId, principalType, and role if it is to be Reader), or a subscriptionId, or a tenantId",
);

const shareFields = {
  id: z.string(),
  imageId: z.string(),
  with: grantee,
  origin,
  at: z.string(),
  buildId: maybe(z.string()),
  state: z.enum(shareStates).meta({ description: "stood: it was there already, made by somebody else" }),
  problem: maybe(problem),
};
const share: z.ZodType<StandingShare> = z.object(shareFields);

const instructions = z.object({
  imageId: z.string(),
  cli: z.string(),
  powershell: z.string(),
  rest: z.string(),
  portal: z.string(),
});

const shareView = z.object({
  ...shareFields,
  advice: z.string().meta({ description: "How far it reaches, and what would be better" }),
  use: z.array(instructions).meta({ description: "For whom it was shared with, one set for each image" }),
});

const foreign: z.ZodType<ForeignShare> = z.object({
  imageId: z.string(),
  with: z.union([
    z.object({ principalId: z.string(), role: z.string() }),
    z.object({ subscriptionId: z.string() }),
    z.object({ tenantId: z.string() }),
  ]),
  command: z.string().meta({ description: "For somebody who may take it back" }),
});

const nobody = { title: "A share that nobody asked for", params: { id: "share-of-nobody" }, status: 404 };
const someone = "33333333-3333-4333-8333-333333333333";

/** `POST /shares`: lets somebody read images, for as long as nobody takes it back. */
export const postShare = route({
  name: "postShare",
  method: "POST",
  path: "shares",
  role: "approver",
  summary:
    "Share a gallery, an image definition or a version with a principal by role, or the gallery directly with a subscription or tenant; only with those whom the operator named",
  body: z.strictObject({ imageId, with: grantee }),
  headers: keyHeader("share"),
  answers: [
    {
      status: 202,
      means: "Under way, with what its consumer will type",
      schema: shareView.extend({ location: z.string() }),
      headers: { Location: "Where it can be followed" },
    },
    { status: 403, means: "The image lies outside the fence, or the fence does not name whom it would be shared with" },
    { status: 404, means: "There is no such gallery, definition or version" },
    { status: 409, means: "This Goldsmith advises only; the answer has the command" },
    { status: 422, means: "The Idempotency-Key stands for another body" },
  ],
  examples: [
    { title: "Neither a principal nor a subscription", body: { imageId: exampleImage, with: {} }, status: 400 },
    {
      title: "With somebody whom the fence does not name",
      body: { imageId: exampleImage, with: { principalId: someone, principalType: "User" } },
      status: 403,
    },
  ],
  concerns: ({ body }) => [body.imageId],
  async handle(asked) {
    const { deps, caller, client, request, body } = asked;
    const key = await keyOf(asked);
    const effect = effectOf(body);
    const refusal = shareProblem(deps, effect);
    if (refusal) throw new Refused(refusal);
    await existingGallery(deps, body.imageId);
    const id = shareId(effect);
    // Asked for again it is done again: somebody may have taken it back. The same key is the same request.
    const { id: order, at } = await key.take(`${id}-${randomUUID().slice(0, 8)}`);
    const imageId = openedBy(effect);
    const record: ShareRecord = { id, imageId, with: body.with, origin: originOf(caller), at, ended: false };
    if (!key.begun) await writeShare(deps, record);
    await startOnce(client, "carryShare", order, { shareId: id });
    return accepted(request, `shares/${id}`, await shown(deps, id));
  },
});

/** `GET /shares`: what was shared, and with an image also what others shared of it. */
export const listShares = route({
  name: "listShares",
  method: "GET",
  path: "shares",
  role: "reader",
  summary: "Shares that were asked for here; of one image also those that others made, with the command for each",
  query: z.strictObject({ imageId: imageId.optional(), buildId: z.string().optional(), code: z.string().optional() }),
  answers: [
    {
      status: 200,
      means: "Oldest first",
      schema: z.object({ value: z.array(share), foreign: maybe(z.array(foreign)) }),
    },
    { status: 404, means: "There is no such gallery, definition or version" },
  ],
  examples: [
    { title: "Everything that is shared", status: 200 },
    { title: "Not the id of an image", query: { imageId: "/subscriptions/1" }, status: 400 },
  ],
  concerns: ({ query }) => (query.imageId ? [query.imageId] : noResource()),
  async handle({ deps, reach, query }) {
    const all = await readShares(deps);
    const mine = all.filter((one) => reaches(reach, one.imageId));
    if (!query.imageId)
      return { jsonBody: { value: query.buildId ? mine.filter(({ buildId }) => buildId === query.buildId) : mine } };
    const { own, foreign } = await sharesAround(deps, query.imageId, mine);
    return { jsonBody: { value: own, foreign } };
  },
});

/** `GET /shares/{id}`. */
export const getShare = route({
  name: "getShare",
  method: "GET",
  path: "shares/{id}",
  role: "reader",
  summary:
    "One share: how it stands, how far it reaches, and ready commands (CLI, PowerShell, REST, portal) for its consumer",
  answers: [{ status: 200, means: "The share", schema: shareView }],
  examples: [nobody],
  concerns: concernsShare,
  handle: async ({ deps, params }) => ({ jsonBody: await shown(deps, params.id) }),
});

/** `DELETE /shares/{id}`: takes an own share back; asking twice is asking once. */
export const deleteShare = route({
  name: "deleteShare",
  method: "DELETE",
  path: "shares/{id}",
  role: "approver",
  summary:
    "Take a share back, by ledger: what others shared is not touched, and named with the command for somebody who may",
  answers: [
    {
      status: 202,
      means: "An undo of this one entry is under way",
      schema: acceptedUndo,
      headers: { Location: "The undo" },
    },
    { status: 409, means: "Somebody else made it" },
  ],
  examples: [nobody],
  concerns: concernsShare,
  async handle(asked) {
    const { deps, params } = asked;
    const share = await existing(deps, params.id);
    const command = await foreignCommand(deps, share);
    if (command) throw new Refused(notOurs(share, command));
    return startUndo(asked, newUndoId(), async () => ({
      // What was refused left nothing behind.
      entryIds: (await deps.store.ledger.get(shareEntry(share.id))) ? [shareEntry(share.id)] : [],
      share: { id: share.id, imageId: share.imageId },
    }));
  },
});

async function concernsShare({ deps, params }: Pick<Asked<unknown, unknown>, "deps" | "params">): Promise<Reach> {
  const found = await readShare(deps, params.id ?? "");
  return found ? [found.imageId] : [];
}

async function existing(deps: Deps, id = ""): Promise<StandingShare> {
  const found = await readShare(deps, id);
  if (!found) throw new Refused(noShare(id));
  return found;
}

async function shown(deps: Deps, id = "") {
  const share = await existing(deps, id);
  const effect = effectOf(share);
  // What may not be read any more is shown all the same.
  const use = await waysToUse(deps, effect, share.with).catch((error: unknown) => {
    if (error instanceof Refused) return [];
    throw error;
  });
  return { ...share, advice: adviceOn(effect), use };
}

const notOurs = ({ imageId }: StandingShare, command: string) => ({
  code: "ForeignShare",
  title: "Somebody else shared it, so Goldsmith leaves it",
  status: 409,
  scope: imageId,
  fix: [`Have somebody who may take it back: ${command}`],
});
