import { fieldsOf, itemsOf, textOf } from "../../shared/decide/template/templateBody.ts";
import { type Lab, must, until, versions } from "./lab.ts";
import { galleryOf, networkOf } from "./sandbox.ts";

const authorization = "providers/Microsoft.Authorization";

/** Removes what was made, last things first, and the group where it was made; what cannot be removed is said, and the rest goes on. */
export async function cleanUp(lab: Lab, madeGroup: boolean): Promise<void> {
  await tried(lab, "templates", async () => {
    const path = `${lab.group}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
    for (const id of await idsAt(lab, path, versions.templates)) await removed(lab, id, versions.templates);
  });
  await tried(lab, "assignments", async () => {
    const made = await idsAt(lab, `${lab.group}/${authorization}/roleAssignments`, versions.authorization);
    for (const id of made.filter((one) => within(lab.group, one)))
      await must(lab.arm("DELETE", id, versions.authorization), id);
  });
  await tried(lab, "roles", () => removeRoles(lab));
  if (madeGroup) await tried(lab, "group", () => removed(lab, lab.group, versions.groups));
  else await tried(lab, "contents", () => removeContents(lab));
}

async function removeRoles(lab: Lab): Promise<void> {
  const listed = await lab.arm("GET", `${lab.group}/${authorization}/roleDefinitions`, versions.authorization);
  const own = itemsOf(fieldsOf(listed.body).value)
    .map(fieldsOf)
    .filter(({ properties }) => {
      const { assignableScopes } = fieldsOf(properties);
      return itemsOf(assignableScopes).every((scope) => within(lab.group, textOf(scope)));
    });
  for (const { id } of own) {
    const path = `${lab.group}/${authorization}/roleDefinitions/${textOf(id).split("/").at(-1)}`;
    // A definition is held by assignments that went a moment ago.
    const gone = await until(
      lab,
      async () => ((await lab.arm("DELETE", path, versions.authorization)).status < 300 ? true : undefined),
      600,
      15,
    );
    if (!gone) throw new Error(path);
  }
}

async function removeContents(lab: Lab): Promise<void> {
  const gallery = galleryOf(lab);
  const { galleries, network, identities } = versions;
  for (const definition of await idsAt(lab, `${gallery}/images`, galleries)) {
    for (const version of await idsAt(lab, `${definition}/versions`, galleries)) await removed(lab, version, galleries);
    await removed(lab, definition, galleries);
  }
  await removed(lab, gallery, galleries);
  await removed(lab, networkOf(lab), network);
  const path = `${lab.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
  for (const id of await idsAt(lab, path, identities)) await removed(lab, id, identities);
}

const within = (scope: string, id: string) => `${id.toLowerCase()}/`.startsWith(`${scope.toLowerCase()}/`);

async function idsAt(lab: Lab, path: string, apiVersion: string): Promise<readonly string[]> {
  const ids: string[] = [];
  let next: string | undefined = path;
  while (next) {
    const { body } = await lab.arm("GET", next, apiVersion);
    ids.push(...itemsOf(fieldsOf(body).value).map((one) => textOf(fieldsOf(one).id)));
    next = textOf(fieldsOf(body).nextLink) || undefined;
  }
  return ids;
}

/** Deletes, and waits until it is gone. */
async function removed(lab: Lab, id: string, apiVersion: string): Promise<void> {
  let asked = false;
  const gone = await until(
    lab,
    async () => {
      if ((await lab.arm("GET", id, apiVersion)).status === 404) return true;
      if (!asked) asked = (await lab.arm("DELETE", id, apiVersion)).status < 300;
      return undefined;
    },
    3600,
  );
  if (!gone) throw new Error(`${id} is still there`);
}

async function tried(lab: Lab, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    lab.tell(`could not remove all ${what} of ${lab.group}: ${why}; remove them by hand`);
  }
}
