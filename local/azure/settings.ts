import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What `DIR/azure.json` says: how to reach and use this emulator. Keys that others put there are kept. */
export interface AzureSettings {
  readonly armEndpoint: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** May do anything in the emulated subscription. */
  readonly owner: { readonly clientId: string; readonly clientSecret: string; readonly principalId: string };
  /** Goldsmith's own managed identity. */
  readonly app: { readonly clientId: string; readonly principalId: string };
  /** Goldsmith's second identity, where the deployment has one. */
  readonly roleManager?: { readonly clientId: string; readonly principalId: string };
  /** The App Service managed-identity endpoint (IDENTITY_ENDPOINT, IDENTITY_HEADER). */
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  /** Where the app publishes its own events (`@azure/eventgrid`). */
  readonly eventGridTopicEndpoint: string;
}

/** Writes `azure.json`, with what others wrote there before. */
export function writeSettings(directory: string, settings: AzureSettings): void {
  const file = join(directory, "azure.json");
  const kept: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...(kept as object), ...settings }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
