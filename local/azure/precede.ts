import { answerArm } from "./arm.ts";
import type { Emulation } from "./emulation.ts";
import type { Fault } from "./faults.ts";
import { isObject } from "./json.ts";
import { type Answer, AzureError, type Caller, type Json, type JsonObject, type Method } from "./world.ts";

/** Answers the request of another client (the owner) while somebody else's waits, and writes it into the record; what it refuses is its sender's loss. */
export async function answerAnother(emulation: Emulation, { request }: Fault): Promise<void> {
  if (request === undefined) return;
  const { method, url, merge } = request;
  try {
    const standing = merge && (await exchange(emulation, "GET", url)).body;
    await exchange(emulation, method, url, merge ? merged(standing ?? {}, merge) : request.body);
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    emulation.world.log(`the request that was to come first was refused: ${error.code}: ${error.message}`);
  }
}

async function exchange(emulation: Emulation, method: Method, url: string, body?: Json): Promise<Answer> {
  const { world, settings } = emulation;
  const { principalId, clientId } = settings.owner;
  const caller: Caller = { principalId, clientId, principalType: "ServicePrincipal", tenantId: world.tenantId };
  const [path = "", query] = url.split("?");
  const sent = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  const answer = await answerArm(emulation, {
    method,
    path,
    query: new URLSearchParams(query),
    headers: {},
    body: sent,
    caller,
  });
  emulation.record({
    method,
    url: `${world.endpoint}${url}`,
    requestHeaders: {},
    requestBody: body ?? null,
    status: answer.status,
    responseHeaders: answer.headers ?? {},
    responseBody: answer.body ?? null,
    caller: "owner",
    at: new Date(world.clock.now()).toISOString(),
  });
  return answer;
}

/** JSON merge patch (RFC 7386). */
function merged(standing: Json, patch: JsonObject): Json {
  const result: Record<string, Json> = isObject(standing) ? { ...standing } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name];
    else result[name] = isObject(value) ? merged(result[name] ?? {}, value) : value;
  return result;
}
