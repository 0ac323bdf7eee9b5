import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Delivery, deliveryStates } from "../../shared/delivery.ts";
import { Refused } from "../../shared/problem.ts";
import { messageDocument } from "../activities/announce.ts";
import type { Deps } from "../activities/deps.ts";
import { startOnce } from "../start.ts";
import { delivery } from "./answers.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { pageOf } from "./paging.ts";
import { route } from "./route.ts";

const deliveryQuery = z.strictObject({
  target: z.string().max(40).optional(),
  state: z.enum(deliveryStates).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(1024).optional(),
  /** The function key may stand in the query: it is the host's. */
  code: z.string().optional(),
});

/** `GET /deliveries`: who was told what. */
export const listDeliveries = route({
  name: "listDeliveries",
  method: "GET",
  path: "deliveries",
  role: "reader",
  summary: "Who was told what, and who could not be: latest first; filter by target or state",
  query: deliveryQuery,
  answers: [
    {
      status: 200,
      means: "One page",
      schema: z.object({ value: z.array(delivery), nextLink: z.string().exactOptional() }),
      headers: { Link: "The next page (RFC 8288)" },
    },
  ],
  examples: [
    { title: "What was not delivered", query: { state: "failed" }, status: 200 },
    { title: "No state", query: { state: "lost" }, status: 400 },
  ],
  async handle({ deps, request, query }) {
    const { code: _, target, state, limit, cursor } = query;
    const page = await deps.store.deliveries.page({
      ...(target === undefined ? {} : { target }),
      ...(state === undefined ? {} : { state }),
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const { headers = {}, body } = pageOf(request, page.items, page.cursor);
    return { headers, jsonBody: body };
  },
});

/** `POST /builds/{id}/deliveries/{delivery}/replay`: the same message again, with the same id. */
export const replayDelivery = route({
  name: "replayDelivery",
  method: "POST",
  path: "builds/{id}/deliveries/{delivery}/replay",
  role: "builder",
  summary:
    "Send a message again, under its first id, to a target that missed it; {id} is the build, audit or schedule that it tells of",
  headers: keyHeader("sending"),
  answers: [
    { status: 202, means: "It will be sent", schema: delivery },
    { status: 409, means: "It is being sent already" },
  ],
  examples: [
    { title: "No such delivery", params: { id: "nobody-started-this", delivery: "nobody-sent-this" }, status: 404 },
  ],
  async concerns({ deps, params }) {
    const build = await deps.store.builds.get(params.id ?? "");
    return build ? [build.templateId] : "everything";
  },
  async handle(asked) {
    const { deps, client, params } = asked;
    const standing = await existing(deps, params.id ?? "", params.delivery ?? "");
    const key = await keyOf(asked);
    if (standing.state === "pending" && !key.begun) throw new Refused(underWay(standing));
    const { id, buildId, target, event } = standing;
    const eventId = id.slice(0, -target.length - 1);
    const eventDocument = messageDocument({ thread: buildId, id: eventId });
    const own = `${id}-${randomUUID().slice(0, 8)}`;
    const sending = await key.take(own);
    const shown: Delivery = sending.id === own ? { ...standing, state: "pending", updatedAt: sending.at } : standing;
    if (shown !== standing) await deps.store.deliveries.put(shown);
    const order = { buildId, target, eventDocument, eventId, eventType: event, replay: true as const };
    await startOnce(client, "deliver", sending.id, order);
    return { status: 202, jsonBody: shown };
  },
});

async function existing({ store }: Deps, buildId: string, id: string): Promise<Delivery> {
  const found = (await store.deliveries.list(buildId)).find((one) => one.id === id);
  if (found) return found;
  throw new Refused({
    code: "DeliveryNotFound",
    title: "There is no delivery of that id",
    status: 404,
    fix: ["GET /api/deliveries lists the deliveries there are"],
  });
}

const underWay = ({ id, attempts }: Delivery) => ({
  code: "DeliveryUnderWay",
  title: `The delivery is under way: ${attempts} attempts so far`,
  status: 409,
  fix: [`Wait for its end: GET /api/deliveries shows ${id}`],
});
