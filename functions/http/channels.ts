import { z } from "zod";
import type { ChannelSettings } from "../../shared/config/curation.ts";
import { type ChannelMove, moveStates } from "../../shared/curation.ts";
import { normalize, parseId, typeOf } from "../../shared/decide/armId.ts";
import { channelsOf, planMove, revokedTag } from "../../shared/decide/gallery/channels.ts";
import { highestFirst, type StoredVersion } from "../../shared/decide/gallery/facts.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { existingImage, newMoveId, readLatestMoves, readMove, readMoves, writeMove } from "../curating.ts";
import { startOnce } from "../start.ts";
import { problem } from "./answers.ts";
import { accepted } from "./audits.ts";
import { originOf, type Reach, reaches } from "./caller.ts";
import { decide, decisionAnswers, decisionRequest, reason } from "./deciding.ts";
import { keyHeader, keyOf, type RequestKey } from "./idempotency.ts";
import { type Asked, noResource, route } from "./route.ts";
import { maybe } from "./schemas.ts";

export const definitionId = z
  .string()
  .refine(
    (id) => parseId(id) !== undefined && typeOf(id) === "microsoft.compute/galleries/images",
    "not the id of an image definition: …/galleries/{gallery}/images/{image}",
  );

const moveRequest = z.strictObject({
  definitionId,
  channel: z.string().max(40),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "a version is three numbers with dots"),
  /** rollBack: `latest` shall mean no newer version any more, either. */
  kind: z.enum(["promote", "rollBack"]).default("promote"),
  reason,
});

const move: z.ZodType<ChannelMove> = z.object({
  id: z.string(),
  definitionId: z.string(),
  channel: z.string(),
  kind: z.enum(["promote", "rollBack"]),
  to: z.string(),
  from: maybe(z.string()),
  reason: z.string(),
  origin: z.object({ kind: z.enum(["http", "event", "timer"]), who: maybe(z.string()) }),
  at: z.string(),
  state: z.enum(moveStates),
  decidedBy: maybe(z.string()),
  decisionReason: maybe(z.string()),
  endedAt: maybe(z.string()),
  excluded: maybe(z.array(z.string())),
  machines: maybe(z.array(z.string())).meta({ description: "Who runs what was rolled back" }),
  problem: maybe(problem),
}) as z.ZodType<ChannelMove>;

const version = z
  .object({
    name: z.string(),
    state: z.string().meta({ description: "Azure's provisioningState: only Succeeded can be promoted" }),
    excluded: z.boolean().meta({ description: "Whether latest may not mean it" }),
    publishedAt: maybe(z.string()),
    endOfLife: maybe(z.string()),
    revoked: maybe(z.string()).meta({ description: "Why it was taken out of use" }),
  })
  .meta({ description: "An image version as far as channels go" });

const versionView = ({ name, tags, provisioningState, excluded, publishedAt, endOfLife }: StoredVersion) => ({
  name,
  state: provisioningState,
  excluded,
  ...(publishedAt === undefined ? {} : { publishedAt }),
  ...(endOfLife === undefined ? {} : { endOfLife }),
  ...(tags[revokedTag] === undefined ? {} : { revoked: tags[revokedTag] }),
});

/** An image that is not there, for examples. */
export const exampleImage =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-elsewhere/providers/Microsoft.Compute/galleries/gold/images/ubuntu";

/** `GET /channels`: what each channel of an image means, and how it came to that. */
export const getChannels = route({
  name: "getChannels",
  method: "GET",
  path: "channels",
  role: "reader",
  summary:
    "Channels of an image definition: which version each means, which versions there are, and the whole history of moves",
  query: z.strictObject({ definitionId, code: z.string().optional() }),
  answers: [
    {
      status: 200,
      means: "Channels by name, versions highest first, and history oldest first",
      schema: z.object({
        definitionId: z.string(),
        channels: z.record(z.string(), z.string()),
        configured: z.record(z.string(), z.object({ approval: z.boolean(), hours: z.int() })).meta({
          description: "The channels an image can have here: whether a move waits for an approval, and how long",
        }),
        versions: z.array(version),
        history: z.array(move),
      }),
    },
    { status: 403, means: "The image lies where this Goldsmith may not work" },
    { status: 404, means: "There is no such image definition" },
  ],
  examples: [{ title: "An image that is not there", query: { definitionId: exampleImage }, status: 404 }],
  concerns: ({ query }) => [query.definitionId],
  async handle({ deps, query }) {
    const image = await existingImage(deps, query.definitionId);
    const history = await readMoves(deps, image.id);
    const versions = [...image.versions].sort(highestFirst).map(versionView);
    const configured = deps.settings.channels;
    return {
      jsonBody: { definitionId: image.id, channels: channelsOf(image.tags), configured, versions, history },
    };
  },
});

/** `GET /channel-moves`: what was moved of late, whatever image it is. */
export const listMoves = route({
  name: "listMoves",
  method: "GET",
  path: "channel-moves",
  role: "reader",
  summary:
    "Moves of channels of all images that were asked for in the last 31 days, latest first; nothing waits longer",
  answers: [{ status: 200, means: "All of them", schema: z.object({ value: z.array(move) }) }],
  examples: [{ title: "What was moved of late", status: 200 }],
  concerns: noResource,
  async handle({ deps, reach }) {
    const value = await readLatestMoves(deps, new Date());
    return { jsonBody: { value: value.filter(({ definitionId }) => reaches(reach, definitionId)) } };
  },
});

