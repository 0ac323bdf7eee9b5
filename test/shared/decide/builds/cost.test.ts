import fc from "fast-check";
import { costOf, costText } from "../../../../shared/decide/builds/cost.ts";
import { listPrices, withPrices } from "../../../../shared/decide/builds/prices.ts";
import type { TemplateBody } from "../../../../shared/decide/planning/facts.ts";

const definition = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/gold/images/ubuntu";
const body = (properties: Record<string, unknown> = {}): TemplateBody => ({
  location: "westeurope",
  properties: {
    source: { type: "PlatformImage", publisher: "canonical", offer: "o", sku: "s", version: "latest" },
    distribute: [{ type: "SharedImage", runOutputName: "gold", galleryImageId: definition }],
    ...properties,
  },
});
const to = (target: Record<string, unknown>) => body({ distribute: [{ runOutputName: "gold", ...target }] });
const hour = { runSeconds: 3600, made: ["gold"] };
const amounts = (given: TemplateBody, usage: Partial<typeof hour> = {}) =>
  costOf({ body: given, ...hour, ...usage }, listPrices).lines.map(({ what, amount, per }) => [what, amount, per]);

test("an hour's build of one image: a machine, the container that drives it, one copy", () => {
  expect(amounts(body())).toEqual([
    ["build VM Standard_D2ds_v4", 0.113, "build"],
    ["container instance", 0.1976, "build"],
    ["gold: 1 × Standard_LRS", 1.5, "month"],
  ]);
});

test.each([
  ["a size of its own, in any casing", body({ vmProfile: { vmSize: "standard_d4S_v5" } }), 0.192],
  [
    "Windows, which is paid by core",
    body({ vmProfile: { vmSize: "Standard_D4s_v5" }, customize: [{ type: "PowerShell" }] }),
    0.376,
  ],
])("the build VM: %s", (_, given, amount) => {
  expect(amounts(given)[0]?.[1]).toBe(amount);
});

test("a build subnet alone has a proxy VM too", () => {
  const vnetConfig = {
    subnetId: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/b",
  };
  expect(amounts(body({ vmProfile: { vnetConfig } }))[1]).toEqual(["proxy VM Standard_A1_v2", 0.043, "build"]);
});

test.each<[string, TemplateBody, readonly unknown[]]>([
  [
    "each region's copies by their account type",
    to({
      type: "SharedImage",
      storageAccountType: "Standard_ZRS",
      targetRegions: [{ name: "a", replicaCount: 3 }, { name: "b" }, { name: "c", storageAccountType: "Premium_LRS" }],
    }),
    [
      ["gold: 4 × Standard_ZRS", 6, "month"],
      ["gold: 1 × Premium_LRS", 3.6, "month"],
    ],
  ],
  [
    "the older list of regions",
    to({ type: "SharedImage", replicationRegions: ["a", "b"] }),
    [["gold: 2 × Standard_LRS", 3, "month"]],
  ],
  ["a managed image", to({ type: "ManagedImage", imageId: "i" }), [["gold: managed image", 1.5, "month"]]],
  ["a VHD", to({ type: "VHD" }), [["gold: VHD", 0.552, "month"]]],
])("what is kept: %s", (_, given, lines) => {
  expect(amounts(given, { runSeconds: 0 })).toEqual(lines);
});

test("a target that got nothing costs nothing", () => {
  expect(amounts(body(), { runSeconds: 0, made: [] })).toEqual([]);
});

test("a size without a price is said to have none, and the sum is of the rest", () => {
  const cost = costOf({ body: body({ vmProfile: { vmSize: "Standard_M416ms_v2" } }), ...hour }, listPrices);
  expect(cost.lines[0]).not.toHaveProperty("amount");
  expect(cost.build).toBe(0.2);
  expect(cost.assumptions).toContain("no price is known for build VM Standard_M416ms_v2: name it in GOLDSMITH_PRICES");
});

test("what is not known is told, and no more once the template says it", () => {
  expect(costOf({ body: body(), ...hour }, listPrices).assumptions).toHaveLength(4);
  const told = body({ vmProfile: { vmSize: "Standard_D2s_v5", osDiskSizeGB: 64 } });
  const cost = costOf({ body: told, ...hour }, listPrices);
  expect(cost.assumptions.join()).not.toMatch(/taken for a Standard|taken for \d+ GiB;/);
  expect(cost.month).toBe(3.2);
});

test("an operator's prices go before the list's", () => {
  const own = withPrices({
    currency: "EUR",
    date: "2026-12-01",
    vm: { Standard_D2ds_v4: 1 },
    storage: { Standard_LRS: 0.1 },
  });
  const cost = costOf({ body: body(), ...hour }, own);
  expect(costText(cost)).toBe("about 1.20 EUR, then 3.00 EUR a month while its images are kept (prices of 2026-12-01)");
});

test("a longer run or one more copy never costs less", () => {
  fc.assert(
    fc.property(fc.nat(60_000), fc.nat(60_000), fc.integer({ min: 1, max: 10 }), (seconds, more, copies) => {
      const cost = (runSeconds: number, replicaCount: number) =>
        costOf(
          {
            body: to({ type: "SharedImage", targetRegions: [{ name: "a", replicaCount }] }),
            runSeconds,
            made: ["gold"],
          },
          listPrices,
        );
      expect(cost(seconds + more, copies).build).toBeGreaterThanOrEqual(cost(seconds, copies).build);
      expect(cost(seconds, copies + 1).month).toBeGreaterThan(cost(seconds, copies).month);
    }),
  );
});
