import { app } from "@azure/functions";
import type { Settings } from "../../shared/config.ts";
import { ownIdentity } from "../../shared/identity.ts";

/**
 * Sends spans and measures where the settings say. The exporters are loaded once the app has started and nobody waits for them:
 * what happens before that is not told, and where nothing is configured nothing is loaded.
 */
export function watchOver({ telemetry, policy, azure }: Pick<Settings, "telemetry" | "policy" | "azure">): void {
  if (!telemetry.connectionString && !telemetry.otlpEndpoint) return;
  let exporting: Promise<{ readonly stop: () => Promise<void> }> | undefined;
  app.hook.appStart(() => {
    exporting = import("./exporters.ts").then(({ startExport }) =>
      startExport({ ...telemetry, environment: policy.environment, credential: ownIdentity(azure.clientId) }),
    );
    exporting.catch((error: unknown) =>
      console.warn(`Telemetry is not sent: ${error instanceof Error ? error.message : error}`),
    );
  });
  app.hook.appTerminate(async () => {
    await (await exporting?.catch(() => undefined))?.stop();
  });
}
