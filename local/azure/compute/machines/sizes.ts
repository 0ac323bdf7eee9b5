import type { JsonObject, Operation, World } from "../../world.ts";
import { regionName } from "../regions.ts";

/** A VM size, as far as it decides which images it can boot. */
export interface Size {
  readonly name: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly generations: readonly ("V1" | "V2")[];
  readonly architecture: "x64" | "Arm64";
  readonly trustedLaunch: boolean;
  readonly confidential?: boolean;
  /** Where it is not offered. */
  readonly notIn?: readonly string[];
}

const both = { generations: ["V1", "V2"], architecture: "x64", trustedLaunch: true } as const;

/** A few sizes of every kind; generations and architectures as Microsoft's documents give them. */
const sizes: readonly Size[] = [
  { name: "Standard_A1_v2", cores: 1, memoryGB: 2, generations: ["V1"], architecture: "x64", trustedLaunch: false },
  { name: "Standard_D1_v2", cores: 1, memoryGB: 3.5, generations: ["V1"], architecture: "x64", trustedLaunch: false },
  { ...both, name: "Standard_B2s", cores: 2, memoryGB: 4 },
  { ...both, name: "Standard_DS1_v2", cores: 1, memoryGB: 3.5 },
  { ...both, name: "Standard_D2s_v3", cores: 2, memoryGB: 8 },
  { ...both, name: "Standard_D2s_v5", cores: 2, memoryGB: 8 },
  { ...both, name: "Standard_D4s_v5", cores: 4, memoryGB: 16 },
  { ...both, name: "Standard_D2as_v5", cores: 2, memoryGB: 8, notIn: ["northeurope"] },
  { ...both, name: "Standard_D2s_v6", cores: 2, memoryGB: 8, generations: ["V2"] },
  { name: "Standard_D2ps_v5", cores: 2, memoryGB: 8, generations: ["V2"], architecture: "Arm64", trustedLaunch: false },
  { ...both, name: "Standard_DC2as_v5", cores: 2, memoryGB: 8, generations: ["V2"], confidential: true },
];

/** The size of that name, in any casing. */
export function sizeOf(name: string): Size | undefined {
  return sizes.find((size) => size.name.toLowerCase() === name.toLowerCase());
}

/** Whether a size is offered in a region. */
export function offeredIn(size: Size, region: string): boolean {
  return !size.notIn?.includes(regionName(region));
}

const regions = ["westeurope", "northeurope", "eastus", "eastus2", "westus2", "swedencentral"];

/** `Microsoft.Compute/skus`: the sizes with what they can boot; `$filter=location eq '…'` as every client sends it. */
export const skuOperations: readonly Operation[] = [
  {
    name: "ResourceSkus_List",
    method: "GET",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/skus",
    apiVersions: ["2017-09-01", "2019-04-01", "2021-07-01"],
    action: "Microsoft.Compute/skus/read",
    answer: (_world: World, call) => {
      const asked = /location eq '([^']+)'/i.exec(call.query.get("$filter") ?? "")?.[1];
      const wanted = asked === undefined ? regions : [regionName(asked)];
      const value = wanted.flatMap((region) =>
        sizes.filter((size) => offeredIn(size, region)).map((size) => sku(size, region)),
      );
      return { status: 200, body: { value } };
    },
  },
];

function sku(size: Size, region: string): JsonObject {
  const capabilities: Record<string, string> = {
    vCPUs: String(size.cores),
    MemoryGB: String(size.memoryGB),
    HyperVGenerations: size.generations.join(","),
    CpuArchitectureType: size.architecture,
    ...(size.trustedLaunch ? {} : { TrustedLaunchDisabled: "True" }),
    ...(size.confidential ? { ConfidentialComputingType: "SNP" } : {}),
  };
  return {
    resourceType: "virtualMachines",
    name: size.name,
    tier: "Standard",
    size: size.name.replace("Standard_", ""),
    family: `${size.name}Family`,
    locations: [region],
    locationInfo: [{ location: region, zones: [] }],
    capabilities: Object.entries(capabilities).map(([name, value]) => ({ name, value })),
    restrictions: [],
  };
}
