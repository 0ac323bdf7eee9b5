import type { Problem } from "../../problem.ts";
import { hashOf } from "../hash.ts";
import type { SubnetFacts } from "../planning/facts.ts";
import { regionName, sameRegion } from "../region.ts";

/** An image as a consumer finds it. */
export interface ImageFacts {
  /** The exact version (for a shared one its shared id); empty where `latest` means nothing. */
  readonly versionId: string;
  /** Why it is that version. */
  readonly because: string;
  readonly osType: "Linux" | "Windows";
  readonly osState: string;
  readonly generation: string;
  readonly architecture: string;
  /** `SecurityType` among the definition's features. */
  readonly securityType?: string;
  readonly provisioningState: string;
  readonly publishedAt: string;
  readonly excluded: boolean;
  /** Short names; `state` is `Completed`, `Replicating`, `Failed` or `Unknown`. */
  readonly regions: readonly { readonly name: string; readonly state: string; readonly excluded: boolean }[];
}

/** A VM size in a region. */
export interface SizeFacts {
  readonly name: string;
  readonly offered: boolean;
  readonly generations: readonly string[];
  readonly architecture: string;
  readonly trustedLaunch: boolean;
  readonly confidential: boolean;
}

/** `sha256:…` of one version: another one under the same name was published at another time. */
export function versionHashOf({ versionId, publishedAt }: Pick<ImageFacts, "versionId" | "publishedAt">): string {
  return hashOf([versionId.toLowerCase(), publishedAt]);
}

/** What stands in the way of any machine from this image, wherever it is to run. */
export function imageFaults(imageId: string, image: ImageFacts | undefined): readonly Problem[] {
  if (!image)
    return [
      problem("ImageNotFound", "The image is not there, or not for this consumer", imageId, [
        "Check the id",
        "Have its owner share it: POST /api/shares, or the role Compute Gallery Image Reader",
      ]),
    ];
  if (image.versionId === "")
    return [
      {
        ...problem("NoLatestVersion", "latest means no version there", imageId, [
          "Name an exact version",
          "Or have a version replicated there and included in latest",
        ]),
        detail: `${image.because}.`,
      },
    ];
  const faults: Problem[] = [];
  if (image.osState !== "Generalized")
    faults.push({
      ...problem(
        "ImageSpecialized",
        "The image is specialized: a machine from it is a copy of the one it was taken from",
        image.versionId,
        [
          "Create the machine without an admin account: az vm create --specialized",
          "Or use a definition whose OS state is Generalized",
        ],
      ),
      detail:
        "Goldsmith verifies generalized images, as Image Builder makes them; accounts and host names of a specialized one are those of the captured machine.",
    });
  if (image.provisioningState !== "Succeeded" && image.provisioningState !== "Updating")
    faults.push({
      ...problem("ImageNotReady", "The image version is not ready", image.versionId, [
        "Wait until it is published, or publish it anew",
      ]),
      detail: `Its state is ${image.provisioningState}.`,
    });
  return faults;
}

/** How replication stands for a region: there, on its way, or never. */
export function replication(
  image: ImageFacts,
  region: string,
): { readonly kind: "there" | "coming" } | { readonly kind: "never"; readonly problem: Problem } {
  const found = image.regions.find(({ name }) => sameRegion(name, region));
  if (found?.state === "Completed") return { kind: "there" };
  if (found && found.state !== "Failed") return { kind: "coming" };
  const there = image.regions.map(({ name }) => name).join(", ") || "nowhere";
  return {
    kind: "never",
    problem: {
      ...problem("NotReplicated", `The image version is not replicated to ${region}`, image.versionId, [
        `Create the machine in a region that has it (${there})`,
        `Or add the region: az sig image-version update --add publishingProfile.targetRegions name=${region}`,
      ]),
      detail: found ? `Replication to ${region} failed.` : `It is in: ${there}.`,
    },
  };
}

/** What a machine is to be like, by size and security type. */
export interface Fit {
  readonly size: string;
  readonly securityType: string;
}

