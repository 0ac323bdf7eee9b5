import type { TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import type { Cloud } from "./emulator.ts";

/** A small estate in the emulated Azure: an identity without rights, a gallery, a guarded build subnet. */
export interface Estate {
  readonly group: string;
  readonly identity: string;
  readonly principalId: string;
  readonly gallery: string;
  readonly definition: string;
  readonly vnet: string;
  readonly subnet: string;
  readonly nsg: string;
  readonly template: string;
  readonly body: TemplateBody;
}

const location = "westeurope";
const network = "2024-01-01";

export async function buildEstate({ put, subscription }: Cloud): Promise<Estate> {
  const group = `${subscription}/resourceGroups/golden`;
  const at = (type: string) => `${group}/providers/${type}`;
  const identity = at("Microsoft.ManagedIdentity/userAssignedIdentities/aib");
  const gallery = at("Microsoft.Compute/galleries/gold");
  const definition = `${gallery}/images/ubuntu`;
  const vnet = at("Microsoft.Network/virtualNetworks/hub");
  const nsg = at("Microsoft.Network/networkSecurityGroups/guard");
  const subnet = `${vnet}/subnets/build`;
  await put(group, "2021-04-01", { location, tags: { team: "images" } });
  const made = await put(identity, "2023-01-31", { location });
  await put(gallery, "2023-07-03", { location, tags: { owner: "images" }, properties: {} });
  const identifier = { publisher: "me", offer: "ubuntu", sku: "24" };
  await put(definition, "2023-07-03", {
    location,
    properties: { osType: "Linux", osState: "Generalized", hyperVGeneration: "V2", identifier },
  });
  const anything = {
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "*",
  };
  const deny = { priority: 4000, direction: "Inbound", access: "Deny", protocol: "*", ...anything };
  await put(nsg, network, { location, properties: { securityRules: [{ name: "deny-all", properties: deny }] } });
  const subnets = [{ name: "build", properties: { addressPrefix: "10.0.1.0/24", networkSecurityGroup: { id: nsg } } }];
  await put(vnet, network, { location, properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] }, subnets } });
  return {
    group,
    identity,
    principalId: String((made.properties as { principalId: string }).principalId),
    gallery,
    definition,
    vnet,
    subnet,
    nsg,
    template: at("Microsoft.VirtualMachineImages/imageTemplates/ubuntu"),
    body: {
      location,
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
      properties: {
        source: {
          type: "PlatformImage",
          publisher: "Canonical",
          offer: "ubuntu-24_04-lts",
          sku: "server",
          version: "latest",
        },
        customize: [{ type: "Shell", name: "hello", inline: ["echo hello"] }],
        distribute: [
          {
            type: "SharedImage",
            runOutputName: "gold",
            galleryImageId: definition,
            targetRegions: [{ name: location }],
            versioning: { scheme: "Latest" },
          },
        ],
      },
    },
  };
}
