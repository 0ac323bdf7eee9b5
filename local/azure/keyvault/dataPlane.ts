import type { Emulation } from "../emulation.ts";
import type { Incoming } from "../front.ts";
import { nameOf } from "../ids.ts";
import { objectOf, textOf } from "../json.ts";
import { type Answer, AzureError, type Resource, type World } from "../world.ts";
import { get, getRemoved, type Place, purge, recover, remove, set, VaultRefusal } from "./secrets.ts";

const audience = "https://vault.azure.net";
const apiVersions = ["7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"];

/** What may be asked of secrets: the data action it takes, and the answer. */
interface Move {
  readonly method: string;
  readonly path: RegExp;
  readonly action: string;
  readonly answer: (place: Place, incoming: Incoming, name: string, version: string) => Answer;
}

const one = /^\/secrets\/([0-9A-Za-z-]{1,127})(?:\/([0-9a-f]{32}))?\/?$/;
const removed = /^\/deletedsecrets\/([0-9A-Za-z-]{1,127})()\/?$/;
const recovered = /^\/deletedsecrets\/([0-9A-Za-z-]{1,127})\/recover()\/?$/;

const moves: readonly Move[] = [
  { method: "GET", path: one, action: "getSecret/action", answer: get },
  { method: "PUT", path: one, action: "setSecret/action", answer: set },
  { method: "DELETE", path: one, action: "delete", answer: remove },
  { method: "GET", path: removed, action: "readMetadata/action", answer: getRemoved },
  { method: "DELETE", path: removed, action: "purge/action", answer: purge },
  { method: "POST", path: recovered, action: "recover/action", answer: recover },
];

/** Answers requests about a vault's secrets: a challenge without a token, a token for vaults, the data action at the vault by Azure RBAC; soft delete as it always is by now. No list, no access policies. */
export function answerVault(emulation: Emulation, vault: Resource, incoming: Incoming): Answer {
  const { world } = emulation;
  const path = incoming.path.replace(/^\/[^/]+/, "");
  try {
    const principalId = callerOf(emulation, incoming);
    const version = incoming.query.get("api-version") ?? "";
    if (!apiVersions.includes(version))
      throw new AzureError(
        400,
        "BadParameter",
        `The specified version (${version}) is not recognized. Consider using the latest supported version.`,
      );
    const move = moves.find((each) => each.method === incoming.method && each.path.test(path));
    if (!move) throw new AzureError(501, "NotEmulated", `The emulator's vaults have no ${incoming.method} ${path}.`);
    const [, name = "", secretVersion = ""] = move.path.exec(path) ?? [];
    authorize(world, vault, principalId, move.action);
    return move.answer({ world, vault: nameOf(vault.id).toLowerCase() }, incoming, name, secretVersion);
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    const { status, code, message, headers } = error;
    const inner = error instanceof VaultRefusal ? { innererror: { code: error.inner } } : {};
    return { status, headers, body: { error: { code, message, ...inner } } };
  }
}

function callerOf({ world, tokens }: Emulation, { headers }: Incoming): string {
  const challenge = {
    "www-authenticate": `Bearer authorization="${world.endpoint}/${world.tenantId}", resource="${audience}"`,
  };
  if (!headers.authorization)
    throw new AzureError(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", {
      headers: challenge,
    });
  try {
    return tokens.check(headers.authorization, [audience]).principalId;
  } catch {
    throw new AzureError(401, "Unauthorized", `AKV10022: Invalid audience. Expected ${audience}.`, {
      headers: challenge,
    });
  }
}

/** Without `enableRbacAuthorization` only the vault's own access policies count, and here are none. */
function authorize(world: World, vault: Resource, principalId: string, verb: string): void {
  const action = `Microsoft.KeyVault/vaults/secrets/${verb}`;
  const byRbac = objectOf(vault.body.properties).enableRbacAuthorization === true;
  if (byRbac && world.rights.decide(principalId, action, vault.id, { dataAction: true }).kind === "allowed") return;
  const name = nameOf(vault.id);
  throw new VaultRefusal(
    403,
    "Forbidden",
    byRbac
      ? `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: oid=${principalId}\r\nAction: '${action}'\r\nResource: '${vault.id.toLowerCase()}'\r\nAssignment: (not found)\r\nVault: ${name};location=${textOf(vault.body.location)}\r\n`
      : `The user, group or application 'oid=${principalId}' does not have secrets permission on key vault '${name};location=${textOf(vault.body.location)}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
    byRbac ? "ForbiddenByRbac" : "AccessDenied",
  );
}
