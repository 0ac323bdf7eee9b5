/** Where a webhook is and what its messages are signed with: none, one secret, or two while they are changed. */
export interface WebhookSecret {
  readonly url?: string;
  readonly secrets: readonly string[];
}

/** What is wrong with a setting; never what it holds. */
export interface SecretFault {
  readonly fault: string;
}

const leastBytes = 24;
const mostBytes = 64;
const badSecret = `a signing secret is "whsec_" and ${leastBytes} to ${mostBytes} bytes in base64, at most two of them`;
const badForm = `expected {"url": "https://…", "secret": "whsec_…"}, a URL, or "whsec_…"`;

/** Reads what a `secretRef` leads to: JSON `{url, secret}` (`secret` a text or a list of two), a URL alone, or the secrets alone, with a space between them. */
export function readSecret(text: string): WebhookSecret | SecretFault {
  const value = text.trim();
  if (value.startsWith("{")) return readDocument(value);
  if (/^https?:\/\//i.test(value)) return { url: value, secrets: [] };
  return withSecrets({}, value.split(/\s+/));
}

function readDocument(text: string): WebhookSecret | SecretFault {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = JSON.parse(text) as typeof document;
  } catch {
    return { fault: badForm };
  }
  const { url, secret = [], ...unknown } = document;
  if (Object.keys(unknown).length > 0 || (url !== undefined && typeof url !== "string")) return { fault: badForm };
  return withSecrets(url === undefined ? {} : { url }, typeof secret === "string" ? secret.split(/\s+/) : secret);
}

function withSecrets(where: { readonly url?: string }, secrets: unknown): WebhookSecret | SecretFault {
  if (!Array.isArray(secrets) || secrets.length > 2 || !secrets.every(isSigningSecret)) return { fault: badSecret };
  return { ...where, secrets };
}

/** Size as Standard Webhooks asks for it; stricter than the library, which signs with anything. */
function isSigningSecret(text: unknown): text is string {
  if (typeof text !== "string") return false;
  const encoded = text.replace(/^whsec_/, "");
  const bytes = Buffer.from(encoded, "base64").length;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && bytes >= leastBytes && bytes <= mostBytes;
}
