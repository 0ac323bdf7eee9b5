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
const https = (what: string) => z.url({ protocol: /^https?$/, error: `${what}, beginning with https://` });
const address = z.email("not an e-mail address");

/** What every target has: a name, and what it wants to hear of. */
const audience = {
  name,
  events,
  templates: z.array(z.string().min(1)).min(1, "leave templates out for all of them").exactOptional(),
  severity: z.enum(["info", "warning", "error"], "not one of: info, warning, error").exactOptional(),
};

const eventGrid = z.strictObject({
  ...audience,
  kind: z.literal("eventGrid"),
  endpoint: z.url({ protocol: /^https$/, error: "the topic's endpoint, beginning with https://" }),
});

const webhook = z
  .strictObject({
    ...audience,
    kind: z.literal("webhook"),
    secretRef: variable.exactOptional(),
    url: z.string().exactOptional(),
  })
  .refine(({ secretRef, url }) => secretRef !== undefined || url !== undefined, {
    message: "a webhook needs secretRef (the setting that holds its URL and secret) or url",
  });

const teams = z.strictObject({ ...audience, kind: z.literal("teams"), secretRef: variable });
const slack = z.strictObject({ ...audience, kind: z.literal("slack"), secretRef: variable });

const email = z.strictObject({
  ...audience,
  kind: z.literal("email"),
  endpoint: https("the endpoint of the Communication Services resource"),
  from: address,
  to: z.array(address).min(1).max(50),
});

const serviceBus = z.strictObject({
  ...audience,
  kind: z.literal("serviceBus"),
  endpoint: https("the namespace's endpoint"),
  entity: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,259}$/, "not the name of a queue or topic"),
});

/** The targets of `GOLDSMITH_TARGETS`, names unique. */
export const targetsSchema: z.ZodType<readonly TargetSettings[]> = z
  .array(z.discriminatedUnion("kind", [eventGrid, webhook, teams, slack, email, serviceBus]))
  .refine((targets) => new Set(targets.map(({ name }) => name)).size === targets.length, "two targets share a name");
