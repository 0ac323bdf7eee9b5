import { type Consumer, type Instructions, useImage } from "../../../../shared/decide/gallery/useImage.ts";
import { approved } from "../approved.ts";

const gallery =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-images/providers/Microsoft.Compute/galleries/gold";
const subnetId =
  "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vnet/subnets/apps";
const usual: Consumer = {
  imageId: `${gallery}/images/ubuntu/versions/1.2.0`,
  osType: "Linux",
  region: "westeurope",
  resourceGroup: "rg-apps",
  machine: "myVM",
  size: "Standard_D2s_v5",
};
const tenants = { image: "aaaaaaaa-0000-0000-0000-000000000001", machine: "aaaaaaaa-0000-0000-0000-000000000002" };

/** The rows of seed 004: same tenant and other tenant, version, latest, shared id, and images that are specialized. */
const consumers: readonly (readonly [string, Consumer])[] = [
  ["version", { ...usual, subnetId, securityType: "TrustedLaunch" }],
  ["latest", { ...usual, imageId: `${gallery}/images/ubuntu` }],
  [
    "shared",
    { ...usual, imageId: "/sharedGalleries/11111111-1111-1111-1111-111111111111-GOLD/images/ubuntu/versions/latest" },
  ],
  [
    "windowsOfAnotherTenant",
    { ...usual, imageId: `${gallery}/images/windows/versions/3.0.1`, osType: "Windows", tenants },
  ],
  [
    "windowsByVault",
    {
      ...usual,
      imageId: `${gallery}/images/windows/versions/3.0.1`,
      osType: "Windows",
      password: { vault: "kv-apps", secret: "administrator" },
    },
  ],
  ["specialized", { ...usual, imageId: `${gallery}/images/legacy/versions/1.0.0`, osState: "Specialized" }],
];
const ways: readonly (keyof Instructions)[] = ["cli", "powershell", "rest", "portal"];

test.each(consumers)("what the consumer of %s types, sends and clicks is as approved", (name, consumer) => {
  const instructions = useImage(consumer);
  const text = ways.map((way) => `=== ${way}\n${instructions[way]}`).join("\n");
  expect(text).toBe(approved(`use-${name}.txt`, text));
});

test("what a name holds cannot leave its quotes", () => {
  const evil = useImage({ ...usual, resourceGroup: "rg'; rm -rf ~; '" });
  expect(evil.cli).toContain(`--resource-group 'rg'\\''; rm -rf ~; '\\'''`);
  expect(evil.powershell).toContain(`-ResourceGroupName 'rg''; rm -rf ~; '''`);
});
