import { lastSegment } from "../decide/armId.ts";
import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { type Problem, Refused } from "../problem.ts";
import { vaultApi } from "./apiVersions.ts";
import type { SecretWish } from "./azure.ts";
import type { Connection } from "./connection.ts";
import { readResource } from "./rest.ts";

/** api-version of a vault's own endpoint. */
const secretsApi = "7.4";

/** A secret of a vault; `{vault}/secrets/{name}` is how it is written down. */
interface SecretPlace {
  readonly vaultId: string;
  readonly name: string;
}

/** Takes such an id apart. */
export function secretPlace(id: string): SecretPlace {
  const [, vaultId = "", name = ""] = /^(.*)\/secrets\/([^/]+)$/i.exec(id) ?? [];
  return { vaultId, name };
}

/** The newest value of a secret; undefined where there is none. */
export async function readSecret(arm: Connection, place: SecretPlace): Promise<string | undefined> {
  const answer = await ask(arm, place, "GET");
  return answer === undefined ? undefined : textOf(fieldsOf(answer).value);
}

/** Writes a secret that ends by itself at `expires`. */
export async function writeSecret(
  arm: Connection,
  place: SecretPlace,
  { value, expires, tags }: SecretWish,
): Promise<void> {
  const attributes = { exp: Math.floor(expires.getTime() / 1000) };
  await ask(arm, place, "PUT", { value, tags, contentType: "password", attributes });
}

/** Deletes a secret: the vault keeps it recoverable for as long as it is set to. `gone` where there is none (any more). */
export async function removeSecret(arm: Connection, place: SecretPlace): Promise<"started" | "gone"> {
  return (await ask(arm, place, "DELETE")) === undefined ? "gone" : "started";
}

/** The answer, undefined for 404. What is thrown never holds a body: it may be the secret. */
async function ask(
  arm: Connection,
  { vaultId, name }: SecretPlace,
  method: "GET" | "PUT" | "DELETE",
  body?: unknown,
): Promise<unknown> {
  const vault = fieldsOf(await readResource(arm, vaultId, vaultApi));
  const endpoint = textOf(fieldsOf(vault.properties).vaultUri);
  if (endpoint === "")
    throw new Refused(
      problem("VaultMissing", "The vault for the password is not there", vaultId, [
        "Check vaultId in GOLDSMITH_VERIFICATIONS",
      ]),
    );
  const query = { "api-version": secretsApi };
  const answer = await arm.beside({
    service: "vault",
    endpoint,
    path: `secrets/${name}`,
    query,
    method,
    ...(body === undefined ? {} : { body }),
  });
  if (answer.ok) return answer.json();
  if (answer.status === 404) return undefined;
  if (answer.status === 401 || answer.status === 403) throw new Refused(forbidden(vaultId));
  if (answer.status === 409) throw new Refused(taken(vaultId, name));
  throw new Error(`the secret ${name} of ${lastSegment(vaultId)}: ${method} was answered with ${answer.status}`);
}

const problem = (code: string, title: string, scope: string, fix: readonly string[]): Problem => ({
  code,
  title,
  scope,
  stage: "verifying",
  fix,
});

const forbidden = (vaultId: string) =>
  problem("VaultForbidden", "The vault for the password does not let the app in", vaultId, [
    "Give the app's identity the role Goldsmith app password keeper at the vault (infra/main.bicep does)",
    "The vault has to go by Azure RBAC (enableRbacAuthorization), and its firewall has to let the app in",
  ]);

const taken = (vaultId: string, name: string) =>
  problem("SecretDeleted", `The vault still keeps a deleted secret ${name}`, vaultId, [
    "Purge or recover it",
    "Or ask for another verification: it has another name",
  ]);
