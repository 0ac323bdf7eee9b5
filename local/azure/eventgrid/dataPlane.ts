import { nameOf, sameId } from "../ids.ts";
import { isObject, textOf } from "../json.ts";
import { type Answer, AzureError, type Caller, type JsonObject, type World } from "../world.ts";
import { publish } from "./delivery.ts";
import { topicType } from "./topics.ts";

const sendAction = "Microsoft.EventGrid/events/send/action";

/** The path of a custom topic's data plane; its group `name` is the topic's. */
export const topicPath = /^\/eventgrid\/(?<name>[^/]+)\/api\/events\/?$/i;

/** What a topic took, for `GET /emulator/topics/{name}/events`. */
export interface TakenEvent {
  readonly at: string;
  readonly event: JsonObject;
}

/** Takes CloudEvents for a custom topic: the sender needs the data action, the events must be well-formed, 1 MB in all. */
export function takeEvents(world: World, topicName: string, caller: Caller, body: Buffer): Answer {
  const topic = world.store.resources(topicType).find(({ id }) => nameOf(id).toLowerCase() === topicName.toLowerCase());
  if (!topic) throw new AzureError(404, "NotFound", `The topic ${topicName} does not exist.`);
  if (world.rights.decide(caller.principalId, sendAction, topic.id, { dataAction: true }).kind === "denied")
    throw new AzureError(
      403,
      "Forbidden",
      `The principal associated with access token presented with the incoming request does not have permission to send data to ${topic.id}.`,
    );
  if (body.length > 1024 * 1024)
    throw new AzureError(413, "PayloadTooLarge", "The maximum size of an event or a batch is 1 MB.");
  const events = readEvents(body);
  for (const event of events) take(world, topic.id, event);
  return { status: 200 };
}

function readEvents(body: Buffer): readonly JsonObject[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    throw new AzureError(
      400,
      "BadRequest",
      "This resource is configured for 'CloudEventV10' schema and requires JSON.",
    );
  }
  const events: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return events.map((event) => {
    const missing = ["id", "source", "specversion", "type"].find((name) => !isObject(event) || !textOf(event[name]));
    if (!isObject(event) || missing)
      throw new AzureError(
        400,
        "BadRequest",
        `This resource is configured to receive event in 'CloudEventV10' schema. The JSON received does not conform to the expected schema: '${missing}' is missing.`,
      );
    return event;
  });
}

function take(world: World, topicId: string, event: JsonObject): void {
  const at = new Date(world.clock.now()).toISOString();
  const key = `${nameOf(topicId)}/${String(world.clock.now()).padStart(15, "0")}/${world.guid()}`;
  world.store.put("takenEvent", key, { at, event } satisfies TakenEvent);
  publish(world, (subscription) => sameId(subscription.source, topicId), {
    id: textOf(event.id) ?? "",
    source: textOf(event.source) ?? "",
    subject: textOf(event.subject) ?? "",
    type: textOf(event.type) ?? "",
    time: textOf(event.time) ?? at,
    data: event.data ?? null,
    cloudEvent: event,
  });
}
