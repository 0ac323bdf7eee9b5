import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fenceText } from "../shared/config/fence.ts";
import type { AzureSettings } from "./azure/settings.ts";

/** What differs between Azure and here, and nothing else: environment variables. What the caller's environment says wins. */
export function appSettings(
  azure: AzureSettings,
  storage: string,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const local: Record<string, string> = {
    AzureWebJobsStorage: storage,
    AZURE_CLIENT_ID: azure.app.clientId,
    IDENTITY_ENDPOINT: azure.identityEndpoint,
    IDENTITY_HEADER: azure.identityHeader,
    AZURE_AUTHORITY_HOST: azure.armEndpoint,
    TASKHUB_NAME: "goldsmith",
    GOLDSMITH_ARM_ENDPOINT: azure.armEndpoint,
    GOLDSMITH_ENVIRONMENT: "local",
    GOLDSMITH_ROLE_SUBSCRIPTION: azure.subscriptionId,
    GOLDSMITH_FENCE: `/subscriptions/${azure.subscriptionId}`,
    GOLDSMITH_OPT_IN: "none",
    GOLDSMITH_RECREATE: "failed",
    GOLDSMITH_REGISTER_PROVIDERS: "false",
    GOLDSMITH_TARGETS: JSON.stringify([
      { name: "builds", kind: "eventGrid", endpoint: azure.eventGridTopicEndpoint, events: ["*"] },
    ]),
  };
  const given = Object.keys(local).flatMap((name) =>
    environment[name] === undefined ? [] : [[name, environment[name]]],
  );
  // The emulator's authority whatever the shell trusts: many shells set this variable for everybody.
  return { ...local, ...Object.fromEntries(given), NODE_EXTRA_CA_CERTS: azure.caFile };
}

/** Whom the caller's fence lets images be shared with: the emulated deployment gives the right to it, as a real one does. */
export const sharedWith = ({ GOLDSMITH_FENCE = "" }: Readonly<Record<string, string | undefined>>): readonly string[] =>
  fenceText.safeParse(GOLDSMITH_FENCE).data?.shareWith ?? [];

/** Leaves the app's settings where the host looks for them. */
export function writeAppSettings(directory: string, settings: Record<string, string>): void {
  writeFileSync(join(directory, "host.env.json"), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}
