import { readSettings, settingsTable } from "../../shared/config.ts";
import { Refused } from "../../shared/problem.ts";

const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
const group = `${subscription}/resourceGroups/images`;
const gallery = `${group}/providers/Microsoft.Compute/galleries/gold`;
const guid = "22222222-2222-2222-2222-222222222222";
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const least = { AzureWebJobsStorage: "UseDevelopmentStorage=true", GOLDSMITH_FENCE: subscription };

/** What is wrong with these settings: pointer → detail. */
function faults(environment: Readonly<Record<string, string>>): Record<string, string> {
  try {
    readSettings({ ...least, ...environment });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    expect(error.problem.code).toBe("InvalidSettings");
    return Object.fromEntries((error.problem.errors ?? []).map(({ pointer, detail }) => [pointer, detail]));
  }
  return {};
}

const webhook = (more: object) => JSON.stringify([{ name: "hook", kind: "webhook", events: "*", ...more }]);

test("the least that must be set is the storage; all else has a default, and empty is absent", () => {
  const settings = readSettings({ ...least, GOLDSMITH_MODE: "", GOLDSMITH_WATCH: " " });
  expect(settings).toMatchObject({
    azure: { armEndpoint: "https://management.azure.com", armScope: "https://management.azure.com/.default" },
    store: { kind: "connectionString" },
    notify: { targets: [], allowLoopbackTargets: false },
    policy: { optIn: "tag", mode: "act", network: "change", requirementSet: "documented", environment: "default" },
    pace: { settle: 60, propagation: 900, poll: 30 },
    recreate: "never",
    taskHub: "goldsmith",
    warnings: [],
  });
  expect(settings.policy.roleSubscriptionId).toBe(subscription.split("/")[2]);
});

test("a list of scopes is a fence, and the places in it are watched", () => {
  const { policy, watch } = readSettings({ ...least, GOLDSMITH_FENCE: ` ${group}/ , ${gallery}` });
  expect(policy.fence).toEqual({
    scopes: [group, gallery],
    identities: [],
    roles: [],
    shareWith: [],
    pairs: [],
    owners: [],
  });
  expect(watch).toEqual([group]);
  expect(readSettings({ ...least, GOLDSMITH_WATCH: JSON.stringify([subscription]) }).watch).toEqual([subscription]);
});

test("an empty fence denies all, and is told", () => {
  const settings = readSettings({ ...least, GOLDSMITH_FENCE: "", WEBSITE_OWNER_NAME: `${guid}+webspace` });
  expect(settings.policy.fence.scopes).toEqual([]);
  expect(settings.policy.roleSubscriptionId).toBe(guid);
  expect(settings.warnings).toEqual([expect.stringContaining("GOLDSMITH_FENCE is empty")]);
});

test("a fence in JSON says it all", () => {
  const pairs = [{ principalId: guid, role: "contributor", scope: group }];
  const owners = [{ name: "images team", scopes: [group] }];
  const fence = { scopes: [group], identities: [group], roles: ["galleryPublisher"], shareWith: [guid], pairs, owners };
  expect(readSettings({ ...least, GOLDSMITH_FENCE: JSON.stringify(fence) }).policy.fence).toEqual(fence);
});

test("an account is also entered with the identity, by name or by URI", () => {
  const named = { GOLDSMITH_FENCE: subscription, AzureWebJobsStorage__accountName: "gold" };
  expect(readSettings(named).store).toMatchObject({
    kind: "identity",
    tableServiceUri: "https://gold.table.core.windows.net",
    blobServiceUri: "https://gold.blob.core.windows.net",
  });
  const uris = {
    AzureWebJobsStorage__tableServiceUri: "https://gold.table.core.example/",
    AzureWebJobsStorage__blobServiceUri: "https://gold.blob.core.example",
  };
  expect(readSettings({ GOLDSMITH_FENCE: subscription, ...uris }).store).toMatchObject({
    tableServiceUri: "https://gold.table.core.example",
  });
});

