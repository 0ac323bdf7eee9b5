import type { SecretFault } from "./secret.ts";

/** How a Slack channel is reached. */
export type SlackSecret =
  | { readonly kind: "hook"; readonly url: string }
  | { readonly kind: "bot"; readonly token: string; readonly channel: string; readonly url: string };

const postMessage = "https://slack.com/api/chat.postMessage";
const badForm = `expected the URL of an incoming webhook, or {"token": "xoxb-…", "channel": "C…"}`;

/** Reads what the `secretRef` of a Slack target leads to. `url` beside a token is for Slack's other clouds (GovSlack). */
export function readSlackSecret(text: string): SlackSecret | SecretFault {
  const value = text.trim();
  if (/^https?:\/\//i.test(value)) return { kind: "hook", url: value };
  try {
    const { token, channel, url = postMessage, ...unknown } = JSON.parse(value) as Record<string, unknown>;
    const texts = [token, channel, url].every((one) => typeof one === "string" && one !== "");
    if (!texts || Object.keys(unknown).length > 0) return { fault: badForm };
    return { kind: "bot", token: String(token), channel: String(channel), url: String(url) };
  } catch {
    return { fault: badForm };
  }
}
