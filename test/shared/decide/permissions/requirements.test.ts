import { typeOf } from "../../../../shared/decide/armId.ts";
import type { RequirementContext } from "../../../../shared/decide/permissions/requirement.ts";
import { templateRequirements } from "../../../../shared/decide/permissions/requirements.ts";
import { builtInRole } from "../../../../shared/decide/permissions/roles.ts";
import type { TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import * as estate from "../estate.ts";

const { subscription, galleryId, definitionId, galleryTarget, imageTarget, template, vnetId } = estate;
const galleries = `${subscription}/resourceGroups/galleries`;
const output = `${subscription}/resourceGroups/output`;
const publishes = [`galleryPublisher @ ${galleryId}`, `imageWriter @ ${galleries}`];
const blob = (path: string) => `https://scripts01.blob.core.windows.net/${path}`;
const container = (name: string) => `${estate.accountId}/blobServices/default/containers/${name}`;
const shell = (scriptUri: string) => ({ type: "Shell", name: "script", scriptUri });
const windows = { type: "PowerShell", name: "script", inline: ["Get-Date"] };
const net = (vnetConfig: Readonly<Record<string, unknown>>) => ({ vmProfile: { vnetConfig } });
const far = `${estate.otherSubscription}/resourceGroups/far/providers/Microsoft.Compute`;

interface Case {
  readonly body: TemplateBody;
  readonly context?: Partial<RequirementContext>;
  readonly needs: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "a marketplace image into a gallery, as documented": { body: template(), needs: publishes },
  "a marketplace image into a gallery, with what is known to be used": {
    body: template(),
    context: { requirementSet: "minimal" },
    needs: [`galleryPublisher @ ${galleryId}`],
  },
  "a marketplace image with a plan: no right, its terms are another matter": {
    body: template({
      source: { ...estate.marketplace, planInfo: { planName: "p", planProduct: "o", planPublisher: "x" } },
    }),
    needs: publishes,
  },
  "a marketplace image of a fixed version": {
    body: template({ source: { ...estate.marketplace, version: "1.2.3" } }),
    needs: publishes,
  },
  "a managed image as source": {
    body: template({ source: { type: "ManagedImage", imageId: estate.sourceImageId } }),
    needs: [`imageReader @ ${estate.sourceImageId}`, ...publishes],
  },
  "a gallery version as source": {
    body: template({ source: { type: "SharedImageVersion", imageVersionId: estate.sourceVersionId } }),
    needs: [`galleryReader @ ${estate.sourceVersionId.replace(/\/images.*/, "")}`, ...publishes],
  },
  "the latest gallery version as source": {
    body: template({ source: { type: "SharedImageVersion", imageVersionId: `${definitionId}/versions/latest` } }),
    needs: [`galleryReader @ ${galleryId}`, ...publishes],
  },
  "a gallery version of another subscription": {
    body: template({
      source: { type: "SharedImageVersion", imageVersionId: `${far}/galleries/base/images/u/versions/1.0.0` },
    }),
    needs: [`galleryReader @ ${far}/galleries/base`, ...publishes],
  },
  "galleries in groups that are called images and versions": {
    body: template({
      source: {
        type: "SharedImageVersion",
        imageVersionId: `${subscription}/resourceGroups/versions/providers/Microsoft.Compute/galleries/base/images/u/versions/1.0.0`,
      },
      distribute: [
        {
          ...galleryTarget,
          galleryImageId: `${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/images/images/versions`,
        },
      ],
    }),
    needs: [
      `galleryReader @ ${subscription}/resourceGroups/versions/providers/Microsoft.Compute/galleries/base`,
      `galleryPublisher @ ${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/images`,
      `imageWriter @ ${subscription}/resourceGroups/images`,
    ],
  },
  "a source type in lower case": {
    body: template({ source: { type: "managedimage", imageId: estate.sourceImageId } }),
    needs: [`imageReader @ ${estate.sourceImageId}`, ...publishes],
  },
  "a source nobody knows: nothing for it, and the plan says so": {
    body: template({ source: { type: "PlatformImages" } }),
    needs: publishes,
  },
  "no source": { body: template({ source: null }), needs: publishes },
  "a source id with a step upwards: no right is derived from it": {
    body: template({ source: { type: "ManagedImage", imageId: `${estate.sourceImageId}/../other` } }),
    needs: publishes,
  },
  "a managed image as target": { body: template({ distribute: [imageTarget] }), needs: [`imageWriter @ ${output}`] },
  "a managed image from a managed image": {
    body: template({ source: { type: "ManagedImage", imageId: estate.sourceImageId }, distribute: [imageTarget] }),
    needs: [`imageReader @ ${estate.sourceImageId}`, `imageWriter @ ${output}`],
  },
  "a gallery target with a fixed version": {
    body: template({ distribute: [{ ...galleryTarget, galleryImageId: `${definitionId}/versions/1.0.0` }] }),
    needs: publishes,
  },
  "two definitions of one gallery": {
    body: template({ distribute: [galleryTarget, { ...galleryTarget, galleryImageId: `${galleryId}/images/other` }] }),
    needs: [...publishes, ...publishes],
  },
  "two galleries": {
    body: template({
      distribute: [galleryTarget, { ...galleryTarget, galleryImageId: `${far}/galleries/g/images/u` }],
    }),
    needs: [
      ...publishes,
      `galleryPublisher @ ${far}/galleries/g`,
      `imageWriter @ ${estate.otherSubscription}/resourceGroups/far`,
    ],
  },
  "a gallery and a managed image": {
    body: template({ distribute: [galleryTarget, imageTarget] }),
    needs: [...publishes, `imageWriter @ ${output}`],
  },
  "an old gallery target with replicationRegions": {
    body: template({
      distribute: [
        { type: "SharedImage", galleryImageId: definitionId, runOutputName: "r", replicationRegions: ["westeurope"] },
      ],
    }),
    needs: publishes,
  },
  "a VHD where the service puts it": {
    body: template({ distribute: [{ type: "VHD", runOutputName: "v" }] }),
    needs: [],
  },
  "a VHD in a container of one's own": {
    body: template({ distribute: [{ type: "VHD", runOutputName: "v", uri: blob("vhds/u.vhd") }] }),
    needs: [`storageBlobDataContributor @ ${container("vhds")}`],
  },
  "a VHD in an account that was not found: the plan says so": {
    body: template({
      distribute: [{ type: "VHD", runOutputName: "v", uri: "https://unknown01.blob.core.windows.net/vhds/u.vhd" }],
    }),
    needs: [],
  },
  "everything at once as targets": {
    body: template({ distribute: [galleryTarget, imageTarget, { type: "VHD", runOutputName: "v" }] }),
    needs: [...publishes, `imageWriter @ ${output}`],
  },
  "a target nobody knows": { body: template({ distribute: [{ type: "Tape" }] }), needs: [] },
  "no targets": { body: template({ distribute: [] }), needs: [] },
  "an existing subnet": {
    body: template(net({ subnetId: estate.buildSubnetId })),
    needs: [...publishes, `subnetJoiner @ ${vnetId}`],
  },
  "an existing subnet with a proxy size": {
    body: template(net({ subnetId: estate.buildSubnetId, proxyVmSize: "Standard_A1_v2" })),
    needs: [...publishes, `subnetJoiner @ ${vnetId}`],
  },
  "build and container subnet: one right at their network": {
    body: template(net({ subnetId: estate.buildSubnetId, containerInstanceSubnetId: estate.containerSubnetId })),
    needs: [...publishes, `subnetJoiner @ ${vnetId}`],
  },
  "a container subnet alone, which is refused anyway": {
    body: template(net({ containerInstanceSubnetId: estate.containerSubnetId })),
    needs: publishes,
  },
  "an empty network": { body: template(net({ subnetId: "" })), needs: publishes },
  "a network with a DDoS plan": {
    body: template(net({ subnetId: estate.buildSubnetId })),
    context: { ddosPlanIds: [`${subscription}/resourceGroups/n/providers/Microsoft.Network/ddosProtectionPlans/p`] },
    needs: [
      ...publishes,
      `subnetJoiner @ ${vnetId}`,
      `ddosPlanJoiner @ ${subscription}/resourceGroups/n/providers/Microsoft.Network/ddosProtectionPlans/p`,
    ],
  },
  "an own staging group that exists": {
    body: template({ stagingResourceGroup: estate.stagingId }),
    context: { stagingGroupExists: true },
    needs: [...publishes, `contributor @ ${estate.stagingId}`],
  },
  "an own staging group that the service will make": {
    body: template({ stagingResourceGroup: estate.stagingId }),
    needs: publishes,
  },
  "Windows in an existing subnet with an own staging group: the service itself needs a right": {
    body: template({
      ...net({ subnetId: estate.buildSubnetId }),
      stagingResourceGroup: estate.stagingId,
      customize: [windows],
    }),
    context: {
      stagingGroupExists: true,
      osType: "Windows",
      imageBuilderPrincipalId: "cccccccc-0000-4000-8000-000000000001",
    },
    needs: [
      ...publishes,
      `subnetJoiner @ ${vnetId}`,
      `contributor @ ${estate.stagingId}`,
      `contributor @ ${estate.stagingId} for cccccccc-0000-4000-8000-000000000001`,
    ],
  },
  "Linux in an existing subnet with an own staging group: it does not": {
    body: template({ ...net({ subnetId: estate.buildSubnetId }), stagingResourceGroup: estate.stagingId }),
    context: {
      stagingGroupExists: true,
      osType: "Linux",
      imageBuilderPrincipalId: "cccccccc-0000-4000-8000-000000000001",
    },
    needs: [...publishes, `subnetJoiner @ ${vnetId}`, `contributor @ ${estate.stagingId}`],
  },
  "Windows with both subnets and an own staging group: it does not either, there is no proxy": {
    body: template({
      ...net({ subnetId: estate.buildSubnetId, containerInstanceSubnetId: estate.containerSubnetId }),
      stagingResourceGroup: estate.stagingId,
    }),
    context: {
      stagingGroupExists: true,
      osType: "Windows",
      imageBuilderPrincipalId: "cccccccc-0000-4000-8000-000000000001",
    },
    needs: [...publishes, `subnetJoiner @ ${vnetId}`, `contributor @ ${estate.stagingId}`],
  },
  "an identity for the build VM": {
    body: template({ vmProfile: { userAssignedIdentities: [estate.vmIdentityId] } }),
    needs: [...publishes, `managedIdentityOperator @ ${estate.vmIdentityId}`],
  },
  "the same identity twice": {
    body: template({ vmProfile: { userAssignedIdentities: [estate.vmIdentityId, estate.vmIdentityId.toLowerCase()] } }),
    needs: [...publishes, `managedIdentityOperator @ ${estate.vmIdentityId}`],
  },
  "the template's own identity on the VM too": {
    body: template({ vmProfile: { userAssignedIdentities: [estate.identityId] } }),
    needs: [...publishes, `managedIdentityOperator @ ${estate.identityId}`],
  },
  "a script in Azure Storage": {
    body: template({ customize: [shell(blob("scripts/a.sh"))] }),
    needs: [...publishes, `storageBlobDataReader @ ${container("scripts")}`],
  },
  "two scripts of one container and a file of another": {
    body: template({
      customize: [
        shell(blob("scripts/a.sh")),
        shell(blob("scripts/b/c.sh")),
        { type: "File", sourceUri: blob("files/x"), destination: "/tmp/x" },
      ],
    }),
    needs: [
      ...publishes,
      `storageBlobDataReader @ ${container("files")}`,
      `storageBlobDataReader @ ${container("scripts")}`,
    ],
  },
  "a validator's script in Azure Storage": {
    body: template({ validate: { inVMValidations: [shell(blob("checks/a.sh"))] } }),
    needs: [...publishes, `storageBlobDataReader @ ${container("checks")}`],
  },
  "the script of an optimization workload": {
    body: template({ optimize: { workload: { state: "Enabled", scriptUri: blob("work/a.sh") } } }),
    needs: [...publishes, `storageBlobDataReader @ ${container("work")}`],
  },
  "a script whose address is signed": {
    body: template({ customize: [shell(`${blob("scripts/a.sh")}?sv=1&sig=abc`)] }),
    needs: publishes,
  },
  "a script from elsewhere": {
    body: template({ customize: [shell("https://raw.githubusercontent.com/a/b/c.sh")] }),
    needs: publishes,
  },
  "a host that only looks like Azure Storage": {
    body: template({ customize: [shell("https://scripts01.blob.core.windows.net.evil.example/scripts/a.sh")] }),
    needs: publishes,
  },
  "all of it": {
    body: template({
      source: { type: "SharedImageVersion", imageVersionId: estate.sourceVersionId },
      customize: [shell(blob("scripts/a.sh"))],
      distribute: [galleryTarget, imageTarget],
      vmProfile: {
        userAssignedIdentities: [estate.vmIdentityId],
        vnetConfig: { subnetId: estate.buildSubnetId, containerInstanceSubnetId: estate.containerSubnetId },
      },
      stagingResourceGroup: estate.stagingId,
    }),
    context: { stagingGroupExists: true },
    needs: [
      `galleryReader @ ${estate.sourceVersionId.replace(/\/images.*/, "")}`,
      ...publishes,
      `imageWriter @ ${output}`,
      `subnetJoiner @ ${vnetId}`,
      `contributor @ ${estate.stagingId}`,
      `managedIdentityOperator @ ${estate.vmIdentityId}`,
      `storageBlobDataReader @ ${container("scripts")}`,
    ],
  },
};

const context: RequirementContext = {
  principalId: estate.principalId,
  environment: estate.environment,
  roleSubscriptionId: "s",
  requirementSet: "documented",
  storageAccounts: { scripts01: estate.accountId },
};

const all = Object.entries(cases).map(([name, one]) => {
  const needs = templateRequirements(one.body, { ...context, ...one.context });
  return { name, needs, expected: one.needs };
});

test.each(all)("$name", ({ needs, expected }) => {
  const said = needs.map((need) => {
    const other = need.principalId === estate.principalId ? "" : ` for ${need.principalId}`;
    return `${need.role.key} @ ${need.scope}${other}`;
  });
  expect(said).toEqual(expected);
});

test.each(all)(
  "$name: every requirement says why, where it is written and what it allows, under an id of its own",
  ({ needs }) => {
    expect(new Set(needs.map((need) => need.id)).size).toBe(needs.length);
    for (const need of needs) {
      expect(need.because).not.toBe("");
      expect(need.source).toMatch(/^https:\/\/learn\.microsoft\.com\//);
      expect(need.actions.length + need.dataActions.length).toBeGreaterThan(0);
    }
  },
);

test("built-in roles are only asked for where roles.json permits them", () => {
  for (const need of all.flatMap((one) => one.needs)) {
    const permitted = builtInRole(need.role.key)?.scopes.map((type) => type.toLowerCase());
    const type = typeOf(need.scope) ?? "microsoft.resources/subscriptions/resourcegroups";
    if (permitted) expect(permitted).toContain(type);
  }
});