test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
  ["a word that is no choice", { GOLDSMITH_OPT_IN: "maybe" }, "/GOLDSMITH_OPT_IN", /tag, none/],
  [
    "a management group",
    { GOLDSMITH_FENCE: "/providers/Microsoft.Management/managementGroups/x" },
    "/GOLDSMITH_FENCE/0",
    /subscription/,
  ],
  ["a scope of nobody's", { GOLDSMITH_FENCE: `${group},/subscriptions/*` }, "/GOLDSMITH_FENCE/1", /guid/],
  ["an unknown part of the fence", { GOLDSMITH_FENCE: '{"rols":[]}' }, "/GOLDSMITH_FENCE", /rols/],
  ["a role nobody has", { GOLDSMITH_FENCE: '{"roles":["owner"]}' }, "/GOLDSMITH_FENCE/roles/0", /galleryPublisher/],
  ["broken JSON", { GOLDSMITH_FENCE: "{hush" }, "/GOLDSMITH_FENCE", /^not valid JSON$/],
  ["a watched resource", { GOLDSMITH_WATCH: gallery }, "/GOLDSMITH_WATCH/0", /resource group/],
  ["a time in words", { GOLDSMITH_POLL_SECONDS: "soon" }, "/GOLDSMITH_POLL_SECONDS", /whole number/],
  ["a time out of bounds", { GOLDSMITH_SETTLE_SECONDS: "99999" }, "/GOLDSMITH_SETTLE_SECONDS", /0 to 3600/],
  ["less patience than age", { GOLDSMITH_PROPAGATION_SECONDS: "10" }, "/GOLDSMITH_PROPAGATION_SECONDS", /shorter/],
  [
    "an oracle at somebody else's",
    { GOLDSMITH_ACCESS_ORACLE: "https://authorization.azure.net.example.org" },
    "/GOLDSMITH_ACCESS_ORACLE",
    /a token is sent there/,
  ],
  [
    "an oracle without TLS",
    { GOLDSMITH_ACCESS_ORACLE: "http://x.authorization.azure.net" },
    "/GOLDSMITH_ACCESS_ORACLE",
    /https/,
  ],
  ["a schedule of four fields", { GOLDSMITH_AUDIT_SCHEDULE: "* * * *" }, "/GOLDSMITH_AUDIT_SCHEDULE", /NCRONTAB/],
  ["ARM without TLS", { GOLDSMITH_ARM_ENDPOINT: "http://arm" }, "/GOLDSMITH_ARM_ENDPOINT", /https/],
  ["a hub name with a dash", { TASKHUB_NAME: "gold-smith" }, "/TASKHUB_NAME", /letter first/],
  ["no storage", { AzureWebJobsStorage: "" }, "/AzureWebJobsStorage", /accountName/],
  ["a storage that is none", { AzureWebJobsStorage: "gold" }, "/AzureWebJobsStorage", /connection string/],
  [
    "a reference nobody followed",
    { AZURE_CLIENT_ID: "@Microsoft.KeyVault(SecretUri=x)" },
    "/AZURE_CLIENT_ID",
    /Key Vault/,
  ],
  ["a webhook without address", { GOLDSMITH_TARGETS: webhook({}) }, "/GOLDSMITH_TARGETS/0", /secretRef/],
  [
    "a secret that is not set",
    { GOLDSMITH_TARGETS: webhook({ secretRef: "HOOK" }) },
    "/GOLDSMITH_TARGETS/0/secretRef",
    /HOOK is not set/,
  ],
  [
    "a webhook on this machine",
    { GOLDSMITH_TARGETS: webhook({ url: "https://localhost/x" }) },
    "/GOLDSMITH_TARGETS/0/url",
    /loopback/,
  ],
  [
    "a webhook without TLS",
    { GOLDSMITH_TARGETS: webhook({ url: "http://example.com" }) },
    "/GOLDSMITH_TARGETS/0/url",
    /https/,
  ],
  [
    "an event nobody sends",
    { GOLDSMITH_TARGETS: webhook({ url: "https://example.com", events: ["build"] }) },
    "/GOLDSMITH_TARGETS/0/events/0",
    /io\.goldsmith/,
  ],
])("%s is refused, by name and with a reason", (_, environment, pointer, reason) => {
  expect(faults(environment)).toEqual({ [pointer]: expect.stringMatching(reason) });
});

