import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Language, Parser } from "web-tree-sitter";
import { deploy } from "./bicep/deploy.ts";
import { typeCheck } from "./bicep/types.ts";
import { hub, postdeploy, provision, spoke } from "./deployments.ts";

const files = readdirSync("infra", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".bicep"))
  .map((name) => join("infra", name));

const net = `/subscriptions/${hub}/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/hub`;
const dns = `/subscriptions/${hub}/resourceGroups/rg-dns`;

const onboarding = (mode: string, grantCondition: string) =>
  deploy(
    "infra/onboard.bicep",
    { environmentName: "prod", location: "x", principalId: "p", groupName: "rg", mode, grantCondition, appId: "a" },
    { subscriptionId: spoke },
  );

const deployments = () => {
  const hubs = [
    provision(),
    provision({ durableBackend: "AzureStorage", warmInstances: 1, alertMail: "a@b", subnetId: "/s" }),
    provision({ privateNetworking: true }),
    provision({ auth: "entra", apiClientId: "33333333-3333-3333-3333-333333333333", onboardedByOwners: [spoke] }),
  ];
  const topics = { [hub]: { group: "rg-events", name: "standing" } };
  const given = { subnetId: `${net}/subnets/app`, endpointSubnetId: `${net}/subnets/pe`, dnsZoneGroupId: dns };
  return [
    ...hubs,
    provision({ privateNetworking: true, durableBackend: "AzureStorage", ...given }),
    ...hubs.map((one) => postdeploy(one)),
    postdeploy(hubs[0]!, { existingTopics: topics }),
    onboarding("act", "c"),
  ];
};

describe("the grammar of Bicep", () => {
  let parser: Parser;
  beforeAll(async () => {
    await Parser.init();
    const grammar = createRequire(`${process.cwd()}/package.json`).resolve("tree-sitter-bicep/tree-sitter-bicep.wasm");
    parser = new Parser();
    parser.setLanguage(await Language.load(readFileSync(grammar)));
  });

  test.each(files)("%s is written in it", (file) => {
    expect(parser.parse(readFileSync(file, "utf8"))?.rootNode.hasError).toBe(false);
  });

  test("is not what a slip is written in", () => {
    expect(parser.parse("resource a 'x@1' = { name: }")?.rootNode.hasError).toBe(true);
  });
});

describe("the types that Bicep checks with", () => {
  const check = typeCheck("../shared/bicep-types");
  if (!check) process.stdout.write("The types of bicep-types-az are not here: properties are not checked.\n");
  const withTypes = check ? test : test.skip;

  withTypes("know every resource, property and value that is deployed", () => {
    const resources = deployments().flatMap((one) => one.resources);
    const wrong = resources.flatMap((one) => check!(one));
    expect([...new Set(wrong)]).toEqual([]);
  });

  withTypes("notice a property in wrong case, a missing one and a value that is none", () => {
    const scheduler = {
      type: "Microsoft.DurableTask/schedulers",
      apiVersion: "2025-11-01",
      id: "",
      scope: "",
      after: [],
    };
    const body = { name: "x", location: "y", properties: { ipAllowList: [], sku: { name: "Consumption" } } };
    expect(check!({ ...scheduler, body })).toEqual([
      "Microsoft.DurableTask/schedulers/properties lacks ipAllowlist",
      "Microsoft.DurableTask/schedulers/properties has no ipAllowList",
    ]);
    const endpoint = {
      type: "Microsoft.Network/privateEndpoints",
      apiVersion: "2024-05-01",
      id: "",
      scope: "",
      after: [],
    };
    expect(check!({ ...endpoint, body: { name: "x", location: "y", properties: { subnets: [] } } })).toEqual([
      "Microsoft.Network/privateEndpoints/properties lacks subnet",
      "Microsoft.Network/privateEndpoints/properties lacks privateLinkServiceConnections",
      "Microsoft.Network/privateEndpoints/properties has no subnets",
    ]);
    const plan = { type: "Microsoft.EventGrid/topics", apiVersion: "2025-02-15", id: "", scope: "", after: [] };
    expect(check!({ ...plan, body: { name: "x", location: "y", properties: { disableLocalAuth: "yes" } } })).toEqual([
      "Microsoft.EventGrid/topics/properties/disableLocalAuth is neither true nor false",
    ]);
  });
});

describe("no secret", () => {
  test("is read by any file", () => {
    const secrets = /\blistKeys|\blist[A-Z]\w*\(|@secure|getSecret|primaryKey|sharedKey\b/;
    expect(files.filter((file) => secrets.test(readFileSync(file, "utf8")))).toEqual([]);
    expect(secrets.test("output k string = listKeys(a.id, '2021')")).toBe(true);
  });

  test("opens storage, telemetry, the topic or the package's way in", () => {
    const { resources } = provision();
    const all = (type: string) => resources.filter((one) => one.type === type).map((one) => one.body.properties);
    expect(all("Microsoft.Storage/storageAccounts")).toMatchObject([
      { allowSharedKeyAccess: false, allowBlobPublicAccess: false, minimumTlsVersion: "TLS1_2" },
    ]);
    expect(all("Microsoft.Insights/components")).toMatchObject([{ DisableLocalAuth: true }]);
    expect(all("Microsoft.EventGrid/topics")).toMatchObject([{ disableLocalAuth: true }]);
    expect(all("Microsoft.Web/sites/basicPublishingCredentialsPolicies")).toEqual([{ allow: false }, { allow: false }]);
    expect(all("Microsoft.Web/sites")).toMatchObject([{ httpsOnly: true }]);
  });
});

test("azd's parameters are parameters of main.bicep, its variables filled in as azd does", () => {
  const environment: Record<string, string> = { AZURE_ENV_NAME: "prod", AZURE_LOCATION: "westeurope" };
  const filled = readFileSync("infra/main.parameters.json", "utf8").replaceAll(
    /\$\{(\w+)(?:=([^}]*))?\}/g,
    (_, name: string, otherwise = "") => environment[name] ?? otherwise,
  );
  const { parameters } = JSON.parse(filled) as { parameters: Record<string, { value: unknown }> };
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
  const { outputs } = deploy("infra/main.bicep", values, { subscriptionId: hub });
  // Nobody who only runs `azd up` has let Goldsmith loose on anything.
  expect(outputs).toMatchObject({ AZURE_RESOURCE_GROUP: "rg-goldsmith-prod", GOLDSMITH_WATCHED: "" });
});

test("a module that is called with the wrong parameters is noticed", () => {
  expect(() => provision({ fences: {} })).toThrow("takes no fences");
  expect(() => deploy("infra/modules/topic.bicep", { name: "x" }, { subscriptionId: hub })).toThrow("lacks location");
});
