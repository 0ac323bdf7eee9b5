import { createHash } from "node:crypto";
import type { Machines } from "../shared/azure/azure.ts";
import type { VerificationProfile } from "../shared/config/verifications.ts";
import { lastSegment } from "../shared/decide/armId.ts";
import {
  consumerActions,
  fittingSize,
  type ImageFacts,
  imageFaults,
  missingActions,
  replication,
  rightsMissing,
  type SizeFacts,
  subnetFaults,
  versionHashOf,
} from "../shared/decide/gallery/imageCheck.ts";
import type { SubnetFacts } from "../shared/decide/planning/facts.ts";
import { regionName } from "../shared/decide/region.ts";
import { type Problem, Refused } from "../shared/problem.ts";
import type { TestMachine, Verification } from "../shared/verification.ts";
import type { Deps } from "./activities/deps.ts";
import { mustBeThere } from "./machineAccess.ts";
import type { VerificationOrder } from "./verifying.ts";

/** What a consumer finds: the machines that can be made, or that the image is still on its way. */
export type Found =
  | {
      readonly kind: "found";
      readonly versionId: string;
      readonly versionHash: string;
      readonly resolution: string;
      readonly osType: "Linux" | "Windows";
      readonly machines: readonly TestMachine[];
    }
  | { readonly kind: "waiting"; readonly why: string };

interface Consumer {
  readonly machines: Machines;
  readonly profile: VerificationProfile;
  readonly subscriptionId: string;
}

/** Checks first what would fail later, each thing with its own problem: the image, where it is, the rights, the subnet, the size. */
export async function checkConsumer({ azure }: Deps, record: Verification, order: VerificationOrder): Promise<Found> {
  const { profile } = order;
  const consumer: Consumer = {
    profile,
    machines: azure.machines(profile.tenants),
    subscriptionId: profile.resourceGroupId.split("/")[2] ?? "",
  };
  const subnets = await readSubnets(consumer);
  const regions = await regionsOf(consumer, record, order, subnets);
  await mustHaveRights(consumer);
  const places: { readonly region: string; readonly image: ImageFacts }[] = [];
  for (const region of regions) {
    const image = await consumer.machines.readImage(record.image, region, consumer.subscriptionId);
    const fault = imageFaults(record.image.id, image)[0];
    if (fault || !image) throw new Refused(fault ?? notFound(record.image.id));
    const there = replication(image, region);
    if (there.kind === "never") throw new Refused(there.problem);
    if (there.kind === "coming") return { kind: "waiting", why: `not yet replicated to ${region}` };
    places.push({ region, image });
  }
  const machines: TestMachine[] = [];
  for (const place of places)
    machines.push(...(await machinesIn(consumer, record.id, place, subnets, machines.length)));
  for (const { password } of machines) if (password) await mustBeThere(consumer.machines, password);
  const [first] = places;
  if (!first) throw new Refused(noRegion(record.image.id));
  const { versionId, because, osType } = first.image;
  return { kind: "found", osType, versionId, versionHash: versionHashOf(first.image), resolution: because, machines };
}

type Subnets = ReadonlyMap<string, SubnetFacts>;

/** The profile's subnets by region; none where a network is made. */
async function readSubnets({ machines, profile }: Consumer): Promise<Subnets> {
  const found = new Map<string, SubnetFacts>();
  if (profile.subnets === "temporary") return found;
  for (const id of profile.subnets) {
    const subnet = await machines.readSubnet(id);
    const fault = subnetFaults(id, subnet, subnet?.virtualNetworkLocation ?? "")[0];
    if (fault || !subnet) throw new Refused(fault ?? notFound(id));
    found.set(regionName(subnet.virtualNetworkLocation), subnet);
  }
  return found;
}

/** The regions to boot in: as the request or the profile says, else where the image and a subnet are. */
async function regionsOf(
  { machines, profile, subscriptionId }: Consumer,
  { image }: Verification,
  order: VerificationOrder,
  subnets: Subnets,
): Promise<readonly string[]> {
  if (order.region !== undefined) return [regionName(order.region)];
  if (Array.isArray(profile.regions)) return profile.regions.map(regionName);
  const standing = [...subnets.keys()];
  if (image.kind !== "version") {
    if (standing.length > 0) return profile.regions === "one" ? standing.slice(0, 1) : standing;
    throw new Refused(noRegion(image.id));
  }
  const found = await machines.readImage(image, "", subscriptionId);
  const fault = imageFaults(image.id, found)[0];
  if (fault || !found) throw new Refused(fault ?? notFound(image.id));
  const all = found.regions.map(({ name }) => name);
  if (profile.regions === "all") return all;
  const usable = standing.length > 0 ? all.filter((region) => subnets.has(region)) : all;
  const first = usable[0] ?? standing[0];
  return first === undefined ? [] : [first];
}

