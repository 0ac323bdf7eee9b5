import { parseId } from "../decide/armId.ts";
import type { Facts, TemplateFacts } from "../decide/planning/facts.ts";
import { fieldsOf, itemsOf, stagingGroupOf, textOf } from "../decide/template/templateBody.ts";
import { containersApi, groupsApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import type { Connection } from "./connection.ts";
import { plain } from "./rest.ts";

/** Container instance cores of the template's region: what Azure bills as `StandardCores`, which is what builds take. Undefined where Azure does not say: a quota that cannot be read is not judged. */
export async function containerCores(
  arm: Connection,
  { id, body }: Pick<TemplateFacts, "id" | "body">,
): Promise<Facts["containerCores"] | undefined> {
  const region = (body.location ?? "").toLowerCase().replaceAll(" ", "");
  const subscriptionId = parseId(id)?.subscriptionId;
  if (subscriptionId === undefined || !/^[a-z0-9]+$/.test(region)) return undefined;
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerInstance/locations/${region}/usages`;
  const usages = itemsOf(fieldsOf(await unlessRefused(arm, path, containersApi)).value).map(fieldsOf);
  const cores = usages.find(({ name }) => textOf(fieldsOf(name).value).toLowerCase() === "standardcores");
  const { currentValue: used, limit } = cores ?? {};
  return typeof used === "number" && typeof limit === "number" ? { used, limit } : undefined;
}

/** How many resources an own staging group holds, as far as the first page shows: the service takes an empty one only. Read for templates that do not stand yet, because those that do have put their own there. */
export async function stagingGroupContent(
  arm: Connection,
  { exists, body }: TemplateFacts,
): Promise<{ readonly id: string; readonly resourceCount: number } | undefined> {
  const id = stagingGroupOf(body);
  if (exists || id === undefined || parseId(id)?.resourceGroup === undefined) return undefined;
  const page = await unlessRefused(arm, `${plain(id)}/resources`, groupsApi);
  return page === undefined ? undefined : { id, resourceCount: itemsOf(fieldsOf(page).value).length };
}

/** A provider that is not registered, a group that is not there, a right that is missing: each is told by another fact. */
async function unlessRefused(arm: Connection, path: string, apiVersion: string): Promise<unknown> {
  try {
    return (await arm.send({ method: "GET", path, apiVersion })).body;
  } catch (error) {
    if (error instanceof ArmFailure && error.status >= 400 && error.status < 500 && error.status !== 429)
      return undefined;
    throw error;
  }
}
