import { z } from "zod";

const name = z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "a name is 1 to 40 letters, digits and dashes");
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not the name of a setting");
const eventType = z
  .string()
  .regex(/^(?:\*|io\.goldsmith(?:\.[A-Za-z0-9]+)+)$/, `"*" or a type such as io.goldsmith.build.failed.v1`);
const events = z.union([z.literal("*").transform(() => ["*"]), z.array(eventType).min(1)], {
  error: `"*" or a list of event types such as io.goldsmith.build.failed.v1`,
});

const eventGrid = z.strictObject({
  name,
  kind: z.literal("eventGrid"),
  endpoint: z.url({ protocol: /^https$/, error: "the topic's endpoint, beginning with https://" }),
  events,
});

const webhook = z
  .strictObject({
    name,
    kind: z.literal("webhook"),
    secretRef: variable.optional(),
    url: z.string().optional(),
    events,
  })
  .refine(({ secretRef, url }) => secretRef !== undefined || url !== undefined, {
    message: "a webhook needs secretRef (the setting that holds its URL and secret) or url",
  });

/** The targets of `GOLDSMITH_TARGETS`, names unique. */
export const targetsSchema = z
  .array(z.discriminatedUnion("kind", [eventGrid, webhook]))
  .refine(
    (targets) => new Set(targets.map((target) => target.name)).size === targets.length,
    "two targets share a name",
  );

/** Somebody who is told: an Event Grid topic, or a webhook whose URL and secret are in the setting `secretRef`. */
export type TargetSettings = z.infer<typeof targetsSchema>[number];
export type WebhookTarget = Extract<TargetSettings, { kind: "webhook" }>;
export type EventGridTarget = Extract<TargetSettings, { kind: "eventGrid" }>;

/** Whether the target wants events of that type. */
export function wants(target: TargetSettings, eventType: string): boolean {
  return target.events.includes("*") || target.events.includes(eventType);
}
