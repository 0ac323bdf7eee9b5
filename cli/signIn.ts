import type { AccessToken } from "@azure/identity";
import { exits, Stopped } from "./exits.ts";

/** Headers that show who asks; asked for anew before every request. */
export type Authorize = () => Promise<Readonly<Record<string, string>>>;

/** Shows a function key, if there is one. */
export const byKey =
  (key: string | undefined): Authorize =>
  async () =>
    key ? { "x-functions-key": key } : {};

/** A token is not used in its last minutes. */
const marginMs = 120_000;

/** Shows a token of Entra for `audience` (an application's id, or its `api://…` URI), as whoever is signed in: az login, a workload identity, a managed identity. The library is loaded only then. */
export function byEntra(audience: string): Authorize {
  const scope = `${/^[0-9a-f-]{36}$/i.test(audience) ? `api://${audience}` : audience}/.default`;
  const token = keepToken(scope);
  return async () => ({ authorization: `Bearer ${await token()}` });
}

/** A token as whoever is signed in, used as long as it lasts: the Azure CLI takes a second, and its credential does not remember. */
export function keepToken(scope: string): () => Promise<string> {
  let kept: AccessToken | undefined;
  return async () => {
    if (!kept || kept.expiresOnTimestamp - Date.now() < marginMs) kept = await tokenFor(scope);
    return kept.token;
  };
}

/** A token as whoever is signed in. Rejects `Stopped`. */
export async function tokenFor(scope: string): Promise<AccessToken> {
  const { DefaultAzureCredential } = await import("@azure/identity");
  try {
    return await new DefaultAzureCredential().getToken(scope);
  } catch (error) {
    throw new Stopped(exits.failed, {
      code: "NotSignedIn",
      title: `No token for ${scope}`,
      detail: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
      fix: ["Sign in: az login", "In a pipeline: azure/login with OIDC, or the AzureCLI task, before this step"],
    });
  }
}
