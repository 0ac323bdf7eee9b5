import { authorizationRecords } from "../../../../local/azure/authorization/records.ts";
import { text } from "../../../../local/azure/compute/paths.ts";
import type { Switches } from "../../../../local/azure/switches.ts";
import { type Bench, type Reply, startBench } from "../emulator.ts";

/** An emulator with an estate to build images in: a resource group, an identity without any right, a gallery with a definition. */
export interface Estate {
  readonly bench: Bench;
  readonly group: string;
  readonly identity: string;
  readonly principalId: string;
  readonly definition: string;
  /** Asks ARM as the owner, in the version of the API that suits the path unless another is given. */
  arm(method: string, path: string, body?: unknown, version?: string): Promise<Reply>;
  as(principalId: string): Estate["arm"];
  /** PUT and wait until it is done. */
  made(path: string, body: unknown): Promise<Reply>;
  /** Lets time pass until what was accepted is done, and says how it ended. */
  settled(reply: Reply): Promise<Reply>;
  /** A custom role with these actions, assigned at `scope`, in force at once. */
  grant(
    actions: readonly string[],
    scope: string,
    more?: { principalId?: string; dataActions?: readonly string[] },
  ): void;
  /** A template body whose properties are the default ones with `changes`. */
  template(changes?: object): Record<string, unknown>;
  templateId(name: string): string;
  /** Puts a template, waits for the end of its submission and reads it. */
  submitted(name: string, changes?: object, version?: string): Promise<Reply>;
  /** Runs a template to its end and reads its properties. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read wire JSON by path
  built(name: string): Promise<any>;
  stop(): Promise<void>;
}

const versions: Readonly<Record<string, string>> = {
  "microsoft.virtualmachineimages": "2024-02-01",
  "microsoft.compute": "2023-07-03",
  "microsoft.network": "2024-05-01",
  "microsoft.managedidentity": "2023-01-31",
  "microsoft.containerinstance": "2023-05-01",
  "microsoft.storage": "2023-05-01",
};
const imagesVersion = "2024-03-01";

export const galleryRights = [
  "Microsoft.Compute/galleries/read",
  "Microsoft.Compute/galleries/images/read",
  "Microsoft.Compute/galleries/images/versions/read",
  "Microsoft.Compute/galleries/images/versions/write",
];
export const imageRights = ["read", "write", "delete"].map((verb) => `Microsoft.Compute/images/${verb}`);
export const networkRights = [
  "Microsoft.Network/virtualNetworks/read",
  "Microsoft.Network/virtualNetworks/subnets/join/action",
];

const unhurried: Partial<Switches> = {
  readBucket: [100_000, 1000],
  writeBucket: [100_000, 1000],
  deleteBucket: [100_000, 1000],
  registeredProviders: [
    "VirtualMachineImages",
    "Compute",
    "Network",
    "Storage",
    "KeyVault",
    "ContainerInstance",
    "ManagedIdentity",
  ].map((name) => `Microsoft.${name}`),
};

/** How `startEstate` starts the emulator. */
export function estateOptions(switches: Partial<Switches> = {}) {
  return { switches: { ...unhurried, ...switches }, deployment: "none" } as const;
}

export async function startEstate(switches: Partial<Switches> = {}): Promise<Estate> {
  const bench = await startBench(estateOptions(switches));
  const estate = estateOf(bench);
  await estate.made(estate.group, { location: "westeurope" });
  await estate.made(estate.identity, { location: "westeurope" });
  await estate.made(estate.definition.replace(/\/images\/ubuntu$/, ""), { location: "westeurope" });
  await estate.made(estate.definition, { location: "westeurope", properties: definitionProperties("ubuntu", "V2") });
  return estate;
}

/** The same estate over a bench that was stopped and started again. */
export function estateOf(bench: Bench): Estate {
  const group = `${bench.subscription}/resourceGroups/images`;
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`;
  const definition = `${group}/providers/Microsoft.Compute/galleries/gold/images/ubuntu`;
  const asking =
    (principalId: string): Estate["arm"] =>
    (method, path, body, version) =>
      bench.as(principalId)(method, versioned(path, version), body);
  const arm = asking(bench.azure.settings.owner.principalId);
  const estate: Estate = {
    bench,
    group,
    identity,
    definition,
    arm,
    as: asking,
    get principalId() {
      return text(bench.azure.world.store.resource(identity)?.body, "properties", "principalId") ?? "";
    },
    async made(path, body) {
      const reply = await arm("PUT", path, body);
      if (reply.status >= 300) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
      return reply.headers["azure-asyncoperation"] ? estate.settled(reply) : reply;
    },
    async settled(reply) {
      const url = (reply.headers["azure-asyncoperation"] ?? reply.headers.location ?? "").replace(
        bench.azure.endpoint,
        "",
      );
      let last = reply;
      await bench.clock.until(async () => {
        last = await bench.owner("GET", url);
        return last.status !== 202 && last.body?.status !== "InProgress";
      });
      return last;
    },
    grant: (actions, scope, more = {}) =>
      grant(bench, actions, scope, more.principalId ?? estate.principalId, more.dataActions ?? []),
    template: (changes = {}) => ({
      location: "westeurope",
      identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
      properties: {
        source: {
          type: "PlatformImage",
          publisher: "Canonical",
          offer: "0001-com-ubuntu-server-jammy",
          sku: "22_04-lts-gen2",
          version: "latest",
        },
        customize: [{ type: "Shell", name: "hello", inline: ["echo hello"] }],
        distribute: [
          {
            type: "SharedImage",
            galleryImageId: definition,
            runOutputName: "out",
            targetRegions: [{ name: "westeurope" }],
            versioning: { scheme: "Latest", major: 1 },
          },
        ],
        ...changes,
      },
    }),
    templateId: (name) => `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`,
    async submitted(name, changes = {}, version) {
      const reply = await arm("PUT", estate.templateId(name), estate.template(changes), version);
      if (reply.status !== 201) return reply;
      await estate.settled(reply);
      return arm("GET", estate.templateId(name), undefined, version);
    },
    async built(name) {
      const reply = await arm("POST", `${estate.templateId(name)}/run`);
      if (reply.status !== 202) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
      await estate.settled(reply);
      return (await arm("GET", estate.templateId(name))).body.properties;
    },
    stop: () => bench.stop(),
  };
  return estate;
}

function versioned(path: string, version: string | undefined): string {
  const namespace = /.*\/providers\/([^/]+)/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const fitting = /Microsoft\.Compute\/(images|locations)/i.test(path) ? imagesVersion : versions[namespace];
  return `${path}${path.includes("?") ? "&" : "?"}api-version=${version ?? fitting ?? "2021-04-01"}`;
}

function grant(
  bench: Bench,
  actions: readonly string[],
  scope: string,
  principalId: string,
  dataActions: readonly string[],
): void {
  const { world } = bench.azure;
  const records = authorizationRecords(world.store);
  const guid = world.guid();
  const now = world.clock.now();
  const stamps = { createdAt: now, updatedAt: now, createdBy: "", updatedBy: "", visibleAt: now };
  const permissions = [{ actions, notActions: [], dataActions, notDataActions: [] }];
  records.putDefinition({
    guid,
    roleName: guid,
    description: "",
    type: "CustomRole",
    permissions,
    assignableScopes: [bench.subscription],
    ...stamps,
  });
  const roleDefinitionId = `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
  records.putAssignment({
    name: world.guid(),
    scope,
    roleDefinitionId,
    roleGuid: guid,
    principalId,
    principalType: "ServicePrincipal",
    ...stamps,
    effectiveAt: now,
  });
}

export function definitionProperties(sku: string, hyperVGeneration: string, osType = "Linux"): Record<string, unknown> {
  return { osType, osState: "Generalized", hyperVGeneration, identifier: { publisher: "contoso", offer: "gold", sku } };
}
