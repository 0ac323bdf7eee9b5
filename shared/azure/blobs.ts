import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { Refused } from "../problem.ts";
import { storageApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { readResource } from "./rest.ts";

/** The text of a blob, by the identity of the app; the account's own endpoint is asked of ARM. Undefined where there is none. */
export async function readBlob(arm: Connection, accountId: string, path: string): Promise<string | undefined> {
  const account = fieldsOf(await readResource(arm, accountId, storageApi));
  const endpoint = textOf(fieldsOf(fieldsOf(account.properties).primaryEndpoints).blob);
  if (endpoint === "") return undefined;
  const answer = await arm.beside({ service: "blob", endpoint, path, headers: { "x-ms-version": "2021-08-06" } });
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
