import { z } from "zod";
import { parseId } from "../../shared/decide/armId.ts";
import { guid } from "../../shared/decide/guid.ts";
import { sameContent } from "../../shared/decide/permissions/roleContent.ts";
import { parseRoleInput } from "../../shared/decide/permissions/roleInput.ts";
import { ownRoleNames } from "../../shared/decide/permissions/roles.ts";
import { fenceProblem } from "../../shared/decide/planning/fence.ts";
import type { Change } from "../../shared/decide/planning/plan.ts";
import { Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { ledgerId, withEntry } from "../effects.ts";
import { roleContent } from "./answers.ts";
import { type Caller, originOf } from "./caller.ts";
import { noResource, route } from "./route.ts";

const roleQuery = z.strictObject({
  parity: z.enum(["any", "az15", "az16"]).optional(),
  skipClientSideScopeValidation: z.enum(["true", "false"]).optional(),
  code: z.string().optional(),
});
type RoleQuery = z.output<typeof roleQuery>;

function readRole(body: unknown, { parity, skipClientSideScopeValidation }: RoleQuery) {
  const found = parseRoleInput(JSON.stringify(body), {
    ...(parity ? { parity } : {}),
    skipClientSideScopeValidation: skipClientSideScopeValidation === "true",
  });
  if (!found.ok) throw new Refused({ ...found.problem, status: found.problem.status ?? 422 });
  return found;
}

const restRole = z.object({ properties: roleContent });

const checkedRole = z.object({
  form: z.enum(["flat", "permissions", "rest"]),
  guid: z.string().exactOptional(),
  notes: z.array(z.string()),
  role: restRole,
});

const appliedRole = z.object({
  id: z.string(),
  outcome: z.enum(["made", "stood", "started"]),
  notes: z.array(z.string()),
  role: restRole,
});

/** `POST /role-definitions`: checks a custom role in any form `New-AzRoleDefinition` has taken, and answers it in REST form. Writes nothing. */
export const postRoleDefinition = route({
  name: "postRoleDefinition",
  method: "POST",
  path: "role-definitions",
  role: "reader",
  summary: "Check a custom role (flat, Permissions[] or REST form) and get it in REST form, with every rule it breaks",
  body: z.unknown(),
  query: roleQuery,
  answers: [
    { status: 200, means: "The role in REST form", schema: checkedRole },
    { status: 422, means: "Every rule that it breaks" },
  ],
  concerns: noResource,
  async handle({ body, query }) {
    const { form, guid: given, notes, role } = readRole(body, query);
    return { jsonBody: { form, ...(given ? { guid: given } : {}), notes, role } };
  },
});

/** `POST /role-definitions/apply`: the same check, then the role is written with the second identity. Only where roles are managed; an approver asks. */
export const applyRoleDefinition = route({
  name: "applyRoleDefinition",
  method: "POST",
  path: "role-definitions/apply",
  role: "approver",
  summary: "Check a custom role and write it with the second identity: only where roles are managed, inside the fence",
  body: z.unknown(),
  query: roleQuery,
  answers: [
    { status: 200, means: "It stood like that already", schema: appliedRole },
    { status: 201, means: "Written" },
    { status: 202, means: "Written; Azure does not show it everywhere yet", schema: appliedRole },
    { status: 403, means: "It lies outside the fence, or roles are not managed" },
    { status: 409, means: "A role that is not this Goldsmith's to write" },
    { status: 422, means: "Every rule that it breaks" },
  ],
  async handle({ deps, caller, body, query }) {
    const { guid: given, notes, role } = readRole(body, query);
    const change = roleChange(deps, role.properties, given);
    const problem = fenceProblem(change, deps.settings.policy);
    if (problem) throw new Refused(problem);
    await refuseForeign(deps, change);
    const outcome = await ensure(deps, change, caller);
    return { status: statusOf[outcome], jsonBody: { id: change.roleDefinitionId, outcome, notes, role } };
  },
});

type Outcome = "made" | "stood" | "started";
/** 202: written, but Azure does not show it everywhere yet. */
const statusOf = { made: 201, stood: 200, started: 202 } as const;

type EnsureRole = Extract<Change, { kind: "ensureRoleDefinition" }>;

function roleChange({ settings }: Deps, content: EnsureRole["content"], given: string | undefined): EnsureRole {
  const { environment, roleSubscriptionId } = settings.policy;
  const name = given ?? guid(`goldsmith-${environment}-role`, content.roleName.toLowerCase());
  const subscription = parseId(content.assignableScopes[0] ?? "")?.subscriptionId ?? roleSubscriptionId;
  const roleDefinitionId = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${name}`;
  return { kind: "ensureRoleDefinition", roleDefinitionId, content };
}

/** Only roles that this app made are changed, and those of `infra/roles.json` only by builds. */
async function refuseForeign({ azure, settings, store }: Deps, change: EnsureRole): Promise<void> {
  const own = ownRoleNames(settings.policy.environment);
  const { roleDefinitionId, content } = change;
  const isOwn = own.some(
    ({ id, name }) =>
      roleDefinitionId.toLowerCase().endsWith(`/${id}`) || name.toLowerCase() === content.roleName.toLowerCase(),
  );
  if (isOwn) throw new Refused(reserved(content.roleName));
  const entry = await store.ledger.get(ledgerId(change));
  if (entry?.state === "made" || entry?.state === "intended") return;
  const standing = await azure.readRole(roleDefinitionId);
  if (standing && !sameContent(standing, content)) throw new Refused(foreign(roleDefinitionId));
}

/** Written into the ledger before and after, like every effect; the caller stands where a build's id otherwise would. */
async function ensure(deps: Deps, change: EnsureRole, caller: Caller): Promise<Outcome> {
  const id = ledgerId(change);
  const who = originOf(caller);
  const buildId = `roles:${"who" in who ? who.who : "key"}`;
  return withEntry(deps, id, buildId, async () => {
    const entry = { id, change, buildId, templateId: "", at: new Date().toISOString() };
    await deps.store.ledger.put({ ...entry, state: "intended" });
    const outcome = await deps.azure.ensureRole(change);
    await deps.store.ledger.put({ ...entry, state: outcome === "stood" ? "stood" : "made" });
    return outcome;
  });
}

const reserved = (roleName: string) => ({
  code: "RoleReserved",
  title: "This is one of Goldsmith's own roles",
  detail: `"${roleName}" is as infra/roles.json says, and only a build writes it.`,
  status: 409,
  fix: ["Give the role another name, and no id or another one"],
});

const foreign = (id: string) => ({
  code: "RoleStands",
  title: "A role of this id stands, and Goldsmith did not make it",
  scope: id,
  status: 409,
  fix: ["Give the role another id", "Or change it yourself: others may rely on it"],
});
