import type { DurableClient } from "durable-functions";
import { isTemplateId, within } from "../../shared/decide/armId.ts";
import type { Deps } from "../activities/deps.ts";
import { contentKey, startBuild } from "../building.ts";
import { type RunVerdict, runReported } from "./runReported.ts";

/** What we read of an event: Event Grid schema or CloudEvents, told apart by nothing else. */
export interface TemplateEvent {
  readonly subject?: string;
  readonly eventType?: string;
  readonly type?: string;
  readonly data?: { readonly resourceUri?: string; readonly operationName?: string };
}

const kinds = /^microsoft\.resources\.resource(write|action)(success|failure|cancel)$/i;
const operations: Readonly<Record<string, "write" | "action">> = {
  "microsoft.virtualmachineimages/imagetemplates/write": "write",
  "microsoft.virtualmachineimages/imagetemplates/run/action": "action",
};

/** Why an event did or did not start a build. */
export type EventVerdict = "started" | "joined" | "noConcern" | "notWatched" | "gone" | "knownContent";

/** A template was written, or ran, says an event. It is a hint: the template is read, and only content that is new starts a build. */
export async function templateTold(
  deps: Deps,
  client: DurableClient,
  event: TemplateEvent,
): Promise<EventVerdict | RunVerdict> {
  const templateId = event.data?.resourceUri ?? event.subject ?? "";
  const kind = kinds.exec(event.eventType ?? event.type ?? "")?.[1]?.toLowerCase();
  const operation = operations[(event.data?.operationName ?? "").toLowerCase()];
  if (!operation || kind !== operation || !isTemplateId(templateId)) return "noConcern";
  return operation === "action"
    ? runReported(deps, client, templateId)
    : considerTemplate(deps, client, templateId, "event");
}

/** Starts a build of the template if what stands there was never built, seen or set aside. */
export async function considerTemplate(
  deps: Deps,
  client: DurableClient,
  templateId: string,
  kind: "event" | "timer",
): Promise<EventVerdict> {
  if (!deps.settings.watch.some((scope) => within(scope, templateId))) return "notWatched";
  const template = await deps.azure.readTemplate(templateId);
  if (!template) return "gone";
  const key = contentKey(template.id, template.body);
  if (await deps.store.seen.has("content", key)) return "knownContent";
  const { id, body } = template;
  const wish = { templateId: id, body, found: template, create: false, origin: { kind }, seed: key };
  return (await startBuild(deps, client, wish)).joined ? "joined" : "started";
}