test("all that is wrong is told at once, with what to do, and no value", () => {
  const environment = {
    ...least,
    GOLDSMITH_MODE: "hush-1",
    GOLDSMITH_TARGETS: "{hush-2",
    AZURE_CLIENT_ID: "hush-3",
  };
  const refused = (() => {
    try {
      return readSettings(environment);
    } catch (error) {
      return error as Refused;
    }
  })() as Refused;
  expect(refused.problem.errors).toHaveLength(3);
  expect(refused.problem.fix).toHaveLength(3);
  expect(refused.message).toContain("GOLDSMITH_MODE: not one of: act, advise");
  expect(JSON.stringify(refused.problem) + refused.message).not.toMatch(/hush/);
});

test("a target's secret is looked at at the start, and never shown", () => {
  const targets = { GOLDSMITH_TARGETS: webhook({ secretRef: "GOLDSMITH_HOOK" }) };
  const good = JSON.stringify({ url: "https://example.com/x", secret: [secret, secret] });
  expect(readSettings({ ...least, ...targets, GOLDSMITH_HOOK: good }).warnings).toEqual([]);
  expect(faults({ ...targets, GOLDSMITH_HOOK: `{"url":"https://example.com","secret":"hush"}` })).toEqual({
    "/GOLDSMITH_HOOK": expect.not.stringContaining("hush"),
  });
  expect(readSettings({ ...least, ...targets, GOLDSMITH_HOOK: "https://example.com/x" }).warnings).toEqual([
    expect.stringContaining("no signing secret"),
  ]);
});

test("a setting that is none is warned about", () => {
  expect(readSettings({ ...least, GOLDSMITH_MOOD: "act", OTHER: "x" }).warnings).toEqual([
    expect.stringContaining("GOLDSMITH_MOOD"),
  ]);
});

test("the table tells every setting, and its defaults are read as settings are", () => {
  expect(settingsTable.map(({ name }) => name)).toContain("GOLDSMITH_RECREATE");
  const defaults = Object.fromEntries(settingsTable.map((row) => [row.name, row.default]));
  const { notify: _, ...given } = readSettings({ ...defaults, ...least });
  expect(given).toEqual(
    expect.objectContaining({ policy: readSettings(least).policy, pace: readSettings(least).pace }),
  );
  expect(settingsTable.filter(({ meaning }) => meaning.length < 20)).toEqual([]);
});

describe("evidence of a calibration", () => {
  const document = {
    version: 1,
    subscriptionId: "sub-1",
    location: "westeurope",
    measurements: [
      { question: "galleryNeedsImagesRights", answer: false, how: "Without it …", at: "2026-11-25T10:00:00.000Z" },
      { question: "guardStatus", answer: null, how: "nothing came", at: "2026-11-25T10:00:00.000Z" },
    ],
  };
  const read = (value: unknown) =>
    readSettings({ ...least, GOLDSMITH_EVIDENCE: JSON.stringify(value) }).policy.evidence;

  test("is what builds carry: what was answered, without the story", () => {
    expect(read(document)?.measurements).toEqual([{ ...document.measurements[0], how: "" }]);
  });

  test.each([
    ["another version", { ...document, version: 2 }],
    [
      "a question nobody asks",
      { ...document, measurements: [{ ...document.measurements[0], question: "isItRaining" }] },
    ],
    ["no list", { ...document, measurements: {} }],
  ])("with %s is refused by name", (_, value) => {
    expect(() => read(value)).toThrow(/GOLDSMITH_EVIDENCE/);
  });
});

test.each([
  ["managed roles without a second identity", { GOLDSMITH_ROLES: "managed" }],
  [
    "a second identity that is the first",
    { GOLDSMITH_ROLES: "managed", AZURE_CLIENT_ID: guid, GOLDSMITH_ROLE_MANAGER_CLIENT_ID: guid },
  ],
])("%s are refused by name", (_, environment: Record<string, string>) => {
  expect(Object.keys(faults(environment))).toEqual(["/GOLDSMITH_ROLE_MANAGER_CLIENT_ID"]);
});
