import { z } from "zod";
import type { TargetSettings } from "../notify/targets.ts";

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
    secretRef: variable.exactOptional(),
    url: z.string().exactOptional(),
    events,
  })
  .refine(({ secretRef, url }) => secretRef !== undefined || url !== undefined, {
    message: "a webhook needs secretRef (the setting that holds its URL and secret) or url",
  });

/** The targets of `GOLDSMITH_TARGETS`, names unique. */
export const targetsSchema: z.ZodType<readonly TargetSettings[]> = z
  .array(z.discriminatedUnion("kind", [eventGrid, webhook]))
  .refine((targets) => new Set(targets.map(({ name }) => name)).size === targets.length, "two targets share a name");
