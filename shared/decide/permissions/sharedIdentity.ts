import type { Problem } from "../../problem.ts";
import { sameId, within } from "../armId.ts";
import type { Facts, IdentityUse } from "../planning/facts.ts";
import { insideFence } from "../planning/fence.ts";
import type { Fence } from "../planning/policy.ts";

/**
 * Whose a template is, as the operator says it: a named owner of its scope (the narrowest wins), else whoever answers for the
 * fence as a whole (""); undefined for what lies outside of both. Tags and creators do not count: authors write them.
 */
export function ownerOf(fence: Fence, templateId: string): string | undefined {
  const entries = (fence.owners ?? []).flatMap(({ name, scopes }) => scopes.map((scope) => ({ name, scope })));
  const [nearest] = entries
    .filter(({ scope }) => within(scope, templateId))
    .sort((a, b) => b.scope.length - a.scope.length);
  return nearest?.name ?? (insideFence(fence, templateId) ? "" : undefined);
}

/**
 * Templates of other owners that use the identity, as their own or on their build VM: what is granted for this template, they
 * could use as well, for whoever writes a template decides what its identity does.
 */
export function sharedIdentityProblems(facts: Facts, { fence }: { readonly fence: Fence }): readonly Problem[] {
  const { identity, template, identityUses } = facts;
  if (identity === undefined) return [];
  if (identityUses === undefined) return [usersUnknown(identity.id)];
  const owner = ownerOf(fence, template.id);
  return identityUses.flatMap((use) => {
    const theirs = ownerOf(fence, use.templateId);
    return theirs !== undefined && theirs === owner ? [] : [shared(identity, use, { owner, theirs })];
  });
}

const named = (owner: string | undefined) =>
  owner === undefined ? "somebody outside the fence" : owner === "" ? "the operator of the fence" : owner;

function shared(
  { id, principalId }: { readonly id: string; readonly principalId: string },
  { templateId, as }: IdentityUse,
  { owner, theirs }: { readonly owner: string | undefined; readonly theirs: string | undefined },
): Problem {
  const place = as === "buildVm" ? "on its build VM, whose scripts can take its token" : "as its own";
  return {
    code: "IdentityShared",
    title: "The identity is shared with a template of another owner",
    detail: `${templateId} (${named(theirs)}) uses it ${place}; this template is of ${named(owner)}. Rights granted for one could be used by the other.`,
    scope: id,
    principalId,
    stage: "planning",
    fix: [
      "Give each owner's templates an identity of their own.",
      "Or, if one owner answers for both, list the scopes of both templates under that owner in the owners of GOLDSMITH_FENCE.",
    ],
  };
}

const usersUnknown = (identityId: string): Problem => ({
  code: "IdentityUsersUnknown",
  title: "Who else uses the identity could not be read",
  detail: `The image templates of its subscription or of the template's may not be listed, so templates of other owners that use ${identityId} would not be seen.`,
  scope: identityId,
  stage: "planning",
  fix: ["Give the app the right Microsoft.VirtualMachineImages/imageTemplates/read on the subscription."],
});

/** Other templates that use an identity, from all that could be listed. */
export function usesOf(
  identityId: string,
  templateId: string,
  templates: readonly { readonly id: string; readonly own: readonly string[]; readonly onVm: readonly string[] }[],
): readonly IdentityUse[] {
  const names = (ids: readonly string[]) => ids.some((id) => sameId(id, identityId));
  return templates
    .filter(({ id }) => !sameId(id, templateId))
    .flatMap(({ id, own, onVm }): IdentityUse[] => {
      if (names(own)) return [{ templateId: id, as: "template" }];
      return names(onVm) ? [{ templateId: id, as: "buildVm" }] : [];
    })
    .sort((a, b) => (a.templateId < b.templateId ? -1 : 1));
}
