import fc from "fast-check";
import { authorizationRecords } from "../../../../local/azure/authorization/records.ts";
import type { Rights } from "../../../../local/azure/world.ts";
import { roleSpec, templateRoles } from "../../../../shared/decide/permissions/roles.ts";
import type { TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import type { Change } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import { definitionProperties, type Estate, startEstate } from "../../../local/azure/support/builderEstate.ts";
import { byId, facts, policy, target } from "../estate.ts";

/**
 * Real builds on the emulator with exactly the rights of a plan: they go through whatever is not established about Azure turns
 * out to be; and without any single right that the service asked for, they fail.
 */
let estate: Estate;
let decide: Rights["decide"];
let builder = "";
const asked = new Map<string, Asked>();
let next = 0;

interface Asked {
  readonly action: string;
  readonly scope: string;
  readonly dataAction: boolean;
}

beforeAll(async () => {
  estate = await startEstate({ containerCores: 1000, buildSeconds: [120, 180], replicationSeconds: [5, 10] });
  await furnish();
  const { rights } = estate.bench.azure.world as { rights: { decide: Rights["decide"] } };
  decide = rights.decide;
  rights.decide = (principalId, action, scope, more) => {
    // In the staging group that the service makes, it gives the rights itself.
    if (principalId === builder && !/\/resourcegroups\/IT_/i.test(scope))
      asked.set(`${action}|${scope.toLowerCase()}`, { action, scope, dataAction: more?.dataAction ?? false });
    return decide(principalId, action, scope, more);
  };
});
afterAll(() => estate?.stop());

const place = (type: string) => `${estate.group}/providers/${type}`;
const network = () => place("Microsoft.Network/virtualNetworks/build");
const base = () => place("Microsoft.Compute/images/base");
const golden = () => estate.definition.replace("ubuntu", "golden");
const vmIdentity = () => place("Microsoft.ManagedIdentity/userAssignedIdentities/onvm");
const account = () => place("Microsoft.Storage/storageAccounts/goldscripts");
const location = "westeurope";

/** Everything that a template can name. */
async function furnish(): Promise<void> {
  const { made } = estate;
  await made(base(), {
    location,
    properties: { hyperVGeneration: "V2", storageProfile: { osDisk: { osType: "Linux", osState: "Generalized" } } },
  });
  await made(golden(), { location, properties: definitionProperties("golden", "V2") });
  await made(`${golden()}/versions/1.0.0`, { location, properties: { storageProfile: { source: { id: base() } } } });
  await made(vmIdentity(), { location });
  await made(account(), { location, sku: { name: "Standard_LRS" }, kind: "StorageV2", properties: {} });
  await made(network(), { location, properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16"] } } });
  const open = { addressPrefix: "10.1.1.0/24", privateLinkServiceNetworkPolicies: "Disabled" };
  await made(`${network()}/subnets/build`, { properties: open });
  const delegations = [{ name: "aci", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
  await made(`${network()}/subnets/containers`, { properties: { addressPrefix: "10.1.2.0/24", delegations } });
  await estate.bench.clock.advance(60_000);
}

/** What a generated template has. */
interface Shape {
  readonly source: "marketplace" | "image" | "version" | "latest";
  readonly targets: readonly ("gallery" | "image" | "vhd")[];
  readonly network: "none" | "build" | "both";
  readonly onVm: boolean;
  readonly script: boolean;
  readonly ownStaging: boolean;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  source: fc.constantFrom("marketplace", "image", "version", "latest"),
  targets: fc.uniqueArray(fc.constantFrom("gallery", "image", "vhd"), { minLength: 1, maxLength: 3 }),
  network: fc.constantFrom("none", "build", "both"),
  onVm: fc.boolean(),
  script: fc.boolean(),
  ownStaging: fc.boolean(),
});

function changesOf(shape: Shape, name: string, staging: string | undefined): object {
  const sources = {
    marketplace: {},
    image: { source: { type: "ManagedImage", imageId: base() } },
    version: { source: { type: "SharedImageVersion", imageVersionId: `${golden()}/versions/1.0.0` } },
    latest: { source: { type: "SharedImageVersion", imageVersionId: `${golden()}/versions/latest` } },
  };
  const targets = {
    gallery: {
      type: "SharedImage",
      galleryImageId: estate.definition,
      runOutputName: "g",
      targetRegions: [{ name: location }],
    },
    image: { type: "ManagedImage", imageId: place(`Microsoft.Compute/images/${name}`), location, runOutputName: "i" },
    vhd: { type: "VHD", runOutputName: "v" },
  };
  const subnetId = `${network()}/subnets/build`;
  const nets = {
    none: {},
    build: { vnetConfig: { subnetId } },
    both: { vnetConfig: { subnetId, containerInstanceSubnetId: `${network()}/subnets/containers` } },
  };
  const script = { type: "Shell", scriptUri: "https://goldscripts.blob.core.windows.net/scripts/a.sh" };
  return {
    ...sources[shape.source],
    distribute: shape.targets.map((one) => targets[one]),
    ...(shape.script ? { customize: [script] } : {}),
    ...(staging ? { stagingResourceGroup: staging } : {}),
    vmProfile: { ...nets[shape.network], ...(shape.onVm ? { userAssignedIdentities: [vmIdentity()] } : {}) },
  };
}

type Assignment = Extract<Change, { kind: "assignRole" }>;

/** The grants that a plan of this body makes. */
function grantsOf(
  body: TemplateBody,
  identity: string,
  staging: string | undefined,
  requirementSet: "documented" | "minimal",
) {
  const read = facts(body, {
    identity: { id: identity, principalId: builder, clientId: "c" },
    storageAccounts: { goldscripts: account() },
    subnets: {},
    targets: byId(staging ? [target(staging)] : []),
  });
  const plan = planBuild(read, { ...policy, requirementSet });
  const needs = plan.requirements;
  return plan.changes
    .filter((change): change is Assignment => change.kind === "assignRole")
    .map((change) => {
      const own = templateRoles.some(({ key }) => key === change.roleKey) ? roleSpec(change.roleKey) : undefined;
      const builtIn = needs.filter(({ id }) => change.requirements.includes(id));
      return {
        scope: change.scope,
        actions: own?.actions ?? builtIn.flatMap(({ actions }) => actions),
        dataActions: own?.dataActions ?? builtIn.flatMap(({ dataActions }) => dataActions),
      };
    });
}

/** One build with the plan's grants, but without one right. Says how it ended, and what the service asked. */
async function attempt(shape: Shape, requirementSet: "documented" | "minimal" = "documented", without?: Asked) {
  const { bench, made } = estate;
  const name = `t${++next}`;
  const identity = place(`Microsoft.ManagedIdentity/userAssignedIdentities/aib${next}`);
  builder = (await made(identity, { location })).body.properties.principalId;
  const staging = shape.ownStaging ? `${bench.subscription}/resourceGroups/staging-${next}` : undefined;
  if (staging) await made(staging, { location });
  asked.clear();
  const changes = changesOf(shape, name, staging);
  const body = {
    ...estate.template(changes),
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
  };
  for (const one of grantsOf(body as TemplateBody, identity, staging, requirementSet)) put(one, without);
  await estate.settled(await estate.arm("PUT", estate.templateId(name), body));
  const template = await estate.arm("GET", estate.templateId(name));
  const provisioned = template.body.properties.provisioningState === "Succeeded";
  const ended = provisioned ? (await estate.built(name)).lastRunStatus : template.body.properties.provisioningError;
  return {
    succeeded: provisioned && ended.runState === "Succeeded",
    message: ended.message as string | undefined,
    asked: [...asked.values()],
  };
}

/** A grant in force at once, with one action taken out where one is named. */
function put(granted: ReturnType<typeof grantsOf>[number], without: Asked | undefined): void {
  const { world } = estate.bench.azure;
  const records = authorizationRecords(world.store);
  const guid = world.guid();
  const now = world.clock.now();
  const stamps = { createdAt: now, updatedAt: now, createdBy: "", updatedBy: "", visibleAt: now };
  const taken = without ? [without.action] : [];
  const permission = {
    actions: granted.actions,
    notActions: without?.dataAction ? [] : taken,
    dataActions: granted.dataActions,
    notDataActions: without?.dataAction ? taken : [],
  };
  const { subscription } = estate.bench;
  const definition = {
    guid,
    roleName: guid,
    description: "",
    type: "CustomRole",
    assignableScopes: [subscription],
  } as const;
  records.putDefinition({ ...definition, permissions: [permission], ...stamps });
  const roleDefinitionId = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
  const assignment = {
    name: world.guid(),
    scope: granted.scope,
    roleDefinitionId,
    roleGuid: guid,
    principalId: builder,
  };
  records.putAssignment({ ...assignment, principalType: "ServicePrincipal", ...stamps, effectiveAt: now });
}

const truths = [true, false].flatMap((rightsCheckedAtSubmission) =>
  [true, false].map((galleryNeedsImagesRights) => ({ rightsCheckedAtSubmission, galleryNeedsImagesRights })),
);

const set = (switches: object) => estate.bench.owner("POST", "/emulator/switches", switches);

test(
  "with the documented rights every generated template is built under every position of what is not established",
  () =>
    fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        for (const truth of truths) {
          await set(truth);
          const { succeeded, message } = await attempt(shape);
          expect({ truth, succeeded, message: succeeded ? "" : message }).toEqual({
            truth,
            succeeded: true,
            message: "",
          });
        }
      }),
      { numRuns: 15, endOnFailure: true },
    ),
  120_000,
);

test(
  "without any one action that the service asked for, the build fails, under every position",
  () =>
    fc.assert(
      fc.asyncProperty(shapes, fc.constantFrom(...truths), async (shape, truth) => {
        await set(truth);
        const whole = await attempt(shape);
        expect(whole.succeeded).toBe(true);
        for (const one of new Map(whole.asked.map((each) => [each.action, each])).values())
          expect({ one, ...(await attempt(shape, "documented", one)) }).toMatchObject({ succeeded: false });
      }),
      { numRuns: 15, endOnFailure: true },
    ),
  120_000,
);

test(
  "the smaller set of rights is enough where images need none for gallery output",
  () =>
    fc.assert(
      fc.asyncProperty(shapes, fc.boolean(), async (shape, rightsCheckedAtSubmission) => {
        await set({ rightsCheckedAtSubmission, galleryNeedsImagesRights: false });
        expect(await attempt(shape, "minimal")).toMatchObject({ succeeded: true });
      }),
      { numRuns: 15, endOnFailure: true },
    ),
  120_000,
);
