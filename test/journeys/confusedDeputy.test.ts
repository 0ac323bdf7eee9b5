import type { ClientRequest } from "node:http";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, isWriteOfApp, startWorld, type TestWorld } from "./world.ts";

type Body = ReturnType<typeof sampleTemplate>;
interface Build {
  readonly id: string;
  readonly state: string;
  readonly problem?: { readonly code: string };
}

let world: TestWorld;
let foreign: string;
const location = "westeurope";

/** Hosts that this process, and the app in it, sent anything to; and whether a token went along. */
const sent = new Map<string, boolean>();
const note = (host: string, token: boolean) => void sent.set(host, token || sent.get(host) === true);

/** Every outgoing request of the process, by Node's own diagnostics. */
function listen(): void {
  const channels = process.getBuiltinModule("node:diagnostics_channel");
  channels.subscribe("http.client.request.start", (message) => {
    const { request } = message as { request: ClientRequest };
    note(String(request.getHeader("host")), request.hasHeader("authorization"));
  });
  channels.subscribe("undici:request:create", (message) => {
    const { request } = message as { request: { origin: string; headers: string | readonly string[] } };
    note(new URL(request.origin).host, /authorization/i.test(request.headers.toString()));
  });
}

/** Somebody else's group, with everything a template could want to name, and rights on none of it for this template. */
beforeAll(async () => {
  listen();
  world = await startWorld();
  const { imagesGroup, networkGroup, subscription } = world.estate;
  await world.stop();
  const settings = {
    GOLDSMITH_FENCE: `${imagesGroup},${networkGroup}`,
    GOLDSMITH_WATCH: imagesGroup,
    GOLDSMITH_REGISTER_PROVIDERS: "true",
  };
  world = await startWorld({ settings });
  foreign = `${subscription}/resourceGroups/rg-foreign`;
  const put = async (id: string, version: string, body: object) => {
    const answer = await world.arm("PUT", `${id}?api-version=${version}`, body);
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  };
  await put(foreign, "2024-03-01", { location });
  await put(`${foreign}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs`, "2023-01-31", { location });
  await put(`${foreign}/providers/Microsoft.Compute/galleries/theirs`, "2023-07-03", { location, properties: {} });
  await put(`${foreign}/providers/Microsoft.Network/virtualNetworks/theirs`, "2024-01-01", {
    location,
    properties: {
      addressSpace: { addressPrefixes: ["10.9.0.0/16"] },
      subnets: [{ name: "build", properties: { addressPrefix: "10.9.1.0/24" } }],
    },
  });
  await world.clock.advance(60_000);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

/** The sample, with something wicked in it. */
function wicked(change: (body: Body, properties: Record<string, never> & Body["properties"]) => void): Body {
  const body = structuredClone(sampleTemplate(world.estate));
  change(body, body.properties as never);
  return body;
}

/** Every write of the app that does not lie in the fence. */
function strays(): string[] {
  const { imagesGroup, networkGroup } = world.estate;
  const fence = [imagesGroup, networkGroup].map((scope) => `${scope.toLowerCase()}/`);
  return world
    .record()
    .filter(isWriteOfApp)
    .map(({ method, url }) => `${method} ${decodeURIComponent(new URL(url, "https://arm").pathname).toLowerCase()}`)
    .filter((line) => !fence.some((scope) => line.split(" ")[1]?.startsWith(scope)) || /\/\.\.?\/|\/\//.test(line));
}

const theirGallery = () => `${foreign}/providers/Microsoft.Compute/galleries/theirs/images/gold`;
const into = (galleryImageId: () => string) => () =>
  wicked((_, { distribute }) => void Object.assign(distribute[0] ?? {}, { galleryImageId: galleryImageId() }));
const inSubnet = (subnetId: () => string) => () =>
  wicked((_, { vmProfile }) => void Object.assign(vmProfile.vnetConfig, { subnetId: subnetId() }));

const cases: readonly [string, () => Body][] = [
  ["a foreign gallery", into(theirGallery)],
  ["a foreign gallery in odd casing", into(() => theirGallery().toUpperCase())],
  [
    "a way up out of the fence",
    into(() => `${world.estate.imagesGroup}/../rg-foreign/providers/Microsoft.Compute/galleries/theirs/images/gold`),
  ],
  [
    "an encoded way up",
    into(
      () => `${world.estate.imagesGroup}/%2e%2e/rg-foreign/providers/Microsoft.Compute/galleries/theirs/images/gold`,
    ),
  ],
  [
    "an encoded slash",
    into(
      () => `${world.estate.imagesGroup}%2f..%2frg-foreign/providers/Microsoft.Compute/galleries/theirs/images/gold`,
    ),
  ],
  ["double slashes", into(() => theirGallery().replace("/providers/", "//providers//"))],
  ["a trailing slash", into(() => `${theirGallery()}/`)],
  ["a child of a child", into(() => `${theirGallery()}/versions/1.0.0/extra/thing`)],
  [
    "a nested provider of the fence",
    into(() => `${world.estate.imagesGroup}/providers/Microsoft.Compute/galleries/gold/providers${theirGallery()}`),
  ],
  [
    "another subscription",
    into(() =>
      theirGallery().replace(world.estate.subscription, "/subscriptions/99999999-9999-4999-8999-999999999999"),
    ),
  ],
  ["a question mark", into(() => `${world.estate.definition}?x=/../../../rg-foreign`)],
  ["a foreign subnet", inSubnet(() => `${foreign}/providers/Microsoft.Network/virtualNetworks/theirs/subnets/build`)],
  [
    "a subnet by a way up",
    inSubnet(() =>
      world.estate.subnet.replace("rg-network", "rg-network/../rg-foreign").replace("vnet-build", "theirs"),
    ),
  ],
  [
    "a foreign identity",
    () =>
      wicked(
        (body) =>
          void Object.assign(body.identity, {
            userAssignedIdentities: {
              [`${foreign}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs`]: {},
            },
          }),
      ),
  ],
  [
    "a foreign identity on the build VM, and a script that would read its token",
    () =>
      wicked((_, properties) => {
        const userAssignedIdentities = [`${foreign}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs`];
        Object.assign(properties.vmProfile, { userAssignedIdentities });
        Object.assign(properties, {
          customize: [
            { type: "Shell", inline: ["curl -H Metadata:true http://169.254.169.254/metadata/identity/oauth2/token"] },
          ],
        });
      }),
  ],
  [
    "a foreign staging group",
    () => wicked((_, properties) => void Object.assign(properties, { stagingResourceGroup: foreign })),
  ],
  [
    "a script on somebody's storage account",
    () =>
      wicked(
        (_, properties) =>
          void Object.assign(properties, {
            customize: [{ type: "Shell", scriptUri: "https://theirs.blob.core.windows.net/c/s.sh" }],
          }),
      ),
  ],
  [
    "a VHD for somebody's storage account",
    () =>
      wicked(
        (_, properties) =>
          void Object.assign(properties, {
            distribute: [{ type: "VHD", runOutputName: "v", uri: "https://theirs.blob.core.windows.net/vhds/x.vhd" }],
          }),
      ),
  ],
  ...(
    [
      ["the machine itself", "http://127.0.0.1/s.sh"],
      ["the metadata service", "http://169.254.169.254/metadata/identity/oauth2/token"],
      ["a private network", "https://10.20.1.4/s.sh"],
      ["a private network, in IPv6", "https://[fd00::1]/s.sh"],
      ["a private network, as one number", "http://2130706433/s.sh"],
      ["a name of a private network", "https://files.internal/s.sh"],
    ] as const
  ).flatMap(([place, uri]): [string, () => Body][] => [
    [
      `a script in ${place}`,
      () =>
        wicked((_, properties) => void Object.assign(properties, { customize: [{ type: "Shell", scriptUri: uri }] })),
    ],
    [
      `a file from ${place}`,
      () =>
        wicked(
          (_, properties) =>
            void Object.assign(properties, {
              customize: [{ type: "File", sourceUri: uri, destination: "/tmp/f" }],
            }),
        ),
    ],
  ]),
  [
    "a validator in a private network",
    () =>
      wicked(
        (_, properties) =>
          void Object.assign(properties, {
            validate: { inVMValidations: [{ type: "Shell", scriptUri: "http://10.20.1.4/v.sh" }] },
          }),
      ),
  ],
  [
    "a foreign source image",
    () =>
      wicked(
        (_, properties) =>
          void Object.assign(properties, {
            source: { type: "ManagedImage", imageId: `${foreign}/providers/Microsoft.Compute/images/i` },
          }),
      ),
  ],
  [
    "tags that opt in somebody else's things",
    () =>
      wicked((body, { distribute }) => {
        Object.assign(body, { tags: { goldsmith: "*" } });
        Object.assign(distribute[0] ?? {}, { galleryImageId: theirGallery() });
      }),
  ],
];

test.each(cases)("a template that names %s gets nothing, and nothing is written", async (_, body) => {
  const writes = () => world.record().filter(isWriteOfApp).length;
  const before = writes();
  const template = { resourceGroupId: world.estate.imagesGroup, name: "wicked", body: body() };
  const asked = await world.call<{ id: string }>("POST", "builds", { template });
  if (asked.status === 202) expect((await world.built(asked.body.id)).state).toBe("refused");
  else expect(asked.status).toBe(400);
  expect(writes()).toBe(before);
});

test("an identity that somebody else's template uses gets nothing, though all that is named lies in the fence", async () => {
  const { arm, call, clock, estate } = world;
  const theirs = `${foreign}/providers/Microsoft.VirtualMachineImages/imageTemplates/theirs`;
  expect((await arm("PUT", `${theirs}?api-version=2024-02-01`, sampleTemplate(estate))).status).toBe(201);
  // The list of templates is kept for five minutes.
  await clock.advance(360_000);
  const before = world.record().filter(isWriteOfApp).length;
  const template = { resourceGroupId: estate.imagesGroup, name: "shared", body: sampleTemplate(estate) };
  const asked = await call<Build>("POST", "builds", { template });
  const ended = await world.built(asked.body.id);
  expect(ended).toMatchObject({ state: "refused", problem: { code: "IdentityShared" } });
  expect(ended.problem?.detail).toContain(theirs.split("/").at(-1));
  expect(world.record().filter(isWriteOfApp).length).toBe(before);
  const planned = await call<{ identityUses: unknown }>("POST", "plans", { template });
  expect(planned.body.identityUses).toEqual([{ templateId: expect.stringMatching(/\/theirs$/), as: "template" }]);
  await arm("DELETE", `${theirs}?api-version=2024-02-01`);
  await clock.advance(360_000);
});

test("a request cannot name a template outside, nor loosen what the operator set", async () => {
  const template = { resourceGroupId: foreign, name: "theirs", body: sampleTemplate(world.estate) };
  const asked = await world.call<{ id: string }>("POST", "builds", { template });
  expect(asked).toMatchObject({ status: 403, body: { code: "OutsideFence" } });
  for (const extra of [{ fence: "/" }, { policy: { optIn: "none" } }, { optIn: "none" }])
    expect((await world.call("POST", "builds", { templateId: world.estate.template, ...extra })).status).toBe(400);
  expect(strays()).toEqual([]);
});

test("an event whose claims lie starts nothing for what is not watched", async () => {
  const url = `${world.host.url}/runtime/webhooks/EventGrid?functionName=templateTold&code=${"e".repeat(40)}`;
  const id = `${foreign}/providers/Microsoft.VirtualMachineImages/imageTemplates/lie`;
  const event = {
    id: "1",
    topic: world.estate.subscription,
    subject: `${world.estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/innocent`,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: new Date().toISOString(),
    dataVersion: "2",
    data: {
      resourceUri: id,
      operationName: "Microsoft.VirtualMachineImages/imageTemplates/write",
      authorization: { scope: world.estate.imagesGroup, evidence: { role: "Owner" } },
      claims: { name: "the owner" },
    },
  };
  const headers = { "aeg-event-type": "Notification", "content-type": "application/json" };
  const builds = async () => (await world.call<{ value: Build[] }>("GET", "builds")).body.value.length;
  const before = await builds();
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify([event]) });
  expect(answer.status).toBeLessThan(300);
  await world.clock.advance(60_000);
  expect(await builds()).toBe(before);
});

test("a template that is replaced between plan and run is not run, and its new wishes get nothing", async () => {
  const { arm, estate, clock } = world;
  const identity = `${estate.imagesGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-swapped`;
  await arm("PUT", `${identity}?api-version=2023-01-31`, { location: "westeurope" });
  const ofItsOwn = { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } };
  const body = { ...sampleTemplate(estate), identity: ofItsOwn };
  const template = { resourceGroupId: estate.imagesGroup, name: "swapped", body };
  const id = `${estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/swapped`;
  const asked = await world.call<{ id: string }>("POST", "builds", { template });
  await clock.until(
    async () => (await world.call<Build>("GET", `builds/${asked.body.id}`)).body.state === "waitingForRights",
  );
  await arm("PUT", `${id}?api-version=2024-02-01`, into(theirGallery)());
  const ended = await world.built(asked.body.id);
  expect(["refused", "failed"]).toContain(ended.state);
  expect(
    world
      .record()
      .filter(({ method, url, caller }) => caller === "app" && method === "POST" && /swapped\/run/.test(url)),
  ).toEqual([]);
});

test("tokens were sent to nobody but Azure and the app's own storage, and nothing at all to a host that a template named", () => {
  const hosts = [...sent.keys()];
  const { armEndpoint } = world.azure.settings;
  expect(sent.get(new URL(armEndpoint).host)).toBe(true);
  expect(hosts.filter((host) => !/^(localhost|127\.0\.0\.1):\d+$/.test(host))).toEqual([]);
});

test("in the whole record the app wrote nothing outside its fence", () => {
  expect(strays()).toEqual([]);
});
