import type { Emulation } from "../emulation.ts";
import type { Incoming } from "../front.ts";
import { listOf, objectOf, textOf } from "../json.ts";
import { type Answer, AzureError, type Json } from "../world.ts";

/** Azure's policy decision point is a host of its own; here it has a path at the emulator's address. */
export const oraclePath = /^\/providers\/Microsoft\.Authorization\/checkAccess\/?$/i;

const audiences = ["https://authorization.azure.net"];
const mostActions = 50;

/**
 * checkAccess v2, as far as others' clients show it (rbac-network-arm.md §2.7; nothing of it is documented): what a principal may do at a
 * scope now. Refuses every caller unless the switch `accessOracle` says otherwise, as people with custom roles reported.
 */
export function answerOracle({ world, tokens, record }: Emulation, incoming: Incoming): Answer {
  const caller = tokens.check(incoming.headers.authorization, audiences);
  const answer = world.switches.accessOracle ? decisions(world, incoming) : refusal(403, "Caller is not authorized.");
  record({
    method: incoming.method,
    url: `${world.endpoint}${incoming.url}`,
    requestHeaders: incoming.headers,
    requestBody: JSON.parse(incoming.body.toString() || "null"),
    status: answer.status,
    responseHeaders: {},
    responseBody: answer.body ?? null,
    caller: caller.principalId,
    at: new Date(world.clock.now()).toISOString(),
  });
  return answer;
}

const refusal = (status: number, message: string): Answer => ({ status, body: { statusCode: status, message } });

function decisions(world: Emulation["world"], { body, query }: Incoming): Answer {
  if (query.get("api-version") !== "2021-06-01-preview") return refusal(400, "The api-version is not supported.");
  const asked = objectOf(JSON.parse(body.toString() || "null") as Json);
  const principalId = textOf(objectOf(objectOf(asked.Subject).Attributes).ObjectId);
  const scope = textOf(objectOf(asked.Resource).Id);
  const actions = listOf(asked.Actions).map(objectOf);
  if (!principalId || !scope || actions.length === 0)
    return refusal(400, "Subject, Actions and Resource are required.");
  if (actions.length > mostActions) throw new AzureError(501, "NotEmulated", "The emulated oracle has no pages.");
  const value = actions.map(({ Id, IsDataAction }) => {
    const dataAction = IsDataAction === true;
    const { kind } = world.rights.decide(principalId, textOf(Id) ?? "", scope, { dataAction });
    const accessDecision = kind === "allowed" ? "Allowed" : "NotAllowed";
    return { actionId: textOf(Id) ?? "", accessDecision, isDataAction: dataAction, timeToLiveInMs: 0 };
  });
  return { status: 200, body: { value } };
}
