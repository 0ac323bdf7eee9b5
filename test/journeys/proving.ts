import type { Estate } from "../../local/estate.ts";
import type { TimelineEntry } from "../../shared/build.ts";
import type { Proof, Verification } from "../../shared/verification.ts";
import { isVerified } from "../../shared/verification.ts";
import type { TestWorld } from "./world.ts";

/** The resource group that the profiles of these journeys make machines in. */
export const verifyGroup = (estate: Estate) => `${estate.subscription}/resourceGroups/rg-verify`;
const verifySubnet = (estate: Estate) =>
  `${verifyGroup(estate)}/providers/Microsoft.Network/virtualNetworks/vnet-verify/subnets/machines`;

/** Settings with a profile `default` in the group and its subnet, and whatever a journey wants besides. */
export const profiles =
  (more: Readonly<Record<string, object>> = {}) =>
  (estate: Estate) => {
    const base = {
      resourceGroupId: verifyGroup(estate),
      subnets: [verifySubnet(estate)],
      sizes: [{ name: "Standard_D2s_v5" }],
    };
    const named = Object.fromEntries(Object.entries(more).map(([name, profile]) => [name, { ...base, ...profile }]));
    return { GOLDSMITH_VERIFICATIONS: JSON.stringify({ default: base, ...named }) };
  };

/** Makes the group and its network as their owner would. */
export async function seedVerification({ arm, estate, clock }: TestWorld): Promise<void> {
  const location = "westeurope";
  expect((await arm("PUT", `${verifyGroup(estate)}?api-version=2024-03-01`, { location })).status).toBeLessThan(300);
  const properties = {
    addressSpace: { addressPrefixes: ["10.30.0.0/16"] },
    subnets: [{ name: "machines", properties: { addressPrefix: "10.30.1.0/24" } }],
  };
  const network = verifySubnet(estate).replace("/subnets/machines", "");
  expect((await arm("PUT", `${network}?api-version=2024-01-01`, { location, properties })).status).toBeLessThan(300);
  await clock.advance(60_000);
}

/** Makes a further definition in the estate's gallery, as its owner would; answers its id. */
export async function makeDefinition(
  { arm, estate }: Pick<TestWorld, "arm" | "estate">,
  name: string,
  osType: "Linux" | "Windows" = "Linux",
): Promise<string> {
  const id = estate.definition.replace(/[^/]+$/, name);
  const identifier = { publisher: "platform", offer: osType.toLowerCase(), sku: name };
  const properties = { osType, osState: "Generalized", hyperVGeneration: "V2", architecture: "x64", identifier };
  const { status } = await arm("PUT", `${id}?api-version=2023-07-03`, { location: "westeurope", properties });
  expect(status).toBeLessThan(300);
  return id;
}

/** Publishes a version of the estate's definition as its owner would, from a managed image, and waits until it is everywhere. */
export async function publish(
  world: TestWorld,
  name: string,
  more: {
    definition?: string;
    regions?: readonly string[];
    excludeFromLatest?: boolean;
    generation?: string;
    osType?: string;
  } = {},
): Promise<string> {
  const { arm, estate, clock } = world;
  const {
    definition = estate.definition,
    regions = ["westeurope"],
    excludeFromLatest = false,
    generation = "V2",
    osType = "Linux",
  } = more;
  const image = `${estate.imagesGroup}/providers/Microsoft.Compute/images/base-${osType === "Linux" ? generation.toLowerCase() : osType.toLowerCase()}`;
  const storageProfile = { osDisk: { osType, osState: "Generalized", diskSizeGB: 30 } };
  const made = await arm("PUT", `${image}?api-version=2024-03-01`, {
    location: "westeurope",
    properties: { hyperVGeneration: generation, storageProfile },
  });
  expect(made.status).toBeLessThan(300);
  await clock.advance(30_000);
  const id = `${definition}/versions/${name}`;
  const properties = {
    publishingProfile: { targetRegions: regions.map((region) => ({ name: region })), excludeFromLatest },
    storageProfile: { source: { id: image } },
  };
  expect(
    (await arm("PUT", `${id}?api-version=2023-07-03`, { location: "westeurope", properties })).status,
  ).toBeLessThan(300);
  await clock.advance(30 * 60_000);
  return id;
}

/** What latest of the estate's definition is called where its gallery is shared directly. */
export const sharedId = ({ subscription }: Estate) =>
  `/sharedGalleries/${subscription.split("/")[2]}-GOLD/images/ubuntu-2404/versions/latest`;

/** Shares the estate's gallery directly with its own subscription; answers the shared id of what latest means. */
export async function share({ arm, estate, clock }: TestWorld): Promise<string> {
  const subscriptionId = estate.subscription.split("/")[2] ?? "";
  const groups = [{ type: "Subscriptions", ids: [subscriptionId] }];
  const path = `${estate.definition.split("/images/")[0]}/share?api-version=2023-07-03`;
  expect((await arm("POST", path, { operationType: "Add", groups })).status).toBe(202);
  await clock.advance(60_000);
  return sharedId(estate);
}

/** A verification as the API shows it. */
export type VerificationView = Omit<Verification, "proof"> & {
  readonly proof?: Proof;
  readonly consoles?: readonly { machine: number; text: string }[];
  readonly timeline: readonly TimelineEntry[];
};

/** Asks for a verification and lets time pass until it has ended and nothing is left. */
export async function verified(world: TestWorld, request: object): Promise<VerificationView> {
  const asked = await world.call<{ id: string }>("POST", "verifications", request);
  expect(asked).toMatchObject({ status: 202 });
  return ended(world, asked.body.id);
}

export async function ended({ call, clock }: TestWorld, id: string): Promise<VerificationView> {
  let view: VerificationView | undefined;
  await clock.until(async () => {
    view = (await call<VerificationView>("GET", `verifications/${id}`)).body;
    return isVerified(view.state) && !view.open;
  });
  return view as VerificationView;
}

/** Machines, interfaces and disks that are in the verification group. */
export async function leftIn({ arm, estate }: TestWorld): Promise<readonly string[]> {
  const { body } = await arm("GET", `${verifyGroup(estate)}/resources?api-version=2024-03-01`);
  return (body as { value: { id: string; type: string }[] }).value
    .filter(({ id }) => !/vnet-verify/.test(id))
    .map(({ id }) => id);
}
