import {
  fittingSize,
  type ImageFacts,
  imageFaults,
  missingActions,
  replication,
  type SizeFacts,
  subnetFaults,
} from "../../../../shared/decide/gallery/imageCheck.ts";

const image: ImageFacts = {
  versionId: "/subscriptions/s/…/versions/1.0.0",
  because: "the version that was named",
  osType: "Linux",
  osState: "Generalized",
  generation: "V2",
  architecture: "x64",
  provisioningState: "Succeeded",
  publishedAt: "2026-01-01T00:00:00Z",
  excluded: false,
  regions: [
    { name: "westeurope", state: "Completed", excluded: false },
    { name: "northeurope", state: "Replicating", excluded: false },
    { name: "eastus", state: "Failed", excluded: false },
  ],
};
const size: SizeFacts = {
  name: "Standard_D2s_v5",
  offered: true,
  generations: ["V1", "V2"],
  architecture: "x64",
  trustedLaunch: true,
  confidential: false,
};

test.each<[string, ImageFacts | undefined, readonly string[]]>([
  ["that is well", image, []],
  ["that is not there", undefined, ["ImageNotFound"]],
  ["whose latest means nothing", { ...image, versionId: "" }, ["NoLatestVersion"]],
  ["that is specialized", { ...image, osState: "Specialized" }, ["ImageSpecialized"]],
  ["that is being published", { ...image, provisioningState: "Creating" }, ["ImageNotReady"]],
  ["that is being changed", { ...image, provisioningState: "Updating" }, []],
])("an image %s", (_, facts, codes) => {
  expect(imageFaults("id", facts).map(({ code }) => code)).toEqual(codes);
});

test.each([
  ["West Europe", "there"],
  ["northeurope", "coming"],
  ["eastus", "never"],
  ["westus2", "never"],
])("in %s it is %s", (region, kind) => {
  expect(replication(image, region).kind).toBe(kind);
});

const taken = (facts: Partial<ImageFacts>, sizes: readonly SizeFacts[] | undefined, security?: string) => {
  const found = fittingSize({ ...image, ...facts }, "westeurope", ["Standard_D2s_v5", "Other"], sizes, security);
  return "code" in found ? (found.detail ?? "") : `${found.size} ${found.securityType}`;
};

test.each<[string, string, string]>([
  ["the first that fits", taken({}, [size]), "Standard_D2s_v5 Standard"],
  [
    "trusted launch where the image supports it",
    taken({ securityType: "TrustedLaunchSupported" }, [size]),
    "Standard_D2s_v5 TrustedLaunch",
  ],
  [
    "the next one, where the first has another generation",
    taken({}, [
      { ...size, generations: ["V1"] },
      { ...size, name: "Other" },
    ]),
    "Other Standard",
  ],
  ["what is preferred, where sizes may not be read", taken({}, undefined), "Standard_D2s_v5 Standard"],
  [
    "none of another architecture",
    taken({ architecture: "Arm64" }, [size]),
    "Standard_D2s_v5: is x64, the image Arm64; Other: not offered in westeurope.",
  ],
  [
    "none without trusted launch for an image that demands it",
    taken({ securityType: "TrustedLaunch" }, [{ ...size, trustedLaunch: false }]),
    "Standard_D2s_v5: has no trusted launch; Other: not offered in westeurope.",
  ],
  [
    "none where the profile asks for less than the image demands",
    taken({ securityType: "ConfidentialVM" }, [size], "Standard"),
    "Standard_D2s_v5: the image demands ConfidentialVM; Other: not offered in westeurope.",
  ],
])("of sizes it takes %s", (_, got, wanted) => {
  expect(got).toBe(wanted);
});

test("actions are covered by wildcards, and taken away by notActions", () => {
  const wanted = ["Microsoft.Compute/disks/write", "Microsoft.Compute/virtualMachines/write"];
  const allowed = { actions: ["microsoft.compute/*"], notActions: ["Microsoft.Compute/disks/*"] };
  expect(missingActions([allowed], wanted)).toEqual(["Microsoft.Compute/disks/write"]);
  expect(missingActions([allowed, { actions: ["*"], notActions: [] }], wanted)).toEqual([]);
  expect(missingActions([], wanted)).toEqual(wanted);
});

test("a subnet must be there, in the region, and nobody else's", () => {
  const subnet = { virtualNetworkLocation: "westeurope", delegations: [] as string[] };
  const codes = (one: object | undefined, region = "westeurope") =>
    subnetFaults("id", one as never, region).map(({ code }) => code);
  expect([
    codes(subnet),
    codes(undefined),
    codes(subnet, "eastus"),
    codes({ ...subnet, delegations: ["X/y"] }),
  ]).toEqual([[], ["SubnetMissing"], ["SubnetElsewhere"], ["SubnetDelegated"]]);
});
