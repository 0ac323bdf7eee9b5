import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Share, shareCommand, shareOf } from "../../../shared/decide/gallery/share.ts";
import { type CliBench, cliVersion, startCliBench } from "./support/azureCli.ts";

const version = cliVersion();
if (!version)
  console.log(
    "SKIPPED: there is no Azure CLI (`az`) on the PATH, so the emulator was not tried with it; apt-get install azure-cli",
  );
const withCli = version ? test : test.skip;

const group = "rg-images";
let bench: CliBench;
let az: CliBench["az"];
let scope: string;

beforeAll(async () => {
  if (!version) return;
  bench = await startCliBench();
  az = bench.az;
  scope = `/subscriptions/${bench.settings.subscriptionId}/resourceGroups/${group}`;
}, 120_000);
afterAll(async () => await bench?.stop());

type ShareImage = Extract<Share, { kind: "shareImage" }>;
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

withCli(
  "signs in by configuration only, and makes groups and identities",
  async () => {
    const { subscriptionId, tenantId } = bench.settings;
    expect(await az("account", "show")).toMatchObject({ id: subscriptionId, tenantId, environmentName: "goldsmith" });
    expect(await az("group", "create", "-n", group, "-l", "westeurope")).toMatchObject({ id: scope, name: group });
    expect(await az("group", "exists", "-n", group)).toBe(true);
    expect(names(await az("group", "list"))).toContain(group);
    expect(await az("identity", "create", "-g", group, "-n", "id-build")).toMatchObject({ name: "id-build", tenantId });
    expect(names(await az("identity", "list", "-g", group))).toEqual(["id-build"]);
    expect(names(await az("account", "list-locations"))).toContain("westeurope");
  },
  240_000,
);

withCli(
  "defines a role, assigns it once however often it is asked to, and takes it back",
  async () => {
    const actions = ["read", "images/read", "images/versions/read", "images/versions/write"];
    const file = join(bench.directory, "role.json");
    const role = {
      Name: "Publisher by CLI",
      Description: "Publishes image versions",
      Actions: [...actions.map((one) => `Microsoft.Compute/galleries/${one}`), "Microsoft.Compute/images/*"],
      AssignableScopes: [scope],
    };
    writeFileSync(file, JSON.stringify(role));
    const made = await az("role", "definition", "create", "--role-definition", file);
    expect(made).toMatchObject({ roleName: role.Name, roleType: "CustomRole" });
    const found = async () => await az("role", "definition", "list", "--name", role.Name, "--scope", scope);
    while ((await found()).length === 0);
    const { principalId } = await az("identity", "show", "-g", group, "-n", "id-build");
    const whom = ["--assignee-object-id", principalId, "--assignee-principal-type", "ServicePrincipal"];
    const assign = () => az("role", "assignment", "create", "--role", role.Name, "--scope", scope, ...whom);
    const assignment = await assign();
    expect(assignment).toMatchObject({ principalId, scope });
    expect((await assign()).id).toBe(assignment.id);
    expect(await az("role", "assignment", "list", "--scope", scope)).toMatchObject([{ roleDefinitionName: role.Name }]);
    await az("role", "assignment", "create", "--role", "Reader", "--scope", scope, ...whom);
    await az("role", "assignment", "delete", "--assignee", principalId, "--role", "Reader", "--scope", scope);
    expect(await az("role", "assignment", "list", "--scope", scope)).toHaveLength(1);
  },
  240_000,
);

