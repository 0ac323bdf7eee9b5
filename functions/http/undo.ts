import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Origin } from "../../shared/build.ts";
import { isTemplateId, sameId } from "../../shared/decide/armId.ts";
import { Refused } from "../../shared/problem.ts";
import type { LedgerEntry } from "../../shared/store/store.ts";
import type { Deps } from "../activities/deps.ts";
import { type UndoLine, undoFolder } from "../activities/undo.ts";
import { isGrant } from "../effects.ts";
import { startOnce } from "../start.ts";
import { effect, origin, problem } from "./answers.ts";
import { accepted } from "./audits.ts";
import { originOf, type Reach } from "./caller.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { type Asked, route } from "./route.ts";

const only = z.enum(["grants", "network"]).optional();
const templateId = z.string().refine(isTemplateId, "not the id of an image template");
const undoRequest = z.union(
  [
    z.strictObject({ all: z.literal(true), only }),
    z.strictObject({ templateId, only }),
    z.strictObject({ madeBefore: z.iso.datetime({ offset: true }), only }),
  ],
  "one of all: true, templateId, or madeBefore (ISO time); and only (grants or network) if it is not to be both",
);

type UndoRequest = z.infer<typeof undoRequest>;

const undoLine: z.ZodType<UndoLine> = z.object({
  entryId: z.string(),
  change: effect,
  outcome: z.enum(["undone", "kept", "refused"]),
  problem: problem.exactOptional(),
  command: z.string().exactOptional().meta({ description: "For somebody who may, where Goldsmith may not" }),
});

const undoView = z.object({
  id: z.string(),
  entries: z.int(),
  origin,
  templateId: z.string().exactOptional(),
  share: z.object({ id: z.string(), imageId: z.string() }).exactOptional(),
  state: z.enum(["running", "done"]),
  lines: z.array(undoLine),
});

/** What an undo that was asked for answers. */
export const acceptedUndo = z.object({ id: z.string(), entries: z.int(), location: z.string() });

/** `POST /undo`: takes back what the ledger says Goldsmith made. */
export const postUndo = route({
  name: "postUndo",
  method: "POST",
  path: "undo",
  role: "approver",
  summary:
    "Take back own grants and network changes by ledger: all, of one template, or older ones; nobody else's work",
  body: undoRequest,
  headers: keyHeader("undo"),
  answers: [
    { status: 202, means: "What the ledger holds of it is being taken back", schema: acceptedUndo },
    { status: 422, means: "The Idempotency-Key stands for another body" },
  ],
  concerns: ({ body }) => ("templateId" in body ? [body.templateId] : "everything"),
  async handle(asked) {
    const { deps, body } = asked;
    const key = await keyOf(asked);
    const { id } = await key.take(newUndoId());
    return startUndo(asked, id, async () => ({
      entryIds: (await chosenEntries(deps, body)).map((entry) => entry.id),
      ...("templateId" in body ? { templateId: body.templateId } : {}),
    }));
  },
});

/** `GET /undo/{id}`: what became of each entry. */
export const getUndo = route({
  name: "getUndo",
  method: "GET",
  path: "undo/{id}",
  role: "reader",
  summary: "One undo: what was taken back, what was kept or refused and why, with the command for somebody who may",
  answers: [{ status: 200, means: "The undo, done or not", schema: undoView }],
  examples: [{ title: "An undo that never was", params: { id: "undo-of-nobody" }, status: 404 }],
  concerns: concernsUndo,
  async handle({ deps, params }) {
    const id = params.id ?? "";
    const { documents } = deps.store;
    const order = await documents.get<UndoOrder>(orderDocument(id));
    if (!order) throw new Refused({ code: "UndoNotFound", title: "There is no undo of that id", status: 404 });
    const { entryIds: _, ...shown } = order;
    const names = await documents.list(undoFolder(id));
    const lines = await Promise.all(names.map((name) => documents.get<UndoLine>(name)));
    const state = lines.length < order.entries ? "running" : "done";
    return {
      ...(state === "running" ? { headers: { "retry-after": "5" } } : {}),
      jsonBody: { ...shown, state, lines },
    };
  },
});

/** An undo as it was asked for. */
export interface UndoOrder {
  readonly id: string;
  readonly entries: number;
  readonly entryIds: readonly string[];
  readonly origin: Origin;
  readonly templateId?: string;
  /** The share that it takes back, and the image that is about. */
  readonly share?: { readonly id: string; readonly imageId: string };
}

/** An id of an undo that is to begin. */
export const newUndoId = () => `undo-${randomUUID().slice(0, 12)}`;

/**
 * Starts an undo of what is chosen, and answers that it is under way. Its order is kept before: it can be looked at from its first
 * moment, and stays what it was when asked for again.
 */
export async function startUndo(
  { deps, caller, client, request }: Pick<Asked<unknown, unknown>, "deps" | "caller" | "client" | "request">,
  id: string,
  choose: () => Promise<Pick<UndoOrder, "entryIds" | "templateId" | "share">>,
) {
  const { documents } = deps.store;
  const standing = await documents.get<UndoOrder>(orderDocument(id));
  const chosen = standing ?? (await choose());
  const { entryIds } = chosen;
  const entries = entryIds.length;
  if (!standing)
    await documents.put(orderDocument(id), { id, entries, origin: originOf(caller), ...chosen } satisfies UndoOrder);
  if (entries > 0) await startOnce(client, "undoEntries", id, { undoId: id, entryIds });
  return accepted(request, `undo/${id}`, { id, entries });
}

async function concernsUndo({ deps, params }: Asked<unknown, unknown>): Promise<Reach> {
  const order = await deps.store.documents.get<UndoOrder>(orderDocument(params.id ?? ""));
  const about = order?.templateId ?? order?.share?.imageId;
  return order ? (about ? [about] : "everything") : [];
}

/** Where an undo keeps what it was asked for. */
export const orderDocument = (undoId: string) => `undo-orders/${undoId}.json`;

/** Newest first, as one takes down what one has put up. */
async function chosenEntries({ store }: Deps, body: UndoRequest): Promise<readonly LedgerEntry[]> {
  const made = (await store.ledger.list()).filter(({ state }) => state === "made" || state === "intended");
  const wanted = made.filter(({ change }) => {
    if (body.only === undefined) return true;
    return (body.only === "grants") === isGrant(change);
  });
  const chosen: LedgerEntry[] = [];
  for (const entry of wanted.reverse()) if (await isChosen(store, entry, body)) chosen.push(entry);
  return chosen;
}

/** Of one template: what it alone rests on; what others use too stays until they are undone as well. */
async function isChosen(store: Deps["store"], entry: LedgerEntry, body: UndoRequest): Promise<boolean> {
  if ("all" in body) return true;
  if ("madeBefore" in body) return Date.parse(entry.at) < Date.parse(body.madeBefore);
  const uses = await store.uses.list(entry.id);
  const users = [entry.templateId, ...uses.flatMap(({ kind, id }) => (kind === "template" ? [id] : []))];
  return users.every((id) => sameId(id, body.templateId));
}
