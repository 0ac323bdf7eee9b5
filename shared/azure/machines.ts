import type { SizeFacts } from "../decide/gallery/imageCheck.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { computeApi, disksApi, networkApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import type { MachineReading, MachineSpec, Machines, ScriptReading } from "./azure.ts";
import type { Connection } from "./connection.ts";
import { imageBehind } from "./imageFacts.ts";
import { readSubnetWith } from "./network.ts";
import { readPermissions } from "./permissions.ts";
import { listAll, orMissing, partsOf, plain, readResource } from "./rest.ts";
import { readSecret, removeSecret, secretPlace, writeSecret } from "./secrets.ts";

/** Machines that prove images; `galleries` are the ways to the tenants that images may be in. Nothing here waits: what is started is read until it is there. */
export function machinesOf(arm: Connection, galleries: readonly Connection[] = [arm]): Machines {
  return {
    async readImage(wish, region, subscriptionId) {
      // What is shared is read by the consumer; a gallery by whoever its own tenant knows.
      if (wish.kind === "shared") return imageBehind(arm, wish, region, subscriptionId);
      let failure: unknown;
      for (const gallery of galleries)
        try {
          return await imageBehind(gallery, wish, region, subscriptionId);
        } catch (error) {
          if (!(error instanceof ArmFailure && error.status === 401)) throw error;
          failure = error;
        }
      throw failure;
    },

    readSubnet: (id) => readSubnetWith(id, (resourceId) => readResource(arm, resourceId, networkApi)),

    async readSizes(subscriptionId, region) {
      const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/skus`;
      const skus = await listAll(arm, path, "2021-07-01", { $filter: `location eq '${region}'` });
      return skus
        .map(fieldsOf)
        .filter(({ resourceType }) => resourceType === "virtualMachines")
        .map(sizeFacts);
    },

    readPermissions: (scope) => readPermissions(arm, scope),

    async makeNetwork(id, region, tags) {
      const standing = await readResource(arm, id, networkApi);
      if (standing !== undefined) return stateOf(standing) === "succeeded" ? "stands" : "settling";
      const subnet = { name: "machines", properties: { addressPrefix: "10.255.0.0/24", defaultOutboundAccess: false } };
      const properties = { addressSpace: { addressPrefixes: ["10.255.0.0/24"] }, subnets: [subnet] };
      await arm.send({ method: "PUT", path: id, apiVersion: networkApi, body: { location: region, tags, properties } });
      return "settling";
    },

    async makeInterface({ nicId, subnetId, region, tags }) {
      const standing = await readResource(arm, nicId, networkApi);
      if (standing !== undefined) return stateOf(standing) === "succeeded" ? "stands" : "settling";
      const configuration = {
        name: "private",
        properties: { subnet: { id: subnetId }, privateIPAllocationMethod: "Dynamic" },
      };
      const body = { location: region, tags, properties: { ipConfigurations: [configuration] } };
      await arm.send({ method: "PUT", path: nicId, apiVersion: networkApi, body });
      return "settling";
    },

    async makeMachine(spec) {
      if ((await readResource(arm, spec.vmId, computeApi)) !== undefined) return "stood";
      await arm.send({ method: "PUT", path: spec.vmId, apiVersion: computeApi, body: machineBody(spec) });
      return "started";
    },

    async readMachine(vmId) {
      const query = { $expand: "instanceView" };
      const answer = await orMissing(arm.send({ method: "GET", path: plain(vmId), apiVersion: computeApi, query }));
      return answer === undefined ? undefined : machineReading(answer.body);
    },

    async startScript(vmId, { name, text, minutes, region }) {
      const path = `${plain(vmId)}/runCommands/${name}`;
      if ((await readResource(arm, path, computeApi)) !== undefined) return;
      const properties = { source: { script: text }, asyncExecution: false, timeoutInSeconds: minutes * 60 };
      await arm.send({ method: "PUT", path, apiVersion: computeApi, body: { location: region, properties } });
    },

    async readScript(vmId, name) {
      const query = { $expand: "instanceView" };
      const path = `${plain(vmId)}/runCommands/${name}`;
      const answer = await orMissing(arm.send({ method: "GET", path, apiVersion: computeApi, query }));
      return answer === undefined ? undefined : scriptReading(answer.body);
    },

    readSecret: (id) => readSecret(arm, secretPlace(id)),
    writeSecret: (id, secret) => writeSecret(arm, secretPlace(id), secret),

    async readConsole(vmId) {
      const path = `${plain(vmId)}/retrieveBootDiagnosticsData`;
      const query = { sasUriExpirationTimeInMinutes: "10" };
      const { body } = await arm.send({ method: "POST", path, apiVersion: computeApi, query });
      const address = textOf(fieldsOf(body).serialConsoleLogBlobUri);
      return address === "" ? undefined : download(address);
    },

    async remove(id) {
      if (/\/secrets\/[^/]+$/i.test(id)) return removeSecret(arm, secretPlace(id));
      partsOf(id);
      const apiVersion = /\/disks\//i.test(id) ? disksApi : /Microsoft\.Network/i.test(id) ? networkApi : computeApi;
      if ((await readResource(arm, id, apiVersion)) === undefined) return "gone";
      await arm.send({ method: "DELETE", path: id, apiVersion }).catch((error: unknown) => {
        // Still attached to a machine that is going, or locked by a write under way: the next look tries again.
        if (
          error instanceof ArmFailure &&
          error.says(
            "NicInUse",
            "OperationNotAllowed",
            "InUseSubnetCannotBeDeleted",
            "AnotherOperationInProgress",
            "AttachDiskWhileBeingDetached",
            "NicReservedForAnotherVm",
          )
        )
          return;
        throw error;
      });
      return "started";
    },
  };
}

function sizeFacts(sku: Readonly<Record<string, unknown>>): SizeFacts {
  const capabilities = Object.fromEntries(
    itemsOf(sku.capabilities)
      .map(fieldsOf)
      .map(({ name, value }) => [textOf(name), textOf(value)]),
  );
  const restricted = itemsOf(sku.restrictions).some((one) => textOf(fieldsOf(one).type).toLowerCase() === "location");
  return {
    name: textOf(sku.name),
    offered: !restricted,
    generations: (capabilities.HyperVGenerations ?? "V1").split(","),
    architecture: capabilities.CpuArchitectureType || "x64",
    trustedLaunch:
      (capabilities.TrustedLaunchDisabled ?? "").toLowerCase() !== "true" &&
      /V2/.test(capabilities.HyperVGenerations ?? ""),
    confidential: (capabilities.ConfidentialComputingType ?? "") !== "",
  };
}

/** A machine without identity, without a public address, with its disk and interface going when it goes. */
function machineBody(spec: MachineSpec): unknown {
  const { region, tags, size, image, osType, computerName, nicId, diskId, securityType } = spec;
  const disk = {
    name: diskId.slice(diskId.lastIndexOf("/") + 1),
    createOption: "FromImage",
    deleteOption: "Delete",
    caching: "ReadWrite",
    managedDisk: {
      storageAccountType: "Standard_LRS",
      ...(securityType === "ConfidentialVM" ? { securityProfile: { securityEncryptionType: "VMGuestStateOnly" } } : {}),
    },
  };
  const trusted = securityType !== undefined && securityType !== "Standard";
  const windows = { windowsConfiguration: { provisionVMAgent: true, enableAutomaticUpdates: false } };
  return {
    location: region,
    tags,
    properties: {
      hardwareProfile: { vmSize: size },
      storageProfile: { imageReference: image, osDisk: disk },
      osProfile: {
        computerName,
        adminUsername: spec.adminUsername,
        ...(osType === "Windows" ? { adminPassword: spec.adminPassword, ...windows } : linuxAccess(spec)),
      },
      networkProfile: { networkInterfaces: [{ id: nicId, properties: { primary: true, deleteOption: "Delete" } }] },
      diagnosticsProfile: { bootDiagnostics: { enabled: true } },
      ...(trusted
        ? { securityProfile: { securityType, uefiSettings: { secureBootEnabled: true, vTpmEnabled: true } } }
        : {}),
    },
  };
}

function linuxAccess({ adminUsername, sshPublicKey }: MachineSpec): object {
  const keys = [{ path: `/home/${adminUsername}/.ssh/authorized_keys`, keyData: sshPublicKey }];
  return {
    linuxConfiguration: { disablePasswordAuthentication: true, provisionVMAgent: true, ssh: { publicKeys: keys } },
  };
}

function machineReading(json: unknown): MachineReading {
  const properties = fieldsOf(fieldsOf(json).properties);
  const view = fieldsOf(properties.instanceView);
  const agent = fieldsOf(view.vmAgent);
  const statuses = itemsOf(view.statuses).map(fieldsOf);
  const provisioning = statuses.find(({ code }) => textOf(code).toLowerCase().startsWith("provisioningstate/failed"));
  const ready = itemsOf(agent.statuses)
    .map(fieldsOf)
    .some(({ displayStatus }) => textOf(displayStatus) === "Ready");
  return {
    provisioning: textOf(properties.provisioningState).toLowerCase(),
    running: statuses.some(({ code }) => textOf(code).toLowerCase() === "powerstate/running"),
    agentReady: ready,
    ...(ready ? { agentVersion: textOf(agent.vmAgentVersion) } : {}),
    imageId: textOf(fieldsOf(fieldsOf(properties.storageProfile).imageReference).id),
    exactVersion: textOf(fieldsOf(fieldsOf(properties.storageProfile).imageReference).exactVersion),
    ...(provisioning
      ? { failure: { code: textOf(provisioning.code).split("/")[2] ?? "", message: textOf(provisioning.message) } }
      : {}),
  };
}

function scriptReading(json: unknown): ScriptReading {
  const properties = fieldsOf(fieldsOf(json).properties);
  const view = fieldsOf(properties.instanceView);
  const state = textOf(view.executionState);
  const over =
    ["Succeeded", "Failed", "TimedOut", "Canceled"].includes(state) ||
    textOf(properties.provisioningState) === "Failed";
  return {
    over,
    state,
    exitCode: typeof view.exitCode === "number" ? view.exitCode : 1,
    output:
      [textOf(view.output), textOf(view.error)].filter((text) => text !== "").join("\n") ||
      textOf(view.executionMessage),
  };
}

const stateOf = (json: unknown) => textOf(fieldsOf(fieldsOf(json).properties).provisioningState).toLowerCase();

/** The serial console is a blob behind a signed address: no token of ours goes there. */
async function download(address: string): Promise<string | undefined> {
  if (!/^https:\/\//i.test(address)) return undefined;
  const answer = await fetch(address, { signal: AbortSignal.timeout(30_000), redirect: "error" });
  return answer.ok ? (await answer.text()).slice(-200_000) : undefined;
}
