import { changeText } from "../../../../shared/decide/planning/changeText.ts";
import type { Change } from "../../../../shared/decide/planning/plan.ts";

const group = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg";
const subnetId = `${group}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/build`;
const rule = { name: "Goldsmith-probe" } as Extract<Change, { kind: "addSecurityRule" }>["rule"];

test.each([
  [
    { kind: "delegateSubnet", subnetId, serviceName: "Microsoft.ContainerInstance/containerGroups" },
    "delegate rg/virtualNetworks/vnet/subnets/build to Microsoft.ContainerInstance/containerGroups",
  ],
  [
    { kind: "addSecurityRule", nsgId: `${group}/providers/Microsoft.Network/networkSecurityGroups/nsg`, rule },
    "add rule Goldsmith-probe to rg/networkSecurityGroups/nsg",
  ],
  [
    { kind: "registerProvider", subscriptionId: "one", namespace: "Microsoft.Compute" },
    "register Microsoft.Compute in one",
  ],
  [
    {
      kind: "assignRole",
      name: "n",
      scope: group,
      principalId: "somebody",
      roleDefinitionId: "r",
      roleKey: "imageWriter",
      requirements: [],
    },
    "grant image writer to somebody at rg",
  ],
] as const satisfies readonly (readonly [Change, string])[])("a change says what it does: %#", (change, text) => {
  expect(changeText(change)).toBe(text);
});
