import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Clock } from "../clock.ts";
import { serverCertificate } from "./certificate.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { type Emulation, emulationOf } from "./emulation.ts";
import { answerOf, readRequest, send, withScaledRetry } from "./front.ts";
import type { Recorder } from "./record.ts";
import { serve } from "./serve.ts";
import { type AzureSettings, writeSettings } from "./settings.ts";
import { answerManagedIdentity } from "./signIn.ts";
import type { Switches } from "./switches.ts";
import type { World } from "./world.ts";

/** How to start the emulator. */
export interface AzureOptions {
  readonly dataDirectory: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly switches?: Partial<Switches>;
  /** What takes each exchange with ARM, or a file that gets one JSON line for each. */
  readonly record?: string | Recorder;
  readonly log?: (line: string) => void;
  /** What was deployed: Goldsmith with these options (default), or nothing. */
  readonly deployment?: DeploymentOptions | "none";
}

/** A running emulator. */
export interface AzureEmulator {
  /** E.g. `https://localhost:7443`. */
  readonly endpoint: string;
  readonly caFile: string;
  readonly world: World;
  /** What `DIR/azure.json` says. */
  readonly settings: AzureSettings;
  /** A token of any principal of the tenant, as its platform would give it (an hour of emulated time); for tests. */
  tokenFor(principalId: string, audience?: string): string;
  stop(): Promise<void>;
}

/** Ms (real): longer than clients keep a connection, or one may close just as the other uses it again. */
const keepAliveTimeout = 65_000;

/** Starts the emulator on loopback: ARM, sign-in and Event Grid over HTTPS, the managed-identity endpoint over HTTP beside it. */
export async function startAzure(options: AzureOptions): Promise<AzureEmulator> {
  const { dataDirectory, clock } = options;
  const certificate = await serverCertificate(dataDirectory);
  const secure = createSecureServer({ key: certificate.key, cert: certificate.certificate, keepAliveTimeout });
  // Longer than clients keep an idle connection, so that none is cut just as it is used again.
  secure.keepAliveTimeout = 120_000;
  const identity = createServer({ keepAliveTimeout });
  // Who asks before everything is put together waits, instead of being told nothing for ever.
  const ready = Promise.withResolvers<Emulation>();
  secure.on("request", (message, response) =>
    holding(clock, async () => await serve(await ready.promise, message, response)),
  );
  identity.on("request", (message, response) =>
    holding(clock, async () => await identityRequest(await ready.promise, message, response)),
  );
  const port = await listen(secure, options.port);
  // Four above the emulator's own: the three between are Azurite's (local/ports.ts). A restart must find the app's endpoint where it was.
  const identityPort = await listen(identity, options.port > 0 ? options.port + 4 : 0);
  const deployment = options.deployment === "none" ? undefined : (options.deployment ?? {});
  const endpoint = `https://localhost:${port}`;
  const emulation = emulationOf({ ...options, deployment, endpoint, caFile: certificate.caFile, identityPort });
  const { world, settings } = emulation;
  emulation.jobs.start();
  writeSettings(dataDirectory, settings);
  ready.resolve(emulation);
  return { endpoint, caFile: certificate.caFile, world, settings, tokenFor, stop };

  function tokenFor(principalId: string, audience = "https://management.azure.com"): string {
    const principal = world.principals.get(principalId);
    if (!principal) throw new Error(`the tenant has no principal ${principalId}`);
    return emulation.tokens.issue(principal, audience, 3600).token;
  }

  async function stop(): Promise<void> {
    emulation.jobs.stop();
    await Promise.all([secure, identity].map(close));
    emulation.store.close();
  }
}

async function identityRequest(
  emulation: Emulation,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { world } = emulation;
  try {
    const incoming = await readRequest(message);
    send(response, withScaledRetry(answerManagedIdentity(emulation, incoming), world.clock.speed), incoming.method);
  } catch (error) {
    send(response, answerOf(world.log, error), "GET");
  }
}

/** A stepped clock stands still while a request is answered. */
async function holding(clock: Clock, work: () => Promise<void>): Promise<void> {
  const release = clock.hold();
  try {
    await work();
  } finally {
    release();
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
