import { eventOf } from "../events.ts";
import { isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import { simpleOperations } from "../simpleResources.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Operation, type World } from "../world.ts";
import { shakeHands } from "./delivery.ts";
import { knownOperators } from "./filters.ts";
import { type AdvancedFilter, type EventSubscription, eventSubscriptions } from "./subscriptions.ts";
import { topicEndpoint, topicType } from "./topics.ts";

const versions = ["2020-06-01", "2021-12-01", "2022-06-15", "2023-12-15-preview", "2024-06-01-preview", "2025-02-15"];
const type = "Microsoft.EventGrid/eventSubscriptions";
const collection = "{scope}/providers/Microsoft.EventGrid/eventSubscriptions";
const one = `${collection}/{eventSubscriptionName}`;

function shown(subscription: EventSubscription): JsonObject {
  return {
    id: subscription.id,
    name: subscription.name,
    type,
    properties: {
      topic: subscription.source,
      provisioningState: "Succeeded",
      // The key in the query is a secret: Azure shows the address without it as well.
      destination: {
        endpointType: "WebHook",
        properties: { endpointBaseUrl: subscription.endpointUrl.split("?")[0] ?? "" },
      },
      filter: {
        subjectBeginsWith: subscription.subjectBeginsWith,
        subjectEndsWith: subscription.subjectEndsWith,
        includedEventTypes: subscription.includedEventTypes,
        advancedFilters: subscription.advancedFilters as unknown as readonly JsonObject[],
      },
      eventDeliverySchema: subscription.schema,
      retryPolicy: {
        maxDeliveryAttempts: subscription.maxDeliveryAttempts,
        eventTimeToLiveInMinutes: subscription.eventTimeToLiveInMinutes,
      },
    },
  };
}

async function putSubscription(world: World, call: Call): Promise<Answer> {
  const subscription = readSubscription(call);
  if (!(await shakeHands(world, subscription)))
    throw new AzureError(
      400,
      "URL validation",
      "Webhook validation handshake failed for the endpoint. For troubleshooting, visit https://aka.ms/esvalidation.",
    );
  eventSubscriptions(world.store).put(subscription);
  world.events.emit(eventOf(call, "Write", `${type}/write`));
  return { status: 201, body: shown(subscription) };
}

function readSubscription(call: Call): EventSubscription {
  const properties = objectOf(objectOf(call.body).properties);
  const destination = objectOf(properties.destination);
  const filter = objectOf(properties.filter);
  const retry = objectOf(properties.retryPolicy);
  const endpointUrl = textOf(objectOf(destination.properties).endpointUrl);
  if (destination.endpointType !== "WebHook" || !endpointUrl || !URL.canParse(endpointUrl))
    throw new AzureError(
      400,
      "InvalidRequest",
      "The emulator delivers to a destination of endpointType WebHook with an endpointUrl.",
    );
  const advancedFilters = listOf(filter.advancedFilters).filter(isObject) as unknown as AdvancedFilter[];
  const unknown = advancedFilters.find((one) => !knownOperators.includes(one.operatorType));
  if (unknown)
    throw new AzureError(
      400,
      "InvalidRequest",
      `The emulator does not know the filter operator ${unknown.operatorType}.`,
    );
  return {
    id: call.id,
    name: call.params.eventSubscriptionName ?? "",
    source: call.params.scope ?? "",
    endpointUrl,
    schema: properties.eventDeliverySchema === "CloudEventSchemaV1_0" ? "CloudEventSchemaV1_0" : "EventGridSchema",
    includedEventTypes: Array.isArray(filter.includedEventTypes) ? textsOf(filter.includedEventTypes) : null,
    subjectBeginsWith: textOf(filter.subjectBeginsWith) ?? "",
    subjectEndsWith: textOf(filter.subjectEndsWith) ?? "",
    advancedFilters,
    maxDeliveryAttempts: Number(retry.maxDeliveryAttempts ?? 30),
    eventTimeToLiveInMinutes: Number(retry.eventTimeToLiveInMinutes ?? 1440),
  };
}

function find(world: World, call: Call): EventSubscription {
  const found = eventSubscriptions(world.store).get(call.id);
  if (!found) throw new AzureError(404, "ResourceNotFound", `The event subscription '${call.id}' was not found.`);
  return found;
}

const operation = operationsOf("EventSubscriptions", type, versions);

/** Custom topics and event subscriptions (of a subscription, a resource group or a custom topic, to webhooks). */
export const eventGridOperations: readonly Operation[] = [
  ...simpleOperations(topicType, versions, (world, name) => ({
    endpoint: topicEndpoint(world, name),
    inputSchema: "CloudEventSchemaV1_0",
    publicNetworkAccess: "Enabled",
    disableLocalAuth: true,
  })),
  operation("CreateOrUpdate", "PUT", one, "write", putSubscription),
  operation("Get", "GET", one, "read", (world, call) => ({ status: 200, body: shown(find(world, call)) })),
  operation("Delete", "DELETE", one, "delete", (world, call) => ({
    status: eventSubscriptions(world.store).delete(call.id) ? 200 : 204,
  })),
  operation("List", "GET", collection, "read", (world, call) => {
    const source = (call.params.scope ?? "").toLowerCase();
    const own = eventSubscriptions(world.store)
      .all()
      .filter((subscription) => subscription.source.toLowerCase() === source);
    return page(world, call, own.map(shown));
  }),
];
