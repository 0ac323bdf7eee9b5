import type { Message } from "../decide/messages/message.ts";
import { teamsMessage } from "../decide/messages/teams.ts";
import { urlFault } from "./address.ts";
import { DeliveryFault, type DeliveryOutcome } from "./outcome.ts";
import { judge, type PostSettings, post } from "./post.ts";
import type { TeamsTarget } from "./targets.ts";

/** Where workflows listen (platform.md §10). */
const workflowHosts = /\.(?:logic\.azure\.(?:com|us|cn)|environment\.api\.powerplatform\.(?:com|us|cn))$/i;
const connectorHosts = /(?:^|\.)(?:webhook\.office\.com|outlook\.office\.com)$/i;

/** What is wrong with the URL of a Teams target, or undefined. */
export function teamsUrlFault(url: string, allowLoopback: boolean): string | undefined {
  const fault = urlFault(url, allowLoopback);
  if (fault !== undefined) return fault;
  const host = new URL(url).hostname;
  if (connectorHosts.test(host))
    return 'an Office 365 connector, which Microsoft has retired: make a workflow (Teams, channel, Workflows, "Send webhook alerts to a channel") and give its URL';
  if (workflowHosts.test(host) || (allowLoopback && /^(?:localhost|127\.0\.0\.1)$/.test(host))) return undefined;
  return "not the URL of a Teams workflow (…logic.azure.com or …environment.api.powerplatform.com)";
}

/** Posts a card to a Teams workflow, in one attempt. A workflow accepts (202) before it posts: what fails behind it is not seen here. */
export async function callTeams(
  { name, secretRef }: TeamsTarget,
  message: Message,
  url: string,
  settings: PostSettings,
): Promise<DeliveryOutcome> {
  const fault = teamsUrlFault(url, settings.allowLoopback);
  if (fault !== undefined) throw new DeliveryFault(`${name}: the setting ${secretRef}: ${fault}`);
  const body = JSON.stringify(teamsMessage(message));
  return judge(name, await post(name, url, { "content-type": "application/json" }, body, settings));
}
