import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { EntraSettings } from "./http/authentication.ts";
import type { TenantKey } from "./http/tokenCheck.ts";

interface AzureFile {
  readonly armEndpoint: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly app: { readonly clientId: string };
}

/** The tenant that the emulated Azure of a data directory is (its `azure.json`), as somebody to sign in at. */
export function localTenant(directory: string): EntraSettings {
  const file = JSON.parse(readFileSync(join(directory, "azure.json"), "utf8")) as AzureFile;
  const base = `${file.armEndpoint}/${file.tenantId}`;
  return {
    keys: () => readKeys(`${base}/discovery/keys`, readFileSync(file.caFile, "utf8")),
    issuers: [`${base}/`, `${base}/v2.0`],
    audiences: [file.app.clientId, `api://${file.app.clientId}`],
  };
}

function readKeys(url: string, ca: string): Promise<readonly TenantKey[]> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => resolve((JSON.parse(text) as { keys: TenantKey[] }).keys));
      answer.on("error", reject);
    });
    asked.on("error", reject).end();
  });
}
