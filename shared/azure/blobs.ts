import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { ownIdentity } from "../identity.ts";
import { Refused } from "../problem.ts";
import { storageApi } from "./apiVersions.ts";
import type { AzureSettings } from "./azure.ts";
import type { Connection } from "./connection.ts";
import { readResource } from "./rest.ts";

const storageScope = "https://storage.azure.com/.default";

/** The text of a blob, by the identity of the app; the account's own endpoint is asked of ARM, so that no address of somebody else's gets a token. */
export async function readBlob(
  arm: Connection,
  { clientId }: AzureSettings,
  accountId: string,
  path: string,
): Promise<string | undefined> {
  const account = fieldsOf(await readResource(arm, accountId, storageApi));
  const endpoint = textOf(fieldsOf(fieldsOf(account.properties).primaryEndpoints).blob);
  if (!/^https:\/\//i.test(endpoint)) return undefined;
  const token = await ownIdentity(clientId).getToken(storageScope);
  const address = `${endpoint.replace(/\/$/, "")}/${path.split("/").map(encodeURIComponent).join("/")}`;
  const headers = { authorization: `Bearer ${token?.token ?? ""}`, "x-ms-version": "2021-08-06" };
  const answer = await fetch(address, { headers, signal: AbortSignal.timeout(30_000), redirect: "error" });
  if (answer.status === 404) return undefined;
  if (answer.status === 403 || answer.status === 401) throw new Refused(mayNotRead(accountId, path));
  if (!answer.ok) throw new Error(`the blob ${path} of ${accountId} was answered with ${answer.status}`);
  return answer.text();
}

const mayNotRead = (accountId: string, path: string) => ({
  code: "BlobNotReadable",
  title: "A script of the verification may not be read",
  detail: `The app's identity may not read ${path} in ${accountId}.`,
  scope: accountId,
  fix: ["Give the app's identity Storage Blob Data Reader at the container", "Check the account's firewall"],
});
