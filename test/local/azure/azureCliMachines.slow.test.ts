import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessOf } from "../../../functions/machineAccess.ts";
import { type Owner, signInAsOwner } from "../../../local/owner.ts";
import { eventually } from "../../../local/processes.ts";
import { type CliBench, cliVersion, startCliBench } from "./support/azureCli.ts";
import { trust } from "./trust.ts";

/** `az vm create` of the real CLI, from the id of an image version, as the seeds write it. */
const version = cliVersion();
if (!version) console.log("SKIPPED: there is no Azure CLI (`az`) on the PATH; apt-get install azure-cli");
const withCli = version ? test : test.skip;

const location = "westeurope";
let bench: CliBench;
let arm: Owner;
let group: string;

beforeAll(async () => {
  if (!version) return;
  bench = await startCliBench();
  trust(bench.settings.caFile);
  arm = signInAsOwner(bench.settings);
  group = `/subscriptions/${bench.settings.subscriptionId}/resourceGroups/rg-vm`;
}, 60_000);
afterAll(async () => await bench?.stop());

async function put(id: string, apiVersion: string, body: object): Promise<string> {
  expect((await arm("PUT", `${id}?api-version=${apiVersion}`, { location, ...body })).status).toBeLessThan(300);
  await eventually(
    id,
    async () =>
      /"Succeeded"/.test(JSON.stringify((await arm("GET", `${id}?api-version=${apiVersion}`)).body)) ? true : undefined,
    60_000,
  );
  return id;
}

/** A version of a definition, and a subnet. */
async function estate() {
  await put(group, "2024-03-01", {});
  const compute = `${group}/providers/Microsoft.Compute`;
  const storageProfile = { osDisk: { osType: "Linux", osState: "Generalized", diskSizeGB: 30 } };
  const base = await put(`${compute}/images/base`, "2024-03-01", {
    properties: { hyperVGeneration: "V2", storageProfile },
  });
  await put(`${compute}/galleries/gold`, "2023-07-03", {});
  const identifier = { publisher: "p", offer: "o", sku: "s" };
  const definition = `${compute}/galleries/gold/images/ubuntu`;
  await put(definition, "2023-07-03", {
    properties: { osType: "Linux", osState: "Generalized", hyperVGeneration: "V2", identifier },
  });
  const source = {
    storageProfile: { source: { id: base } },
    publishingProfile: { targetRegions: [{ name: location }] },
  };
  const image = await put(`${definition}/versions/1.0.0`, "2023-07-03", { properties: source });
  const subnets = [{ name: "machines", properties: { addressPrefix: "10.1.0.0/24" } }];
  const properties = { addressSpace: { addressPrefixes: ["10.1.0.0/16"] }, subnets };
  const network = await put(`${group}/providers/Microsoft.Network/virtualNetworks/vnet`, "2024-01-01", { properties });
  return { image, subnet: `${network}/subnets/machines` };
}

withCli(
  "az vm create --image <version id> --subnet <id> --no-wait makes a machine that runs",
  async () => {
    const { image, subnet } = await estate();
    const key = join(bench.directory, "key.pub");
    writeFileSync(key, accessOf("Linux").sshPublicKey ?? "");
    const options = [
      "--image",
      image,
      "--subnet",
      subnet,
      "--size",
      "Standard_D2s_v5",
      "--admin-username",
      "azureuser",
      "--ssh-key-values",
      key,
    ];
    expect(
      await bench.az(
        "vm",
        "create",
        "-g",
        "rg-vm",
        "-n",
        "myVM",
        ...options,
        "--public-ip-address",
        "",
        "--nsg",
        "",
        "--no-wait",
      ),
    ).toBeUndefined();
    const deployments = `${group}/providers/Microsoft.Resources/deployments?api-version=2021-04-01`;
    const deployed = await eventually(
      "the deployment's end",
      async () => {
        const [one] = (
          (await arm("GET", deployments)).body as { value: { properties: { provisioningState: string } }[] }
        ).value;
        return one && /Succeeded|Failed/.test(one.properties.provisioningState) ? one.properties : undefined;
      },
      60_000,
    );
    expect((deployed as { error?: unknown }).error).toBeUndefined();
    const vm = `${group}/providers/Microsoft.Compute/virtualMachines/myVM`;
    const made = (await arm("GET", `${vm}?api-version=2024-07-01&$expand=instanceView`)).body;
    expect(JSON.stringify(made)).toContain("PowerState/running");
    expect(made).toMatchObject({ properties: { storageProfile: { imageReference: { id: image } } } });
    // Debian's `az vm show` does not find its own SDK.
    expect(await bench.az("resource", "show", "--ids", vm)).toMatchObject({ name: "myVM", location });
  },
  180_000,
);
