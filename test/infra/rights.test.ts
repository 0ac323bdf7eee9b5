import logs from "../../infra/logCondition.json" with { type: "json" };
import { parseCondition } from "../../local/azure/conditions.ts";
import { conditionHolds } from "../../local/azure/conditionValue.ts";
import { grantCondition, shareCondition } from "../../local/azure/deployment.ts";
import {
  appRoles,
  builtInRoles,
  roleDefinitionGuid,
  roleDefinitionName,
  roleSpec,
  sharingRoles,
  templateRoles,
} from "../../shared/decide/permissions/roles.ts";
import { assignmentsOf, hub, imagesGroup, provision, settingsOf, spoke } from "./deployments.ts";

const somebody = "77777777-7777-7777-7777-777777777777";

const keyOf = (guid: string) =>
  [...templateRoles, ...appRoles].find(({ key }) => roleDefinitionGuid("prod", key) === guid)?.key ?? guid;

/** The custom roles that the app's identity gets, as `key at scope`. */
const held = (parameters = {}) =>
  assignmentsOf(provision(parameters))
    .filter(({ role }) => keyOf(role) !== role)
    .map(({ role, scope }) => `${keyOf(role)} at ${scope}`)
    .sort();

describe("role definitions", () => {
  const definitions = () =>
    provision().resources.filter(({ type }) => type === "Microsoft.Authorization/roleDefinitions");

  test("have the ids, names and actions that the app compares them with", () => {
    expect(definitions().map(({ body }) => [body.name, body.properties])).toEqual(
      [...templateRoles, ...appRoles].map((role) => [
        roleDefinitionGuid("prod", role.key),
        {
          roleName: roleDefinitionName("prod", role.key),
          description: role.description,
          type: "CustomRole",
          permissions: [{ actions: role.actions, notActions: [], dataActions: role.dataActions, notDataActions: [] }],
          assignableScopes: [`/subscriptions/${hub}`, `/subscriptions/${spoke}`],
        },
      ]),
    );
  });

  test("give the app no right to write definitions, and no wildcard", () => {
    const actions = appRoles.flatMap((role) => role.actions);
    expect(actions.filter((action) => action.includes("*") || /roleDefinitions\/(write|delete)/i.test(action))).toEqual(
      [],
    );
  });
});

