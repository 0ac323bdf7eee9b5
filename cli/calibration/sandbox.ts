import { fieldsOf, itemsOf, textOf } from "../../shared/decide/template/templateBody.ts";
import { type Lab, made, must, propertyOf, until, versions } from "./lab.ts";

/** Put onto the group, so that nobody wonders what it is. */
const mark = "goldsmith-calibration";

/** Makes the sandbox group, or takes an empty one; anything else is not touched. Says whether it was made. */
export async function openSandbox(lab: Lab): Promise<{ readonly madeGroup: boolean }> {
  const { arm, group, location } = lab;
  const standing = await arm("GET", group, versions.groups);
  if (standing.status === 404) {
    await must(arm("PUT", group, versions.groups, { location, tags: { [mark]: "true" } }), "the sandbox group");
    return { madeGroup: true };
  }
  await must(Promise.resolve(standing), "the group");
  const listed = await must(arm("GET", `${group}/resources`, versions.groups), "what is in the group");
  if (itemsOf(fieldsOf(listed.body).value).length > 0)
    throw new Error(`${group} is not empty: give a group of its own, or none, and one is made`);
  return { madeGroup: false };
}

/** The gallery, and a network of two subnets; what calibrations share. */
export async function furnish(lab: Lab): Promise<void> {
  const { location } = lab;
  await made(lab, galleryOf(lab), versions.galleries, { location, properties: {} });
  const subnets = ["a", "b"].map((name, n) => ({ name, properties: { addressPrefix: `10.99.${n}.0/24` } }));
  const addressSpace = { addressPrefixes: ["10.99.0.0/16"] };
  await made(lab, networkOf(lab), versions.network, { location, properties: { addressSpace, subnets } });
}

export const galleryOf = ({ group }: Lab) => `${group}/providers/Microsoft.Compute/galleries/calibration`;
export const networkOf = ({ group }: Lab) => `${group}/providers/Microsoft.Network/virtualNetworks/calibration`;
export const definitionOf = (lab: Lab, name: string) => `${galleryOf(lab)}/images/${name}`;
export const templateOf = ({ group }: Lab, name: string) =>
  `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/cal-${name}`;
const identityOf = ({ group }: Lab, name: string) =>
  `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cal-${name}`;

/** An identity without rights; its principal id. */
export async function makeIdentity(lab: Lab, name: string): Promise<string> {
  const { location } = lab;
  await must(lab.arm("PUT", identityOf(lab, name), versions.identities, { location }), `identity ${name}`);
  const principalId = await until(
    lab,
    async () =>
      propertyOf(await lab.arm("GET", identityOf(lab, name), versions.identities), "principalId") || undefined,
    300,
  );
  if (!principalId) throw new Error(`the identity ${name} has no principal after five minutes`);
  return principalId;
}

export const makeDefinition = (lab: Lab, name: string) =>
  made(lab, definitionOf(lab, name), versions.galleries, {
    location: lab.location,
    properties: {
      osType: "Linux",
      osState: "Generalized",
      hyperVGeneration: "V2",
      architecture: "x64",
      identifier: { publisher: "goldsmith", offer: "calibration", sku: name },
    },
  });

/** The smallest template there is: an image of the marketplace into the gallery, with nothing done to it. */
export const templateBody = (lab: Lab, identity: string, definition = identity) => ({
  location: lab.location,
  identity: { type: "UserAssigned", userAssignedIdentities: { [identityOf(lab, identity)]: {} } },
  properties: {
    buildTimeoutInMinutes: 120,
    source: {
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "ubuntu-24_04-lts",
      sku: "server",
      version: "latest",
    },
    customize: [{ type: "Shell", name: "nothing", inline: ["true"] }],
    distribute: [
      {
        type: "SharedImage",
        runOutputName: "calibration",
        galleryImageId: definitionOf(lab, definition),
        targetRegions: [{ name: lab.location }],
        versioning: { scheme: "Latest" },
      },
    ],
  },
});

/** Makes a role of the sandbox: its definition stands at the group and can be assigned nowhere else. */
export async function makeRole(lab: Lab, name: string, actions: readonly string[]): Promise<string> {
  const id = `${lab.group}/providers/Microsoft.Authorization/roleDefinitions/${lab.guid()}`;
  const properties = {
    roleName: `Goldsmith calibration ${name} ${id.slice(-12)}`,
    description: "Made by goldsmith calibrate; may be deleted.",
    type: "CustomRole",
    permissions: [{ actions, notActions: [], dataActions: [], notDataActions: [] }],
    assignableScopes: [lab.group],
  };
  await must(lab.arm("PUT", id, versions.authorization, { properties }), `role ${name}`);
  return id;
}

/** Assigns a role; a definition or principal that is not seen yet is waited for. Answers the assignment's id. */
export async function assign(lab: Lab, roleId: string, scope: string, principalId: string): Promise<string> {
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${lab.guid()}`;
  const properties = { roleDefinitionId: roleId, principalId, principalType: "ServicePrincipal" };
  const done = await until(
    lab,
    async () => {
      const reply = await lab.arm("PUT", id, versions.authorization, { properties });
      const code = textOf(fieldsOf(fieldsOf(reply.body).error).code);
      if (["RoleDefinitionDoesNotExist", "PrincipalNotFound"].includes(code)) return undefined;
      return must(Promise.resolve(reply), "the assignment");
    },
    300,
  );
  if (!done) throw new Error(`${roleId} could not be assigned within five minutes`);
  return id;
}