/** Where the machine is to stand; that the image may be read was seen by reading it. */
async function mustHaveRights({ machines, profile }: Consumer): Promise<void> {
  const scope = profile.resourceGroupId;
  const permissions = await machines.readPermissions(scope).catch((error: unknown) => {
    if (error instanceof Refused && (error.problem.status === 403 || error.problem.status === 404)) return [];
    throw error;
  });
  const missing = missingActions(permissions, consumerActions);
  if (missing.length > 0) throw new Refused(rightsMissing(scope, missing));
}

async function machinesIn(
  { machines, profile, subscriptionId }: Consumer,
  verificationId: string,
  { region, image }: { readonly region: string; readonly image: ImageFacts },
  subnets: Subnets,
  from: number,
): Promise<readonly TestMachine[]> {
  const subnet = subnetIn(profile, subnets, region);
  const sizes = await readableSizes(machines, subscriptionId, region);
  const wanted = profile.sizes.map(({ name }) => name);
  const fit = fittingSize(image, region, wanted, sizes, profile.securityType);
  if ("code" in fit) throw new Refused(fit);
  return Array.from({ length: profile.vms }, (_, offset): TestMachine => {
    const index = from + offset;
    const names = namesOf(profile.resourceGroupId, verificationId, index, region);
    const password = image.osType === "Windows" && secretOf(profile, lastSegment(names.vmId));
    return {
      index,
      region,
      ...fit,
      versionId: image.versionId,
      vmId: names.vmId,
      nicId: names.nicId,
      diskId: names.diskId,
      ...(password ? { password } : {}),
      ...(subnet
        ? { subnetId: subnet.id }
        : { networkId: names.networkId, subnetId: `${names.networkId}/subnets/machines` }),
    };
  });
}

/** Sizes are listed at the subscription, where a consumer need not have any right: then Azure itself has to say what does not fit. */
async function readableSizes(
  machines: Machines,
  subscriptionId: string,
  region: string,
): Promise<readonly SizeFacts[] | undefined> {
  return machines.readSizes(subscriptionId, region).catch((error: unknown) => {
    if (error instanceof Refused && error.problem.status === 403) return undefined;
    throw error;
  });
}

function subnetIn({ subnets: wanted }: VerificationProfile, subnets: Subnets, region: string): SubnetFacts | undefined {
  if (wanted === "temporary") return undefined;
  const subnet = subnets.get(regionName(region));
  if (subnet) return subnet;
  const there = [...subnets.keys()].join(", ");
  throw new Refused({
    code: "SubnetElsewhere",
    title: `The profile has no subnet in ${region}`,
    detail: `Its subnets lie in ${there}.`,
    stage: "verifying",
    fix: [`Add a subnet in ${region} to the profile`, `Or verify in ${there}`],
  });
}

/** Where a Windows machine's password is, or will be under the machine's own name. */
function secretOf({ password }: VerificationProfile, machine: string): TestMachine["password"] {
  if (!password) return undefined;
  const { vaultId, secret } = password;
  return { secretId: `${vaultId}/secrets/${secret ?? machine}`, generated: secret === undefined };
}

/** Derived from the verification, so that whoever comes after a crash finds what was made: 15 letters at most, as Windows wants. */
function namesOf(groupId: string, verificationId: string, index: number, region: string) {
  const name = `gv${createHash("sha256").update(verificationId).digest("hex").slice(0, 10)}-${index}`;
  return {
    vmId: `${groupId}/providers/Microsoft.Compute/virtualMachines/${name}`,
    nicId: `${groupId}/providers/Microsoft.Network/networkInterfaces/${name}-nic`,
    diskId: `${groupId}/providers/Microsoft.Compute/disks/${name}-os`,
    networkId: `${groupId}/providers/Microsoft.Network/virtualNetworks/${name.split("-")[0]}-${regionName(region)}`,
  };
}

const notFound = (id: string): Problem => ({
  code: "ImageNotFound",
  title: "It is not there",
  scope: id,
  stage: "verifying",
});

const noRegion = (id: string): Problem => ({
  code: "RegionMissing",
  title: "In which region the machine is to run is not known",
  scope: id,
  stage: "verifying",
  status: 422,
  fix: ["Name the region in the request", "Or name regions or subnets in the verification profile"],
});
