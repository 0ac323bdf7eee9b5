import type { Message } from "../decide/messages/message.ts";
import { slackMessage } from "../decide/messages/slack.ts";
import { DeliveryFault, type DeliveryOutcome, rejected } from "./outcome.ts";
import { type Answer, gone, judge, type PostSettings, post } from "./post.ts";
import { readSlackSecret, type SlackSecret } from "./slackSecret.ts";
import type { SlackTarget } from "./targets.ts";

const json = { "content-type": "application/json; charset=utf-8" };

/** Posts to a Slack channel in one attempt: by an incoming webhook a message each, by a bot's token a thread for each build. */
export async function callSlack(
  { name, secretRef }: SlackTarget,
  message: Message,
  text: string,
  thread: string | undefined,
  settings: PostSettings,
): Promise<DeliveryOutcome> {
  const secret = readSlackSecret(text);
  if ("fault" in secret) throw new DeliveryFault(`${name}: the setting ${secretRef}: ${secret.fault}`);
  const content = slackMessage(message);
  if (secret.kind === "hook")
    return judgeHook(name, await post(name, secret.url, json, JSON.stringify(content), settings));
  return byBot(name, secret, { ...content, ...inThread(message, thread) }, settings);
}

/** Later messages hang below the first; a failure is shown in the channel too. */
const inThread = ({ severity }: Message, thread: string | undefined) =>
  thread === undefined ? {} : { thread_ts: thread, ...(severity === "error" ? { reply_broadcast: true } : {}) };

/** An incoming webhook that was taken away says so in words; its statuses are those of any webhook (docs.slack.dev, "Sending messages using incoming webhooks"). */
function judgeHook(name: string, answer: Answer): DeliveryOutcome {
  const dead = /^(?:no_service|no_team|team_disabled|invalid_token|channel_is_archived)/.exec(answer.text.trim())?.[0];
  return dead && answer.status >= 400 ? gone(name, `Slack answered ${dead}`) : judge(name, answer);
}

interface BotAnswer {
  readonly ok?: boolean;
  readonly ts?: string;
  readonly error?: string;
}

async function byBot(
  name: string,
  { token, channel, url }: Extract<SlackSecret, { kind: "bot" }>,
  content: Readonly<Record<string, unknown>>,
  settings: PostSettings,
): Promise<DeliveryOutcome> {
  const headers = { ...json, authorization: `Bearer ${token}` };
  const body = JSON.stringify({ channel, unfurl_links: false, mrkdwn: false, ...content });
  const answer = await post(name, url, headers, body, settings);
  if (answer.status !== 200) return judge(name, answer);
  const { ok, ts, error = "nothing it can be understood by" } = parsed(answer.text);
  if (ok) return { kind: "delivered", ...(ts === undefined ? {} : { thread: ts }) };
  if (passing.includes(error)) throw new DeliveryFault(`${name}: Slack answered ${error}`, answer.retryAfterSeconds);
  if (dead.includes(error)) return gone(name, `Slack answered ${error}`);
  return rejected(
    name,
    "TargetRejected",
    `Slack answered ${error}`,
    "Invite the bot to the channel, and give it chat:write.",
  );
}

/** Errors of `chat.postMessage` that pass by themselves, and those after which no message will be taken (docs.slack.dev/reference/methods/chat.postMessage). */
const passing = [
  "ratelimited",
  "rate_limited",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
];
const dead = ["account_inactive", "invalid_auth", "token_expired", "token_revoked", "is_archived", "channel_not_found"];

function parsed(text: string): BotAnswer {
  try {
    return JSON.parse(text) as BotAnswer;
  } catch {
    return {};
  }
}