withCli(
  "makes a network, a subnet with its security group, and rules",
  async () => {
    await az("network", "nsg", "create", "-g", group, "-n", "nsg");
    const prefixes = [
      "--source-address-prefixes",
      "AzureLoadBalancer",
      "--destination-address-prefixes",
      "VirtualNetwork",
    ];
    const rule = [
      "network",
      "nsg",
      "rule",
      "create",
      "-g",
      group,
      "--nsg-name",
      "nsg",
      "--access",
      "Allow",
      ...prefixes,
    ];
    const ports = ["--destination-port-ranges", "60000-60001"];
    expect(await az(...rule, "-n", "builder", "--priority", "400", ...ports)).toMatchObject({ priority: 400 });
    await expect(az(...rule, "-n", "other", "--priority", "400", ...ports)).rejects.toThrow("SecurityRuleConflict");
    await az("network", "vnet", "create", "-g", group, "-n", "vnet", "--address-prefixes", "10.9.0.0/16");
    const subnet = ["-g", group, "--vnet-name", "vnet", "-n", "build"];
    await az("network", "vnet", "subnet", "create", ...subnet, "--address-prefixes", "10.9.1.0/24");
    const policies = ["--disable-private-link-service-network-policies", "true"];
    await az("network", "vnet", "subnet", "update", ...subnet, "--network-security-group", "nsg", ...policies);
    const { networkSecurityGroup, ...shown } = await az("network", "vnet", "subnet", "show", ...subnet);
    expect(shown).toMatchObject({ addressPrefix: "10.9.1.0/24", privateLinkServiceNetworkPolicies: "Disabled" });
    expect(networkSecurityGroup.id).toMatch(/\/networkSecurityGroups\/nsg$/);
  },
  240_000,
);

withCli(
  "makes a gallery and a definition, and asks after providers",
  async () => {
    await az("sig", "create", "-g", group, "-r", "gallery");
    const kind = ["--publisher", "me", "--offer", "ubuntu", "--sku", "22", "--os-type", "Linux"];
    const definition = ["sig", "image-definition", "create", "-g", group, "-r", "gallery", "-i", "ubuntu"];
    expect(await az(...definition, ...kind, "--hyper-v-generation", "V2")).toMatchObject({ name: "ubuntu" });
    expect(names(await az("sig", "list", "-g", group))).toEqual(["gallery"]);
    const aib = "Microsoft.VirtualMachineImages";
    expect(await az("provider", "show", "-n", aib)).toMatchObject({ registrationState: "Registered" });
    await az("provider", "register", "-n", aib);
    expect((await az("provider", "list")).map((one: { namespace: string }) => one.namespace)).toContain(aib);
  },
  240_000,
);

withCli(
  "shares by the commands that Goldsmith hands out, by role and directly, and takes both back",
  async () => {
    await az("sig", "create", "-g", group, "-r", "open", "--permissions", "groups");
    const galleryId = `${scope}/providers/Microsoft.Compute/galleries/open`;
    const { principalId } = await az("identity", "show", "-g", group, "-n", "id-build");
    const hand = (share: Share, what: "add" | "remove") =>
      az(...(shareCommand(share, what).match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replaceAll("'", "")));
    const assigned = () => az("role", "assignment", "list", "--scope", galleryId);
    const byRole = shareOf(galleryId, { principalId, principalType: "ServicePrincipal" }) as ShareImage;
    const { name } = await hand(byRole, "add");
    expect(await assigned()).toMatchObject([{ principalId, roleDefinitionName: "Compute Gallery Image Reader" }]);
    await hand({ ...byRole, name }, "remove");
    expect(await assigned()).toEqual([]);
    const groups = async () =>
      (await az("sig", "show", "-g", group, "-r", "open", "--sharing-groups")).sharingProfile.groups;
    for (const whom of [{ subscriptionId: principalId }, { tenantId: principalId }]) {
      const direct = shareOf(galleryId, whom);
      await hand(direct, "add");
      expect(await groups()).toMatchObject([{ ids: [principalId] }]);
      await hand(direct, "remove");
      expect(await groups()).toEqual([]);
    }
  },
  240_000,
);

