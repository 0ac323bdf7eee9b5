import type { Switches } from "../../local/azure/switches.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

const version = "api-version=2024-01-01";
const builds = 20;

interface Subnet {
  readonly etag?: string;
  readonly properties: {
    readonly privateLinkServiceNetworkPolicies?: string;
    readonly serviceEndpoints?: readonly { readonly service: string }[];
  };
}

/** Twenty builds in twenty subnets of one VNet, while its owner goes on editing them; says what the owner's accepted edits were and what stands in the end. */
async function crowded(switches: Partial<Switches>) {
  const world = await startWorld({ switches });
  try {
    const { arm, estate, clock } = world;
    const network = `${estate.networkGroup}/providers/Microsoft.Network/virtualNetworks/vnet-crowd`;
    const subnets = Array.from({ length: builds }, (_, n) => ({
      name: `s${n}`,
      properties: { addressPrefix: `10.30.${n}.0/24` },
    }));
    const properties = { addressSpace: { addressPrefixes: ["10.30.0.0/16"] }, subnets };
    await arm("PUT", `${network}?${version}`, { location: "westeurope", properties });
    await clock.advance(30_000);
    const ids = await Promise.all(subnets.map(({ name }) => ask(world, `${network}/subnets/${name}`, name)));
    const accepted = new Map<string, string>();
    let over = false;
    const editor = edits(
      world,
      subnets.map(({ name }) => `${network}/subnets/${name}`),
      accepted,
      () => over,
    );
    const early = ["queued", "planning", "granting", "preparing"];
    await clock.until(async () => {
      const page = await world.call<{ value: { id: string; state: string }[] }>("GET", "builds?limit=200");
      const states = page.body.value.filter(({ id }) => ids.includes(id)).map(({ state }) => state);
      return states.length === builds && states.every((state) => !early.includes(state));
    });
    over = true;
    await editor;
    await clock.advance(60_000);
    const after = new Map<string, Subnet>();
    for (const { name } of subnets) {
      const id = `${network}/subnets/${name}`;
      after.set(id, (await arm("GET", `${id}?${version}`)).body as Subnet);
    }
    return { accepted, after, warnings: world.warnings };
  } finally {
    await world.stop();
  }
}

async function ask({ call, estate }: TestWorld, subnetId: string, name: string): Promise<string> {
  const body = structuredClone(sampleTemplate(estate));
  body.properties.vmProfile.vnetConfig.subnetId = subnetId;
  const asked = await call<{ id: string }>("POST", "builds", {
    template: { resourceGroupId: estate.imagesGroup, name, body },
  });
  expect(asked.status).toBe(202);
  return asked.body.id;
}

/** As a careful client does it: read, change one thing, write with If-Match; what was refused is tried later. */
async function edits(
  { arm }: TestWorld,
  subnetIds: readonly string[],
  accepted: Map<string, string>,
  over: () => boolean,
): Promise<void> {
  const services = ["Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.Sql", "Microsoft.Web"];
  for (let n = 0; !over(); n++) {
    const id = subnetIds[(n * 7) % subnetIds.length] ?? "";
    const service = services[Math.floor(n / subnetIds.length) % services.length] ?? "";
    const read = (await arm("GET", `${id}?${version}`)).body as Subnet;
    const properties = { ...read.properties, serviceEndpoints: [{ service }] };
    const { status } = await arm("PUT", `${id}?${version}`, { ...read, properties });
    if (status < 300) accepted.set(id, service);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

const endpointOf = (subnet: Subnet | undefined) => subnet?.properties.serviceEndpoints?.[0]?.service;

test("twenty builds prepare subnets of one VNet while its owner edits them: nobody's change is lost", async () => {
  const { accepted, after, warnings } = await crowded({ networkSeconds: [1, 2] });
  const lost = [...accepted].filter(([id, service]) => endpointOf(after.get(id)) !== service);
  process.stdout.write(`${accepted.size} subnets edited by others meanwhile, ${lost.length} edits lost\n`);
  expect(accepted.size).toBeGreaterThan(0);
  expect(lost).toEqual([]);
  for (const subnet of after.values()) expect(subnet.properties.privateLinkServiceNetworkPolicies).toBe("Disabled");
  expect(warnings).toEqual([]);
}, 120_000);
