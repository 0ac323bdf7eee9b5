import type { DurableClient } from "durable-functions";
import type { Deps } from "../../functions/activities/deps.ts";
import { templateTold } from "../../functions/events/templateTold.ts";
import { grantCondition } from "../../local/azure/deployment.ts";
import { readSettings, settingsTable } from "../../shared/config.ts";
import { deploy } from "./bicep/deploy.ts";
import { assignmentsOf, hub, postdeploy, provision, settingsOf, spoke } from "./deployments.ts";

describe("the event subscription", () => {
  const written = () =>
    postdeploy(provision()).resources.filter(
      ({ type }) => type === "Microsoft.EventGrid/systemTopics/eventSubscriptions",
    );
  interface Filter {
    readonly includedEventTypes: readonly string[];
    readonly advancedFilters: readonly { readonly key: string; readonly values: readonly string[] }[];
  }
  const filter = () => (written()[0]!.body.properties as { filter: Filter }).filter;

  test("is made in every watched subscription, for the function that takes template events", () => {
    expect(written().map(({ id }) => id.split("/")[2])).toEqual([hub, spoke]);
    expect(written()[0]?.body.properties).toMatchObject({
      destination: {
        endpointType: "AzureFunction",
        properties: { resourceId: expect.stringMatching(/\/sites\/[\w-]+\/functions\/templateTold$/) },
      },
    });
  });

  test("lets through what the function takes for news of a template, and nothing else", async () => {
    const store = { builds: { active: async () => [], list: async () => ({ items: [] }) } };
    const deps = { settings: { watch: [] }, store } as unknown as Deps;
    const verdict = (eventType: string, operationName: string) =>
      templateTold(deps, {} as DurableClient, {
        eventType,
        data: {
          operationName,
          resourceUri: `/subscriptions/${hub}/resourceGroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/t`,
        },
      });
    const { includedEventTypes, advancedFilters } = filter();
    expect(advancedFilters.map(({ key }) => key)).toEqual(["data.operationName"]);
    const operations = advancedFilters[0]?.values ?? [];
    expect([includedEventTypes.length, operations.length]).toEqual([5, 2]);
    // Nothing is watched here, so news is known by being let as far as that question.
    const concerns = (type: string, operation: string) => /Write/.test(type) === /\/write$/.test(operation);
    for (const type of includedEventTypes)
      for (const operation of operations)
        expect(await verdict(type, operation)).toBe(concerns(type, operation) ? "notWatched" : "noConcern");
    expect(await verdict("Microsoft.Resources.ResourceDeleteSuccess", operations[0] ?? "")).toBe("noConcern");
    expect(await verdict(includedEventTypes[0] ?? "", "Microsoft.Resources/tags/write")).toBe("noConcern");
    expect(await verdict("Microsoft.Resources.ResourceActionSuccess", `${operations[1]}s`)).toBe("noConcern");
  });

  test("leaves what cannot be delivered in a container that only its own identity may write to", () => {
    const { outputs, resources } = provision();
    expect(written()[0]?.body.properties).toMatchObject({
      deadLetterWithResourceIdentity: {
        identity: { type: "UserAssigned", userAssignedIdentity: outputs.GOLDSMITH_EVENTS_IDENTITY_ID },
        deadLetterDestination: {
          properties: { resourceId: outputs.GOLDSMITH_STORAGE_ID, blobContainerName: "dead-letters" },
        },
      },
    });
    const container = resources.find(({ id }) => id.endsWith("/containers/dead-letters"));
    const rights = assignmentsOf(provision()).filter(({ principalId }) => principalId.includes("events"));
    expect(rights).toMatchObject([{ scope: container?.id, role: "ba92f5b4-2d11-453d-a403-e96b0029c9fe" }]);
  });

  test("uses the system topic that a subscription has already", () => {
    const { resources } = postdeploy(provision(), {
      existingTopics: { [hub]: { group: "rg-events", name: "standing" } },
    });
    expect(
      resources.filter(({ type }) => type === "Microsoft.EventGrid/systemTopics").map(({ id }) => id.split("/")[2]),
    ).toEqual([spoke]);
    expect(resources.map(({ id }) => id)).toContainEqual(
      expect.stringMatching(/rg-events\/providers\/Microsoft.EventGrid\/systemTopics\/standing\/eventSubscriptions\//),
    );
  });
});

describe("the app settings", () => {
  const names = new Set(settingsTable.map(({ name }) => name));
  const ours = (name: string) => /^(GOLDSMITH_|AZURE_CLIENT_ID$|TASKHUB_NAME$)/.test(name);

  test("of a deployment are settings that the app knows", () => {
    expect(Object.keys(settingsOf(provision())).filter((name) => ours(name) && !names.has(name))).toEqual([]);
  });

  test("of a deployment are all that the app needs to start, and say nothing that it warns of", () => {
    const filled = Object.entries(settingsOf(provision())).map(([name, value]) => [
      name,
      value
        .replaceAll(/<endpoint of evgt[^>]*>/g, "https://topic.example/api/events")
        .replaceAll(/<clientId[^>]*>/g, spoke),
    ]);
    const settings = readSettings(Object.fromEntries(filled) as Record<string, string>);
    expect(settings.warnings).toEqual([]);
    expect(settings).toMatchObject({
      azure: { armEndpoint: "https://management.azure.com", clientId: spoke },
      policy: { environment: "prod", roleSubscriptionId: hub, mode: "act", optIn: "tag" },
      watch: provision().outputs.GOLDSMITH_WATCHED === `${hub},${spoke}` && settings.policy.fence.scopes,
      recreate: "never",
      notify: { targets: [{ name: "builds", kind: "eventGrid", events: ["*"] }] },
    });
  });

  test.each([
    ["AzureUSGovernment", "usgovcloudapi.net", "https://login.microsoftonline.us"],
    ["AzureChinaCloud", "chinacloudapi.cn", "https://login.chinacloudapi.cn"],
  ] as const)("are those of %s where that is deployed in", (cloud, domain, authority) => {
    const given = { auth: "entra", apiClientId: spoke, durableBackend: "AzureStorage" };
    const environment = settingsOf(provision(given, cloud));
    const filled = Object.entries(environment).map(([name, value]) => [
      name,
      value
        .replaceAll(/<endpoint of evgt[^>]*>/g, "https://topic.example/api/events")
        .replaceAll(/<clientId[^>]*>/g, spoke),
    ]);
    const settings = readSettings(Object.fromEntries(filled) as Record<string, string>);
    expect(settings.azure).toMatchObject({
      armEndpoint: `https://management.${domain}`,
      armScope: `https://management.${domain}/.default`,
    });
    expect(settings.issuer).toMatch(new RegExp(`^${authority}/[0-9a-f-]{36}/v2\\.0$`));
    expect(settings.store).toMatchObject({
      tableServiceUri: expect.stringMatching(new RegExp(`\\.table\\.core\\.${domain}$`)),
      blobServiceUri: expect.stringMatching(new RegExp(`\\.blob\\.core\\.${domain}$`)),
    });
    const { AzureWebJobsStorage__queueServiceUri: queues } = environment;
    expect(queues).toContain(`.queue.core.${domain}`);
    const zones = provision({ privateNetworking: true }, cloud).resources.filter(({ type }) =>
      /privateDnsZones$/.test(type),
    );
    expect(zones.map(({ body }) => body.name)).toEqual(
      ["blob", "table"].map((one) => `privatelink.${one}.core.${domain}`),
    );
  });

  test("come from parameters too, and those win", () => {
    expect(settingsOf(provision({ settings: { GOLDSMITH_RECREATE: "failed" } })).GOLDSMITH_RECREATE).toBe("failed");
  });

  test("name the backend that the package was made for", () => {
    const name = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING";
    expect(settingsOf(provision())[name]).toMatch(/^Endpoint=.+;Authentication=ManagedIdentity;ClientID=.+$/);
    expect(settingsOf(provision({ durableBackend: "AzureStorage" }))[name]).toBeUndefined();
  });

  test("hold none of those that Flex Consumption forbids", () => {
    const forbidden =
      /^(WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION)/;
    expect(Object.keys(settingsOf(provision())).filter((name) => forbidden.test(name))).toEqual([]);
  });
});

describe("onboarding another subscription", () => {
  const onboard = (grantCondition: string, more: object = {}) =>
    deploy(
      "infra/onboard.bicep",
      { environmentName: "prod", location: "westeurope", principalId: "p", groupName: "rg", grantCondition, ...more },
      { subscriptionId: spoke },
    );

  const there = (deployment: ReturnType<typeof provision>) =>
    assignmentsOf(deployment)
      .filter(({ scope }) => scope === `/subscriptions/${spoke}`)
      .map(({ role, condition }) => `${role} ${condition}`)
      .sort();

  test("gives the app what the hub's own deployment would give it there", () => {
    const condition = grantCondition("prod");
    expect(there(onboard(condition))).toEqual(there(provision()));
    const registering = { settings: { GOLDSMITH_REGISTER_PROVIDERS: "true" } };
    expect(there(onboard(condition, { registers: true }))).toEqual(there(provision(registering)));
    expect(there(onboard(condition, { registers: true, mode: "advise" }))).toEqual(
      there(provision({ ...registering, mode: "advise" })),
    );
  });

  test("lets the app share images there as in the hub's own subscription", () => {
    const hub = provision({
      fence: { scopes: [`/subscriptions/${spoke}`], shareWith: ["77777777-7777-7777-7777-777777777777"] },
      directSharing: true,
    });
    const shareCondition = hub.outputs.GOLDSMITH_SHARE_CONDITION;
    expect(there(onboard(grantCondition("prod"), { shareCondition, directSharing: true }))).toEqual(there(hub));
    expect(assignmentsOf(onboard("", { directSharing: true })).length).toBe(3);
  });

  test.each([
    ["gates", { approvals: { hours: 72 } }],
    ["curates", { channels: { canary: {} } }],
    ["curates", { keep: [{ scope: `/subscriptions/${spoke}`, keepLast: 3, keepDays: 30 }] }],
  ])("%s as the hub does there with %j", (right, hub) => {
    expect(there(onboard(grantCondition("prod"), { [right]: true }))).toEqual(there(provision(hub)));
  });

  test("without the condition gives no right to grant", () => {
    expect(assignmentsOf(onboard("")).length).toBe(3); // to look, to read build logs, to build
  });
});