/** The first of the wanted sizes that can boot the image in a region (unseen, where sizes may not be read); else why none can. */
export function fittingSize(
  image: ImageFacts,
  region: string,
  wanted: readonly string[],
  sizes: readonly SizeFacts[] | undefined,
  securityType: string | undefined,
): Fit | Problem {
  const security = securityType ?? securityOf(image);
  const [preferred] = wanted;
  if (!sizes && preferred !== undefined) return { size: preferred, securityType: security };
  const reasons: string[] = [];
  for (const name of wanted) {
    const size = sizes?.find((one) => one.name.toLowerCase() === name.toLowerCase());
    const reason = size ? sizeFault(image, size, security) : `not offered in ${region}`;
    if (reason === undefined && size) return { size: size.name, securityType: security };
    reasons.push(`${name}: ${reason}`);
  }
  return {
    ...problem("SizeDoesNotFit", `No VM size that may be used can boot this image in ${region}`, image.versionId, [
      `Choose a size for generation ${image.generation}, ${image.architecture}${security === "Standard" ? "" : ` and ${security}`}: az vm list-skus --location ${region} --resource-type virtualMachines`,
    ]),
    detail: `${reasons.join("; ")}.`,
  };
}

/** The security type that fits a definition: what it demands, else trusted launch where it is supported. */
export function securityOf({ securityType = "" }: Pick<ImageFacts, "securityType">): string {
  if (securityType === "ConfidentialVM") return "ConfidentialVM";
  return /^TrustedLaunch/.test(securityType) ? "TrustedLaunch" : "Standard";
}

function sizeFault(image: ImageFacts, size: SizeFacts, security: string): string | undefined {
  if (!size.offered) return "not available to this subscription there";
  if (size.architecture.toLowerCase() !== image.architecture.toLowerCase())
    return `is ${size.architecture}, the image ${image.architecture}`;
  if (!size.generations.includes(image.generation))
    return `boots generation ${size.generations.join(", ")}, the image is ${image.generation}`;
  if (security === "TrustedLaunch" && !size.trustedLaunch) return "has no trusted launch";
  if (security === "TrustedLaunch" && !/^TrustedLaunch/.test(image.securityType ?? ""))
    return "trusted launch is not among the image's features";
  if (security === "ConfidentialVM" && !size.confidential) return "is no confidential size";
  if (security === "Standard" && (image.securityType === "TrustedLaunch" || image.securityType === "ConfidentialVM"))
    return `the image demands ${image.securityType}`;
  return undefined;
}

/** What is wrong with a subnet that machines are to run in. */
export function subnetFaults(subnetId: string, subnet: SubnetFacts | undefined, region: string): readonly Problem[] {
  if (!subnet)
    return [
      problem("SubnetMissing", "The subnet is not there, or may not be read", subnetId, [
        "Check the subnets of the verification profile",
      ]),
    ];
  if (regionName(subnet.virtualNetworkLocation) !== regionName(region))
    return [
      problem(
        "SubnetElsewhere",
        `The subnet lies in ${subnet.virtualNetworkLocation}, the machine in ${region}`,
        subnetId,
        [`Name a subnet in ${region}`],
      ),
    ];
  if (subnet.delegations.length > 0)
    return [
      {
        ...problem("SubnetDelegated", "The subnet is delegated, so no machine can join it", subnetId, [
          "Name a subnet without delegations",
        ]),
        detail: `It is delegated to ${subnet.delegations.join(", ")}.`,
      },
    ];
  return [];
}

/** Rights that a principal has at a scope, as Azure lists its permissions. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

/** The actions that permissions do not cover. */
export function missingActions(permissions: readonly Permission[], wanted: readonly string[]): readonly string[] {
  return wanted.filter(
    (action) => !permissions.some(({ actions, notActions }) => covers(actions, action) && !covers(notActions, action)),
  );
}

function covers(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => {
    const expression = pattern
      .toLowerCase()
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*");
    return new RegExp(`^${expression}$`).test(action.toLowerCase());
  });
}

/** What a consumer needs where his machine is to stand. */
export const consumerActions: readonly string[] = [
  "Microsoft.Compute/virtualMachines/write",
  "Microsoft.Compute/virtualMachines/read",
  "Microsoft.Compute/virtualMachines/delete",
  "Microsoft.Compute/disks/write",
  "Microsoft.Compute/disks/delete",
  "Microsoft.Network/networkInterfaces/write",
  "Microsoft.Network/networkInterfaces/join/action",
  "Microsoft.Network/networkInterfaces/delete",
];

/** The refusal of a consumer who lacks rights where the machine is to stand. */
export function rightsMissing(scope: string, actions: readonly string[]): Problem {
  return {
    ...problem("ConsumerRightsMissing", "The machine cannot be made there: rights are missing", scope, [
      "Give the identity the role Goldsmith app verifier (or Virtual Machine Contributor and Network Contributor) at that resource group",
      "Wait up to ten minutes after granting",
    ]),
    detail: `Missing at ${scope}: ${actions.join(", ")}.`,
  };
}

function problem(code: string, title: string, scope: string, fix: readonly string[]): Problem {
  return { code, title, scope, stage: "verifying", status: 409, fix };
}