describe("the app's own assignments", () => {
  test("are at every scope of the fence, reading at the subscriptions around them", () => {
    expect(held()).toEqual(
      [
        ...[hub, spoke].flatMap((id) => ["appLogReader", "appReader"].map((key) => `${key} at /subscriptions/${id}`)),
        ...[imagesGroup, `/subscriptions/${spoke}`].flatMap((scope) =>
          ["appBuilder", "appGrantor", "appNetwork"].map((key) => `${key} at ${scope}`),
        ),
      ].sort(),
    );
  });

  test("hold no right to grant or to change networks where the app only advises", () => {
    expect(held({ mode: "advise" }).filter((one) => /appGrantor|appNetwork/.test(one))).toEqual([]);
  });

  test("hold no right to grant in what is watched only", () => {
    const watched = `/subscriptions/${hub}/resourceGroups/rg-others`;
    const there = held({ watch: [watched] }).filter((one) => one.endsWith(watched));
    expect(there).toEqual([`appBuilder at ${watched}`]);
  });

  test("at a resource of the fence are made at its resource group", () => {
    const gallery = `${imagesGroup}/providers/Microsoft.Compute/galleries/gold`;
    expect(held({ fence: { scopes: [gallery] } })).toContain(`appGrantor at ${imagesGroup}`);
  });

  test("to boot machines are at the groups and subnets of the verification profiles, to open gates in the fence", () => {
    const verifyGroup = `/subscriptions/${hub}/resourceGroups/rg-verify`;
    const subnet = `/subscriptions/${hub}/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/v/subnets/s`;
    const profile = { resourceGroupId: verifyGroup, subnets: [subnet], sizes: [{ name: "Standard_D2s_v5" }] };
    const verifications = { default: profile, another: { ...profile, subnets: [] } };
    const fence = { scopes: [imagesGroup, verifyGroup] };
    const more = held({ fence, verifications }).filter((one) => !held({ fence }).includes(one));
    expect(more).toEqual(
      [
        `appVerifier at ${verifyGroup}`,
        `subnetJoiner at ${subnet}`,
        ...fence.scopes.map((scope) => `appGatekeeper at ${scope}`),
      ].sort(),
    );
    expect(JSON.parse(settingsOf(provision({ fence, verifications })).GOLDSMITH_VERIFICATIONS ?? "")).toEqual(
      verifications,
    );
  });

  test("to keep passwords are at the vaults of the profiles, and to read scripts at their containers", () => {
    const verifyGroup = `/subscriptions/${hub}/resourcegroups/rg-verify`;
    const vaultId = `${verifyGroup}/providers/microsoft.keyvault/vaults/kv`;
    const accountId = `${verifyGroup}/providers/microsoft.storage/storageaccounts/stscripts`;
    const profile = { resourceGroupId: verifyGroup, sizes: [{ name: "Standard_D2s_v5" }] };
    const scripts = ["a.sh", "b.sh"].map((name) => ({ name, blob: { accountId, path: `scripts/${name}` } }));
    const plain = { verifications: { default: profile } };
    const kept = { verifications: { default: { ...profile, password: { vaultId }, scripts } } };
    const all = (parameters: Readonly<Record<string, unknown>>) =>
      assignmentsOf(provision(parameters)).map(({ role, scope }) => `${keyOf(role)} at ${scope.toLowerCase()}`);
    const blobReader = builtInRoles.find(({ key }) => key === "storageBlobDataReader")?.id;
    expect(all(kept).filter((one) => !all(plain).includes(one))).toEqual([
      `appPasswordKeeper at ${vaultId}`,
      `${blobReader} at ${accountId}/blobservices/default/containers/scripts`,
    ]);
  });

  test("to move channels and remove versions are in the fence, to see who uses images at whole subscriptions", () => {
    const channels = { production: { approval: true } };
    const more = held({ fence: { scopes: [imagesGroup] }, channels }).filter(
      (one) => !held({ fence: { scopes: [imagesGroup] } }).includes(one),
    );
    expect(more).toEqual(
      [
        `appCurator at ${imagesGroup}`,
        `appGatekeeper at ${imagesGroup}`,
        `appUsageReader at /subscriptions/${hub}`,
      ].sort(),
    );
    expect(JSON.parse(settingsOf(provision({ channels })).GOLDSMITH_CHANNELS ?? "")).toEqual(channels);
  });

  test("to let builds be approved is in the fence, and nothing else", () => {
    const approvals = { hours: 72, scopes: [imagesGroup] };
    const fence = { scopes: [imagesGroup] };
    const more = held({ fence, approvals }).filter((one) => !held({ fence }).includes(one));
    expect(more).toEqual([`appGatekeeper at ${imagesGroup}`]);
    expect(JSON.parse(settingsOf(provision({ fence, approvals })).GOLDSMITH_APPROVALS ?? "")).toEqual(approvals);
    expect(settingsOf(provision({ fence })).GOLDSMITH_APPROVALS).toBeUndefined();
  });

  test("to share images are in the fence, where it has shareWith, and galleries as a whole only where that is wanted", () => {
    const scopes = [imagesGroup];
    const more = (parameters: object) => {
      const fence = { scopes, shareWith: [somebody] };
      return held({ fence, ...parameters }).filter((one) => !held({ fence: { scopes } }).includes(one));
    };
    expect(more({})).toEqual([`appSharer at ${imagesGroup}`]);
    expect(more({ directSharing: true })).toEqual([
      `appGallerySharer at ${imagesGroup}`,
      `appSharer at ${imagesGroup}`,
    ]);
    expect(more({ mode: "advise", directSharing: true })).toEqual([]);
    expect(held({ directSharing: true })).toEqual(held());
  });

  test("are left to the owners of a subscription that wants it so", () => {
    expect(held({ onboardedByOwners: [spoke] }).filter((one) => one.endsWith(spoke))).toEqual([]);
  });

  test("without a fence are none but for reading", () => {
    expect(held({ fence: { scopes: [] } })).toEqual(
      ["appLogReader", "appReader"].map((key) => `${key} at /subscriptions/${hub}`),
    );
  });

  test("carry a condition wherever they carry the right to grant or to read blobs, and nowhere else", () => {
    const conditions: Readonly<Record<string, string>> = {
      appGrantor: grantCondition("prod"),
      appLogReader: logs.condition,
      appSharer: shareCondition([somebody]),
    };
    const fence = { scopes: [imagesGroup], shareWith: [somebody] };
    for (const { role, condition } of assignmentsOf(provision({ fence, directSharing: true })))
      expect(condition ?? "").toBe(conditions[keyOf(role)] ?? "");
  });

  test("are all for service principals", () => {
    expect(new Set(assignmentsOf(provision()).map(({ principalType }) => principalType))).toEqual(
      new Set(["ServicePrincipal"]),
    );
  });

  test("have each a name of its own", () => {
    const ids = provision().resources.map(({ id }) => id.toLowerCase());
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the condition on reading blobs", () => {
  const read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  test.each([
    ["packerlogs", true],
    ["scripts", false],
    ["vhds", false],
  ])("lets the app into the container %s: %s", (container, allowed) => {
    const name = "Microsoft.Storage/storageAccounts/blobServices/containers:name";
    const values = (attribute: { readonly source: string; readonly name: string }) =>
      attribute.source === "resource" && attribute.name === name ? [container] : [];
    expect(conditionHolds(parseCondition(logs.condition), { action: read, values })).toBe(allowed);
  });
});

describe("the condition", () => {
  const write = "Microsoft.Authorization/roleAssignments/write";
  const remove = "Microsoft.Authorization/roleAssignments/delete";
  const anybody = "55555555-5555-5555-5555-555555555555";
  const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
  const role = (key: string) => roleDefinitionGuid("prod", key);

  const allows = (
    action: string,
    { roleGuid, type, principal }: { roleGuid: string; type?: string; principal?: string },
    onlyPrincipals: readonly string[] = [],
  ) => {
    const text = provision({ onlyPrincipals }).outputs.GOLDSMITH_GRANT_CONDITION as string;
    const source = action === remove ? "resource" : "request";
    const values: Record<string, string | undefined> = {
      RoleDefinitionId: roleGuid,
      PrincipalType: type,
      PrincipalId: principal,
    };
    return conditionHolds(parseCondition(text), {
      action,
      values: (attribute) => {
        const value = attribute.source === source ? values[attribute.name.split(":")[1] ?? ""] : undefined;
        return value === undefined ? [] : [value];
      },
    });
  };
  const machine = { type: "ServicePrincipal", principal: anybody };

  test.each([...templateRoles.map(({ key }) => key), "storageBlobDataReader", "storageBlobDataContributor"])(
    "lets %s be granted and taken back",
    (key) => {
      expect(allows(write, { roleGuid: role(key), ...machine })).toBe(true);
      expect(allows(remove, { roleGuid: role(key), ...machine })).toBe(true);
    },
  );

  test.each([owner, ...appRoles.map(({ key }) => role(key)), role("contributor"), role("managedIdentityOperator")])(
    "refuses the role %s, to be granted and to be taken back",
    (roleGuid) => {
      expect(allows(write, { roleGuid, ...machine })).toBe(false);
      expect(allows(remove, { roleGuid, ...machine })).toBe(false);
    },
  );

  test("refuses people, groups and requests that do not say", () => {
    const roleGuid = role("galleryReader");
    for (const type of ["User", "Group"]) expect(allows(write, { roleGuid, type })).toBe(false);
    expect(allows(write, { roleGuid })).toBe(false);
  });

  test("refuses every principal but those listed, where some are", () => {
    const roleGuid = role("galleryReader");
    const [listed, other] = ["66666666-6666-6666-6666-666666666666", anybody];
    for (const action of [write, remove]) {
      expect(allows(action, { roleGuid, type: "ServicePrincipal", principal: listed }, [listed])).toBe(true);
      expect(allows(action, { roleGuid, type: "ServicePrincipal", principal: other }, [listed])).toBe(false);
    }
  });

  test("fits into Azure's 8 KB with 60 listed principals", () => {
    const onlyPrincipals = Array.from({ length: 60 }, () => anybody);
    expect((provision({ onlyPrincipals }).outputs.GOLDSMITH_GRANT_CONDITION as string).length).toBeLessThan(8192);
  });

  test("by default names the built-in roles that are not broad, and broad ones only when asked to", () => {
    const text = (parameters = {}) => provision(parameters).outputs.GOLDSMITH_GRANT_CONDITION as string;
    for (const { id, broad } of builtInRoles) expect(text().includes(id)).toBe(broad !== true);
    expect(text({ builtInRoles: ["managedIdentityOperator"] })).toContain(role("managedIdentityOperator"));
    expect(roleSpec("appGrantor").broad).toBe(true);
  });
});

describe("the condition on sharing images", () => {
  const write = "Microsoft.Authorization/roleAssignments/write";
  const remove = "Microsoft.Authorization/roleAssignments/delete";
  const [imageReader = "", reader = ""] = sharingRoles.map(({ id }) => id);
  const text = (shareWith: readonly string[]) =>
    provision({ fence: { scopes: [imagesGroup], shareWith } }).outputs.GOLDSMITH_SHARE_CONDITION as string;

  const allows = (action: string, roleGuid: string, principal: string | undefined) => {
    const values: Record<string, string | undefined> = { RoleDefinitionId: roleGuid, PrincipalId: principal };
    const source = action === remove ? "resource" : "request";
    return conditionHolds(parseCondition(text([somebody])), {
      action,
      values: (attribute) => {
        const value = attribute.source === source ? values[attribute.name.split(":")[1] ?? ""] : undefined;
        return value === undefined ? [] : [value];
      },
    });
  };

  test.each([write, remove])("lets the two reading roles through for those who are listed: %s", (action) => {
    for (const role of [imageReader, reader]) expect(allows(action, role, somebody)).toBe(true);
    for (const role of [imageReader, reader])
      for (const other of [hub, undefined]) expect(allows(action, role, other)).toBe(false);
    const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    for (const role of [owner, roleDefinitionGuid("prod", "galleryReader"), roleDefinitionGuid("prod", "appGrantor")])
      expect(allows(action, role, somebody)).toBe(false);
  });

  test("is empty where nobody is listed, and fits into Azure's 8 KB with 90 who are", () => {
    expect(text([])).toBe("");
    expect(text(Array.from({ length: 90 }, () => somebody)).length).toBeLessThan(8192);
  });
});
