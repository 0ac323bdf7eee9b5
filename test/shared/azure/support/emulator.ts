import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AzureEmulator, startAzure } from "../../../../local/azure/index.ts";
import type { Switches } from "../../../../local/azure/switches.ts";
import { type SteppedClock, steppedClock } from "../../../../local/clock.ts";
import type { Azure } from "../../../../shared/azure/azure.ts";
import { connectAzure } from "../../../../shared/azure/index.ts";
import { trust } from "./stub.ts";

/** The emulated Azure with Goldsmith deployed, seen by the app's managed identity and by the owner. */
export interface Cloud {
  /** The app's client, with the default credential of a function app. */
  readonly azure: Azure;
  readonly emulator: AzureEmulator;
  readonly clock: SteppedClock;
  /** `/subscriptions/…` */
  readonly subscription: string;
  /** Writes as the owner, and fails unless ARM accepts. */
  put(id: string, apiVersion: string, body: object): Promise<Record<string, unknown>>;
  /** Deletes as the owner. */
  remove(id: string, apiVersion: string): Promise<void>;
  /** Makes a coming request of the app's suffer (`POST /emulator/faults`). */
  fault(fault: object): Promise<void>;
  /** Lets emulated time pass until `done`. */
  until(done: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

export async function startCloud(switches: Partial<Switches> = {}): Promise<Cloud> {
  const directory = mkdtempSync(join(tmpdir(), "azure-client-"));
  // Real time to begin with: the identity library compares the tokens' end with the machine's clock.
  const clock = steppedClock(Date.now());
  const emulator = await startAzure({ dataDirectory: directory, port: 0, clock, switches });
  trust(readFileSync(emulator.caFile, "utf8"));
  const { settings, endpoint } = emulator;
  Object.assign(process.env, {
    IDENTITY_ENDPOINT: settings.identityEndpoint,
    IDENTITY_HEADER: settings.identityHeader,
  });
  const owner = await ownerToken(emulator);
  return {
    azure: connectAzure({
      armEndpoint: endpoint,
      armScope: "https://management.azure.com/.default",
      clientId: settings.app.clientId,
    }),
    emulator,
    clock,
    subscription: `/subscriptions/${settings.subscriptionId}`,
    async put(id, apiVersion, body) {
      const made = await asOwner("PUT", id, apiVersion, body);
      // What was written settles before the next thing that refers to it is.
      await clock.advance(30_000);
      return made;
    },
    async remove(id, apiVersion) {
      await asOwner("DELETE", id, apiVersion);
    },
    async fault(fault) {
      const body = JSON.stringify({ ...fault, caller: "app" });
      const answer = await fetch(`${endpoint}/emulator/faults`, { method: "POST", body });
      if (!answer.ok) throw new Error(`the emulator does not take this fault: ${await answer.text()}`);
    },
    // In steps of a look every few seconds: what replicas have not seen yet is nobody's event.
    async until(done) {
      for (let looks = 0; looks < 2_000; looks++) {
        if (await done()) return;
        await clock.advance(5_000);
      }
      throw new Error("not done after 10,000 emulated seconds");
    },
    async stop() {
      await emulator.stop();
      rmSync(directory, { recursive: true });
    },
  };

  async function asOwner(
    method: string,
    id: string,
    apiVersion: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(`${endpoint}${id}?api-version=${apiVersion}`, {
      method,
      headers: { authorization: `Bearer ${owner}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${id}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  }
}

async function ownerToken({ endpoint, settings }: AzureEmulator): Promise<string> {
  const { clientId, clientSecret } = settings.owner;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(`${endpoint}/${settings.tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({ ...form, scope: "https://management.azure.com/.default" }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
