import type { TokenCredential } from "@azure/core-auth";
import { accessOracle } from "./accessOracle.ts";
import type { Azure, AzureSettings } from "./azure.ts";
import { readBlob } from "./blobs.ts";
import { containerCores } from "./capacity.ts";
import { connect } from "./connection.ts";
import { toThrown } from "./errors.ts";
import { readEstate } from "./estate.ts";
import { deleteVersion, mergeTags, readImageUses, readLostGroups, readStoredImage } from "./galleries.ts";
import { templateLister } from "./identityUses.ts";
import { markVersion, readImageVersion } from "./images.ts";
import { readBuildLog } from "./logs.ts";
import { machinesOf } from "./machines.ts";
import { ensuringRoles, roleStands } from "./managedRoles.ts";
import { networkOf } from "./network.ts";
import { policyReader } from "./policyFacts.ts";
import { providerStands, registerProvider } from "./providers.ts";
import { readFacts } from "./readFacts.ts";
import { rolesOf } from "./roleAssignments.ts";
import { sharingOf } from "./sharing.ts";
import { exactSource } from "./source.ts";
import { readStoredLog } from "./storedLog.ts";
import { changeSubnet, subnetStands } from "./subnetChange.ts";
import { templatesOf } from "./templates.ts";
import { machinesAcross } from "./tenants.ts";
import { traced } from "./traced.ts";
import { countTriggers } from "./triggers.ts";
import { undoingOf } from "./undoing.ts";

/** Azure through its own SDKs and raw requests where those lose data. Without a credential: the app's managed identity where there is one, else whoever is signed in. Loads and asks nothing before the first call. */
export function connectAzure(settings: AzureSettings, credential?: TokenCredential): Azure {
  const arm = connect(settings, credential);
  const roles = rolesOf(arm);
  const network = networkOf(arm);
  const sharing = sharingOf(arm, roles);
  const readers = { policies: policyReader(arm), templates: templateLister(arm) };
  const operations: Omit<Azure, "traced" | "machines"> = {
    ...templatesOf(arm),
    askAccess: accessOracle(settings, credential),
    lacksTemplate: readers.templates.lacks,
    readFacts: (template, roleIds, how) => readFacts(arm, roles, template, roleIds, how, readers),
    readEstate: (templates, roleIds) => readEstate(arm, roles, templates, roleIds),
    ownGrants: roles.ownGrants,
    readRole: roles.readRole,
    grantsOf: roles.grantsOf,
    readGrant: roles.readGrant,
    assignRole: roles.assignRole,
    readSubnet: network.readSubnet,
    changeSubnet: (change, intend) => changeSubnet(arm, change, intend),
    ...sharing,
    ownTenantId: arm.tenantId,
    ...undoingOf(arm, roles, sharing),
    countTriggers: (templateId) => countTriggers(arm, templateId),
    addSecurityRule: network.addSecurityRule,
    missingRules: network.missingRules,
    ensureRole: ensuringRoles(settings, roles.readRole, credential),
    registerProvider: (subscriptionId, namespace) => registerProvider(arm, subscriptionId, namespace),
    readBuildLog: (stagingGroupId) => readBuildLog(arm, stagingGroupId),
    containerCores: (template) => containerCores(arm, template),
    readStoredLog: (stagingGroupId, since) => readStoredLog(arm, stagingGroupId, since),
    exactSource: (template) => exactSource(arm, template),
    readImageVersion: (id) => readImageVersion(arm, id),
    readBlob: (accountId, path) => readBlob(arm, accountId, path),
    markVersion: (id, change) => markVersion(arm, id, change),
    readStoredImage: (id) => readStoredImage(arm, id),
    readImageUses: (subscriptionIds) => readImageUses(arm, subscriptionIds),
    deleteVersion: (id) => deleteVersion(arm, id),
    mergeTags: (id, tags) => mergeTags(arm, id, tags),
    readLostGroups: (subscriptionId) => readLostGroups(arm, subscriptionId),
    async changeStands(change) {
      switch (change.kind) {
        case "assignRole":
          return (await roles.grantFor(change)) !== undefined;
        case "setSubnetPolicy":
        case "delegateSubnet":
          return subnetStands(arm, change);
        case "addSecurityRule":
          return network.ruleStands(change);
        case "ensureRoleDefinition":
          return roleStands(await roles.readRole(change.roleDefinitionId), change);
        case "registerProvider":
          return providerStands(arm, change.subscriptionId, change.namespace);
      }
    },
  };
  const own = throwingOurs(machinesOf(arm));
  return {
    ...throwingOurs(operations),
    machines: (place) => (place ? throwingOurs(machinesAcross(settings, place)) : own),
    traced,
  };
}

/** Every operation throws `Refused` or a masked `Error`, nothing of the SDKs. */
function throwingOurs<T extends object>(operations: T): T {
  const guarded = Object.entries(operations).map(([name, operation]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await (operation as (...given: unknown[]) => Promise<unknown>)(...given);
      } catch (error) {
        throw toThrown(error);
      }
    },
  ]);
  return Object.fromEntries(guarded) as T;
}
