import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Estate, estateOf, seedEstate } from "../../local/estate.ts";
import { launch } from "../../local/launch.ts";
import { type Owner, signInAsOwner } from "../../local/owner.ts";
import { eventually } from "../../local/processes.ts";

/** The local default with all that the page can show: channels, machines to prove images with, somebody who is told and somebody who refuses to be. */
export interface Scene {
  readonly appUrl: string;
  readonly functionKey: string;
  /** The key of an approver. */
  readonly master: string;
  readonly estate: Estate;
  readonly arm: Owner;
  /** Asks the app as whoever holds `key`, the function key where it is absent; throws for anything but success. */
  call<T = Record<string, unknown>>(method: string, path: string, body?: object, key?: string): Promise<T>;
  /** From now on the change board takes what it is told. */
  mendBoard(): void;
  stop(): Promise<void>;
}

const location = "westeurope";
const scripts = [
  { name: "services", text: 'echo "0 failed units"\nexit 0' },
  { name: "agent", text: 'echo "walinuxagent 2.11.1.4 active"\nexit 0' },
];

/** Starts it, with the estate and the group that machines are made in. */
export async function openScene(ports: number, speed: number, data: string, tell = (_: string) => {}): Promise<Scene> {
  const board = await openBoard();
  const flags = { port: ports, azurePort: ports + 1, speed, data, sample: false, once: false };
  const launched = await launch(flags, tell, ({ subscriptionId, eventGridTopicEndpoint }) => ({
    GOLDSMITH_CHANNELS: JSON.stringify({ canary: {}, production: { approval: true, hours: 72 } }),
    GOLDSMITH_VERIFICATIONS: JSON.stringify({
      default: { resourceGroupId: groupOf(subscriptionId), sizes: [{ name: "Standard_D2s_v5" }], scripts },
    }),
    GOLDSMITH_GATE: "patch",
    GOLDSMITH_APPROVALS: JSON.stringify({ hours: 72 }),
    GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
    GOLDSMITH_TARGETS: JSON.stringify([
      { name: "builds", kind: "eventGrid", endpoint: eventGridTopicEndpoint, events: ["*"] },
      { name: "change-board", kind: "webhook", url: board.url, events: ["io.goldsmith.build.succeeded.v1"] },
    ]),
  }));
  const { azure, appUrl, functionKey } = launched;
  const arm = signInAsOwner(azure);
  const estate = estateOf(azure.subscriptionId);
  await seedEstate(arm, estate);
  await arm("PUT", `${groupOf(azure.subscriptionId)}?api-version=2024-03-01`, { location });
  const { master } = JSON.parse(readFileSync(join(data, "keys.json"), "utf8")) as { master: string };
  return {
    appUrl,
    functionKey,
    master,
    estate,
    arm,
    mendBoard: board.mend,
    async call<T>(method: string, path: string, body?: object, key = functionKey) {
      const headers = { "x-functions-key": key, "content-type": "application/json" };
      const sent = body ? { method, headers, body: JSON.stringify(body) } : { method, headers };
      const answer = await fetch(`${appUrl}/api/${path}`, sent);
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    async stop() {
      await launched.stop();
      board.close();
    },
  };
}

const groupOf = (subscriptionId: string) => `/subscriptions/${subscriptionId}/resourceGroups/rg-verify`;

/** A webhook that refuses whatever it is told, until it is mended. */
async function openBoard(): Promise<{ readonly url: string; mend(): void; close(): void }> {
  let status = 400;
  const server = createServer((request, response) =>
    request.resume().on("end", () => response.writeHead(status).end()),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, mend: () => (status = 204), close: () => server.close() };
}

/** Publishes a version of the estate's image as its owner would, from a managed image. */
export async function publish({ arm, estate }: Pick<Scene, "arm" | "estate">, name: string): Promise<string> {
  const image = `${estate.imagesGroup}/providers/Microsoft.Compute/images/base`;
  const storageProfile = { osDisk: { osType: "Linux", osState: "Generalized", diskSizeGB: 30 } };
  await settled(arm, image, "2024-03-01", { properties: { hyperVGeneration: "V2", storageProfile } });
  const id = `${estate.definition}/versions/${name}`;
  const publishingProfile = { targetRegions: [{ name: location }] };
  await settled(arm, id, "2023-07-03", {
    properties: { publishingProfile, storageProfile: { source: { id: image } } },
  });
  return id;
}

async function settled(arm: Owner, id: string, version: string, content: object): Promise<void> {
  const { status, body } = await arm("PUT", `${id}?api-version=${version}`, { location, ...content });
  if (status >= 300) throw new Error(`${id} was refused: ${JSON.stringify(body)}`);
  await eventually(id, async () => {
    const seen = await arm("GET", `${id}?api-version=${version}`);
    const { provisioningState } = (seen.body as { properties?: { provisioningState?: string } }).properties ?? {};
    return provisioningState === "Succeeded" || undefined;
  });
}
