import { z } from "zod";

/** Where a webhook is and what its messages are signed with: none, one secret, or two while they are changed. */
export interface WebhookSecret {
  readonly url?: string;
  readonly secrets: readonly string[];
}

const leastBytes = 24;
const mostBytes = 64;

const signingSecret = z.string().refine((text) => {
  const encoded = text.replace(/^whsec_/, "");
  const bytes = Buffer.from(encoded, "base64");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && bytes.length >= leastBytes && bytes.length <= mostBytes;
}, `a signing secret is "whsec_" and ${leastBytes} to ${mostBytes} bytes in base64`);

const signingSecrets = z.union([signingSecret.transform((one) => [one]), z.array(signingSecret).min(1).max(2)]);
const document = z.strictObject({ url: z.string().optional(), secret: signingSecrets.optional() });

/** Reads what a `secretRef` leads to: JSON `{url, secret}` (`secret` a text or two of them), a URL alone, or the secrets alone, separated by a space. Says what is wrong without repeating it. */
export function readSecret(text: string): WebhookSecret | { readonly fault: string } {
  const value = text.trim();
  if (/^https?:\/\//i.test(value)) return { url: value, secrets: [] };
  const read = value.startsWith("{") ? document.safeParse(json(value)) : signingSecrets.safeParse(value.split(/\s+/));
  if (!read.success) return { fault: read.error.issues.map((issue) => faultOf(issue)).join("; ") };
  if (Array.isArray(read.data)) return { secrets: read.data };
  const { url, secret } = read.data;
  return { ...(url === undefined ? {} : { url }), secrets: secret ?? [] };
}

// Which union member failed how is noise, and unknown keys could be parts of a secret that somebody misplaced.
const faultOf = (issue: z.core.$ZodIssue) =>
  issue.code === "custom" ? issue.message : `expected {"url": "https://…", "secret": "whsec_…"}, a URL, or "whsec_…"`;

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
