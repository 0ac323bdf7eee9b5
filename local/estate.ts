import type { ArmAnswer, Owner } from "./owner.ts";

/** The ids of the small estate that `npm start` plays in. */
export interface Estate {
  readonly subscription: string;
  readonly imagesGroup: string;
  readonly networkGroup: string;
  readonly identity: string;
  readonly subnet: string;
  readonly nsg: string;
  readonly definition: string;
  readonly template: string;
}

const location = "westeurope";

/** Where everything of the estate stands, whether it was made yet or not. */
export function estateOf(subscriptionId: string): Estate {
  const subscription = `/subscriptions/${subscriptionId}`;
  const imagesGroup = `${subscription}/resourceGroups/rg-images`;
  const networkGroup = `${subscription}/resourceGroups/rg-network`;
  return {
    subscription,
    imagesGroup,
    networkGroup,
    identity: `${imagesGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-image-builder`,
    subnet: `${networkGroup}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`,
    nsg: `${networkGroup}/providers/Microsoft.Network/networkSecurityGroups/nsg-build`,
    definition: `${imagesGroup}/providers/Microsoft.Compute/galleries/gold/images/ubuntu-2404`,
    template: `${imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu-2404`,
  };
}

/**
 * Makes the estate as its owner would: a VNet whose build subnet is guarded by a deny-all NSG, a gallery with one image
 * definition, and an identity that may do nothing. Asked again, it leaves what is there alone.
 */
export async function seedEstate(arm: Owner, estate: Estate): Promise<void> {
  if ((await arm("GET", `${estate.definition}?api-version=2023-07-03`)).status === 200) return;
  for (const name of providers)
    await must(arm("POST", `${estate.subscription}/providers/${name}/register?api-version=2021-04-01`));
  for (const group of [estate.imagesGroup, estate.networkGroup])
    await must(arm("PUT", `${group}?api-version=2024-03-01`, { location }));
  await must(arm("PUT", `${estate.identity}?api-version=2023-01-31`, { location }));
  await seedNetwork(arm, estate);
  await seedGallery(arm, estate);
}

/** The sample template: Ubuntu from the marketplace into the gallery, built in the guarded subnet. */
export const sampleTemplate = (estate: Estate) => ({
  location,
  tags: { owner: "platform-team" },
  identity: { type: "UserAssigned", userAssignedIdentities: { [estate.identity]: {} } },
  properties: {
    buildTimeoutInMinutes: 60,
    source: {
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "ubuntu-24_04-lts",
      sku: "server",
      version: "latest",
    },
    customize: [
      { type: "Shell", name: "updates", inline: ["sudo apt-get update", "sudo apt-get upgrade -y"] },
      { type: "Shell", name: "hardening", inline: ["sudo ufw --force enable"] },
    ],
    vmProfile: { vmSize: "Standard_D2ds_v5", osDiskSizeGB: 30, vnetConfig: { subnetId: estate.subnet } },
    distribute: [
      {
        type: "SharedImage",
        runOutputName: "gold",
        galleryImageId: estate.definition,
        targetRegions: [
          { name: location, replicaCount: 1 },
          { name: "northeurope", replicaCount: 1 },
        ],
        versioning: { scheme: "Latest" },
      },
    ],
  },
});

const providers = [
  "Microsoft.VirtualMachineImages",
  "Microsoft.Compute",
  "Microsoft.Network",
  "Microsoft.Storage",
  "Microsoft.KeyVault",
  "Microsoft.ContainerInstance",
  "Microsoft.ManagedIdentity",
];

async function seedNetwork(arm: Owner, { networkGroup, nsg, subnet }: Estate): Promise<void> {
  const denyAll = {
    priority: 4000,
    direction: "Inbound",
    access: "Deny",
    protocol: "*",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "*",
  };
  const rules = [{ name: "DenyAllInbound", properties: denyAll }];
  await must(arm("PUT", `${nsg}?api-version=2024-01-01`, { location, properties: { securityRules: rules } }));
  const network = `${networkGroup}/providers/Microsoft.Network/virtualNetworks/vnet-build`;
  const addressSpace = { addressPrefixes: ["10.20.0.0/16"] };
  const build = { addressPrefix: "10.20.1.0/24", networkSecurityGroup: { id: nsg } };
  const subnets = [{ name: "build", properties: build }];
  await settled(arm, nsg);
  await must(arm("PUT", `${network}?api-version=2024-01-01`, { location, properties: { addressSpace, subnets } }));
  await settled(arm, network);
  await settled(arm, subnet);
}

async function seedGallery(arm: Owner, { definition }: Estate): Promise<void> {
  const gallery = definition.split("/images/")[0];
  // Said when it is made, and never again: a gallery that is to be shared directly, too, begins so.
  const gold = { description: "Golden images", sharingProfile: { permissions: "Groups" } };
  await must(arm("PUT", `${gallery}?api-version=2023-07-03`, { location, properties: gold }));
  const properties = {
    osType: "Linux",
    osState: "Generalized",
    hyperVGeneration: "V2",
    architecture: "x64",
    identifier: { publisher: "platform", offer: "ubuntu", sku: "24_04" },
  };
  await must(arm("PUT", `${definition}?api-version=2023-07-03`, { location, properties }));
}

/** Network resources take their (emulated) seconds; the next one must not meet them half done. */
async function settled(arm: Owner, id: string): Promise<void> {
  for (let look = 0; look < 200; look++) {
    const { body } = await arm("GET", `${id}?api-version=2024-01-01`);
    if ((body as { properties?: { provisioningState?: string } }).properties?.provisioningState === "Succeeded") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${id} did not settle`);
}

async function must(answer: Promise<ArmAnswer>): Promise<void> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`the estate could not be made: ${status} ${JSON.stringify(body)}`);
}
