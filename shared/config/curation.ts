import { z } from "zod";
import { jsonText, scope } from "./fence.ts";

/** A channel: a name that people follow. */
export interface ChannelSettings {
  /** Whether somebody else than who asks has to agree. */
  readonly approval: boolean;
  /** Hours that an approval is waited for. */
  readonly hours: number;
}

const channel = z.strictObject({ approval: z.boolean().default(false), hours: z.int().min(1).max(720).default(72) });

/** `GOLDSMITH_CHANNELS`. */
export const channelsSchema: z.ZodType<Readonly<Record<string, ChannelSettings>>> = jsonText.pipe(
  z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "a channel is 1 to 40 lower-case letters, digits, dashes"),
    channel,
  ),
);

/** `GOLDSMITH_APPROVALS`. */
export const approvalsSchema = jsonText.pipe(
  z.strictObject({ hours: z.int().min(1).max(720).default(72), scopes: z.array(scope).default([]) }),
);

const rule = z.strictObject({
  scope,
  keepLast: z.int().min(1).max(1000),
  keepDays: z.int().min(0).max(36_500),
  keepTags: z.array(z.string().min(1).max(512)).default([]),
});

/** `GOLDSMITH_KEEP`. */
export const keepSchema = jsonText.pipe(z.array(rule));
