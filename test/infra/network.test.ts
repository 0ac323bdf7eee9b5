import { hub, provision } from "./deployments.ts";

type Deployment = ReturnType<typeof provision>;
const ofType = ({ resources }: Deployment, type: string) => resources.filter((one) => one.type === type);
const propertiesOf = (deployment: Deployment, type: string) =>
  ofType(deployment, type).map(({ body }) => body.properties as Record<string, unknown>);
const account = "Microsoft.Storage/storageAccounts";
const site = "Microsoft.Web/sites";
const net = `/subscriptions/${hub}/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/hub`;
const dns = `/subscriptions/${hub}/resourceGroups/rg-dns`;

test("is off by default: no network is made, storage is entered with the identity from anywhere", () => {
  const plain = provision();
  expect(plain.resources.filter(({ type }) => type.startsWith("Microsoft.Network/"))).toEqual([]);
  expect(propertiesOf(plain, account)[0]?.networkAcls).toEqual({ defaultAction: "Allow", bypass: "AzureServices" });
  expect(propertiesOf(plain, site)[0]?.virtualNetworkSubnetId).toBeNull();
});

test("shuts storage but for the app's network and Event Grid's dead letters", () => {
  const shut = provision({ privateNetworking: true });
  expect(propertiesOf(shut, account)[0]?.networkAcls).toEqual({ defaultAction: "Deny", bypass: "AzureServices" });
  const [network] = ofType(shut, "Microsoft.Network/virtualNetworks");
  expect(propertiesOf(shut, site)[0]?.virtualNetworkSubnetId).toBe(`${network?.id}/subnets/app`);
  const subnets = propertiesOf(shut, "Microsoft.Network/virtualNetworks")[0]?.subnets as { properties: object }[];
  expect(subnets.map(({ properties }) => properties)).toEqual([
    {
      addressPrefix: "10.95.0.0/25",
      delegations: [{ name: "flex", properties: { serviceName: "Microsoft.App/environments" } }],
    },
    { addressPrefix: "10.95.0.128/25" },
  ]);
});

test.each([
  ["AzureManaged", ["blob", "table"]],
  ["AzureStorage", ["blob", "table", "queue"]],
])("reaches every service that the app uses with %s, each by its own name", (durableBackend, services) => {
  const shut = provision({ privateNetworking: true, durableBackend });
  const zones = ofType(shut, "Microsoft.Network/privateDnsZones");
  expect(zones.map(({ body }) => body.name)).toEqual(services.map((one) => `privatelink.${one}.core.windows.net`));
  const named = propertiesOf(shut, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups");
  expect(named.map(({ privateDnsZoneConfigs }) => privateDnsZoneConfigs)).toEqual(
    services.map((name, i) => [{ name, properties: { privateDnsZoneId: zones[i]?.id } }]),
  );
  const links = propertiesOf(shut, "Microsoft.Network/privateDnsZones/virtualNetworkLinks");
  const [network] = ofType(shut, "Microsoft.Network/virtualNetworks");
  expect(links).toEqual(services.map(() => ({ registrationEnabled: false, virtualNetwork: { id: network?.id } })));
});

test("takes subnets and zones that stand", () => {
  const given = { subnetId: `${net}/subnets/app`, endpointSubnetId: `${net}/subnets/pe`, dnsZoneGroupId: dns };
  const shut = provision({ privateNetworking: true, ...given });
  expect(ofType(shut, "Microsoft.Network/virtualNetworks")).toEqual([]);
  expect(ofType(shut, "Microsoft.Network/privateDnsZones")).toEqual([]);
  expect(propertiesOf(shut, site)[0]?.virtualNetworkSubnetId).toBe(given.subnetId);
  const subnets = propertiesOf(shut, "Microsoft.Network/privateEndpoints").map(({ subnet }) => subnet);
  expect(subnets).toEqual([{ id: given.endpointSubnetId }, { id: given.endpointSubnetId }]);
  const named = propertiesOf(shut, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups");
  expect(JSON.stringify(named)).toContain(`${dns}/providers/Microsoft.Network/privateDnsZones/privatelink.table.`);
});