/** `POST /channels`: promotes a version into a channel, or rolls the channel back. */
export const postMove = route({
  name: "postMove",
  method: "POST",
  path: "channels",
  role: "builder",
  summary:
    "Promote a version into a channel, or roll the channel back (newer versions leave latest, machines that run them are named); waits for an approval where the channel asks for one",
  body: moveRequest,
  headers: keyHeader("move"),
  answers: [
    {
      status: 202,
      means: "Under way, or waiting for an approval",
      schema: z.object({ id: z.string(), state: z.enum(moveStates), location: z.string() }),
      headers: { Location: "Where it can be followed" },
    },
    { status: 403, means: "The image lies where this Goldsmith may not work" },
    {
      status: 422,
      means: "No such channel or version, one that cannot be promoted, or a key that stands for another body",
    },
  ],
  examples: [
    {
      title: "Without a reason",
      body: { definitionId: exampleImage, channel: "production", version: "1.0.0", reason: "" },
      status: 400,
    },
    {
      title: "A channel that the operator does not have",
      body: { definitionId: exampleImage, channel: "nobody", version: "1.0.0", reason: "tested" },
      status: 422,
    },
  ],
  concerns: ({ body }) => [body.definitionId],
  async handle(asked) {
    const { deps, client, request, body } = asked;
    const settings = deps.settings.channels[body.channel];
    if (!settings) throw new Refused(noChannel(body.channel, Object.keys(deps.settings.channels)));
    const key = await keyOf(asked);
    const begun = key.begun && (await readMove(deps, key.begun.id));
    const { id, at, state } = begun ?? (await writtenMove(asked, key, settings));
    const decideBy = new Date(Date.parse(at) + settings.hours * 3_600_000).toISOString();
    await startOnce(client, "carryMove", id, { moveId: id, ...(settings.approval ? { decideBy } : {}) });
    return accepted(request, `channel-moves/${id}`, { id, state });
  },
});

/** Checks what is asked for and writes it down. */
async function writtenMove(
  { deps, caller, body }: Asked<z.infer<typeof moveRequest>, unknown>,
  key: RequestKey,
  { approval }: ChannelSettings,
): Promise<ChannelMove> {
  const image = await existingImage(deps, body.definitionId);
  const { kind, channel, version, reason: why } = body;
  const plan = planMove(image, { kind, channel, version }, { uses: [], unread: [] });
  if ("code" in plan) throw new Refused(plan);
  const move: ChannelMove = {
    ...(await key.take(newMoveId())),
    definitionId: image.id,
    channel,
    kind,
    to: version,
    reason: why,
    origin: originOf(caller),
    state: approval ? "awaitingApproval" : "moving",
  };
  await writeMove(deps, move);
  return move;
}

const noMove = { title: "A move that nobody asked for", params: { id: "move-nobody" }, status: 404 };

/** `GET /channel-moves/{id}`. */
export const getMove = route({
  name: "getMove",
  method: "GET",
  path: "channel-moves/{id}",
  role: "reader",
  summary: "One move of a channel: state, who asked and why, who agreed, what it excluded and whom it concerns",
  answers: [{ status: 200, means: "The move", schema: move }],
  examples: [noMove],
  concerns: concernsMove,
  handle: async ({ deps, params }) => ({ jsonBody: await existing(deps, params.id) }),
});

/** `POST /channel-moves/{id}/approvals`: somebody else than who asked decides. */
export const approveMove = route({
  name: "approveMove",
  method: "POST",
  path: "channel-moves/{id}/approvals",
  role: "approver",
  summary: "Agree to a move of a channel, or reject it; not by whoever asked for it",
  body: decisionRequest,
  headers: keyHeader("decision"),
  answers: [{ status: 200, means: "Decided", schema: move }, ...decisionAnswers],
  examples: [{ ...noMove, body: { decision: "approve" } }],
  concerns: concernsMove,
  async handle(asked) {
    const { id, state, origin, ...rest } = await existing(asked.deps, asked.params.id);
    const waits = state === "awaitingApproval";
    const seeAt = `/api/channel-moves/${id}`;
    const { who = "" } = await decide(asked, id, { what: "the move", state, waits, askedBy: origin.who, seeAt });
    return { jsonBody: { ...rest, id, state, origin, decidedBy: who } };
  },
});

async function concernsMove({ deps, params }: Pick<Asked<unknown, unknown>, "deps" | "params">): Promise<Reach> {
  const found = await readMove(deps, params.id ?? "");
  return found ? [normalize(found.definitionId)] : [];
}

async function existing(deps: Deps, id = ""): Promise<ChannelMove> {
  const found = await readMove(deps, id);
  if (found) return found;
  throw new Refused({
    code: "MoveNotFound",
    title: "There is no move of that id",
    status: 404,
    fix: ["GET /api/channels shows the moves of an image"],
  });
}

const noChannel = (name: string, known: readonly string[]): Problem => ({
  code: "NoSuchChannel",
  title: `There is no channel ${name}`,
  status: 422,
  errors: [
    { pointer: "/channel", detail: known.length > 0 ? `one of ${known.join(", ")}` : "no channel is configured" },
  ],
  fix: ["Have the operator add it to GOLDSMITH_CHANNELS"],
});