withCli(
  "creates an image template, runs it, cancels a run, runs it by action, and shows what came of it",
  async () => {
    const file = join(bench.directory, "template.json");
    writeFileSync(file, JSON.stringify(template()));
    const named = ["-g", group, "-n", "t1"];
    const builder = (verb: string, ...more: readonly string[]) => az("image", "builder", verb, ...named, ...more);
    expect(await builder("create", "--image-template", file)).toMatchObject({ provisioningState: "Succeeded" });
    expect(names(await az("image", "builder", "list", "-g", group))).toEqual(["t1"]);
    await builder("run", "--no-wait");
    await expect(builder("run")).rejects.toThrow("OperationNotAllowed");
    await builder("cancel");
    // The service answers before the run has stopped.
    const runState = async () => (await builder("show")).lastRunStatus.runState;
    for (let look = 0; look < 10 && (await runState()) === "Canceling"; look++);
    expect(await runState()).toBe("Canceled");
    bench.quicken();
    const id = `${scope}/providers/Microsoft.VirtualMachineImages/imageTemplates/t1`;
    await az("resource", "invoke-action", "--action", "Run", "--ids", id, "--api-version", "2024-02-01");
    const read = await az("rest", "--method", "get", "--url", `${id}?api-version=2024-02-01`);
    expect(read.properties.lastRunStatus).toMatchObject({ runState: "Succeeded" });
    expect(await builder("show-runs")).toMatchObject([{ name: "out", provisioningState: "Succeeded" }]);
    const versions = await az("sig", "image-version", "list", "-g", group, "-r", "gallery", "-i", "ubuntu");
    // A run that is cancelled as it publishes leaves a version that failed.
    expect(versions.filter((one: { provisioningState: string }) => one.provisioningState === "Succeeded")).toHaveLength(
      1,
    );
    await builder("delete");
    expect(await az("image", "builder", "list", "-g", group)).toEqual([]);
  },
  240_000,
);

withCli(
  "deploys a template, and is told what is wrong with another",
  async () => {
    const file = join(bench.directory, "deployment.json");
    const nsg = {
      type: "Microsoft.Network/networkSecurityGroups",
      apiVersion: "2022-01-01",
      name: "[concat(parameters('prefix'), '-nsg')]",
      location: "[resourceGroup().location]",
      properties: {},
    };
    const written = (name: string) =>
      `// Templates may have comments.\n${JSON.stringify({
        $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        contentVersion: "1.0.0.0",
        parameters: { prefix: { type: "string" } },
        resources: [{ ...nsg, name }],
        outputs: { id: { type: "string", value: `[resourceId('${nsg.type}', concat(parameters('prefix'), '-nsg'))]` } },
      })}`;
    const deploy = () =>
      az(
        "deployment",
        "group",
        "create",
        "-g",
        group,
        "-n",
        "d1",
        "--template-file",
        file,
        "--parameters",
        "prefix=my",
      );
    writeFileSync(file, written(nsg.name));
    const { properties } = await deploy();
    expect(properties.outputs.id.value).toBe(`${scope}/providers/${nsg.type}/my-nsg`);
    expect(await az("network", "nsg", "show", "-g", group, "-n", "my-nsg")).toMatchObject({ name: "my-nsg" });
    expect(await az("deployment", "operation", "group", "list", "-g", group, "-n", "d1")).toHaveLength(1);
    writeFileSync(file, written("[concat('a']"));
    await expect(deploy()).rejects.toThrow("InvalidTemplate");
  },
  240_000,
);

withCli(
  "lists the resources of a group alone, and deletes it",
  async () => {
    const there = await az("resource", "list", "-g", group);
    // Image Builder shows ids with a small letter in them, as it does in Azure.
    const elsewhere = (id: string) => !id.toLowerCase().startsWith(`${scope}/`.toLowerCase());
    expect(there.map(({ id }: { id: string }) => id).filter(elsewhere)).toEqual([]);
    expect(names(there).sort()).toEqual(expect.arrayContaining(["gallery", "id-build", "nsg", "vnet"]));
    await az("group", "delete", "-n", group, "--yes", "--no-wait");
    while (await az("group", "exists", "-n", group));
  },
  240_000,
);

const template = () => ({
  location: "westeurope",
  identity: {
    type: "UserAssigned",
    userAssignedIdentities: { [`${scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-build`]: {} },
  },
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
        galleryImageId: `${scope}/providers/Microsoft.Compute/galleries/gallery/images/ubuntu`,
        replicationRegions: ["westeurope"],
        runOutputName: "out",
      },
    ],
  },
});
