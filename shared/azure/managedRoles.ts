import type { TokenCredential } from "@azure/core-auth";
import { sameContent } from "../decide/permissions/roleContent.ts";
import type { RoleFacts } from "../decide/planning/facts.ts";
import { rolesPredefined } from "../decide/planning/fence.ts";
import type { Change } from "../decide/planning/plan.ts";
import { Refused } from "../problem.ts";
import type { AzureSettings } from "./azure.ts";
import { connect } from "./connection.ts";

type EnsureRole = Extract<Change, { kind: "ensureRoleDefinition" }>;
type ReadRole = (id: string) => Promise<RoleFacts | undefined>;

const rolesApi = "2022-04-01";

/** Whether a definition reads as it is to be. */
export const roleStands = (standing: RoleFacts | undefined, { content }: EnsureRole): boolean =>
  standing !== undefined && sameContent(standing, content);

/**
 * Writing of role definitions, with a connection of the second identity that is used for this one request and no other.
 * Raw: the SDK loses conditions and takes an update's 200 for a failure (rbac-network-arm.md §0 no. 4).
 */
export function ensuringRoles(settings: AzureSettings, readRole: ReadRole, given?: TokenCredential) {
  const { roleManagerClientId: clientId, ...place } = settings;
  const manager = clientId === undefined ? undefined : connect({ ...place, clientId }, given);
  return async (change: EnsureRole): Promise<"made" | "stood" | "started"> => {
    const { roleDefinitionId: id, content } = change;
    const standing = await readRole(id);
    if (roleStands(standing, change)) return "stood";
    if (manager === undefined) throw new Refused(rolesPredefined(content.roleName));
    const scopes = [...new Set([...(standing?.assignableScopes ?? []), ...content.assignableScopes])];
    const properties = { ...content, assignableScopes: scopes };
    await manager.send({ method: "PUT", path: id, apiVersion: rolesApi, body: { properties } });
    return roleStands(await readRole(id), change) ? "made" : "started";
  };
}
