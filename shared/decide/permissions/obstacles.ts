import type { Problem } from "../../problem.ts";
import { parseId, within } from "../armId.ts";
import type { DenyFacts, Facts } from "../planning/facts.ts";
import { matchesAction, reaches } from "./grants.ts";
import type { RequirementDraft } from "./requirement.ts";

const everybody = "00000000-0000-0000-0000-000000000000";
const assignmentLimit = 4000;

/** Rights that a deny assignment takes away from the identity, whatever is granted. */
export function denials(needs: readonly RequirementDraft[], facts: Facts): readonly Problem[] {
  return needs.flatMap((need) =>
    (facts.denyAssignments ?? [])
      .filter((deny) => concerns(deny, need))
      .flatMap((deny) => deniedActions(deny, need).map((action) => denial(deny, need, action))),
  );
}

function concerns(deny: DenyFacts, need: RequirementDraft): boolean {
  const named = (ids: readonly string[]) => ids.some((id) => id.toLowerCase() === need.principalId.toLowerCase());
  if (named(deny.excludedPrincipalIds)) return false;
  if (!named(deny.principalIds) && !deny.principalIds.includes(everybody)) return false;
  if (!deny.appliesToChildScopes) return deny.scope.toLowerCase() === need.scope.toLowerCase();
  return reaches(deny.scope, need.scope, true);
}

function deniedActions(deny: DenyFacts, need: RequirementDraft): readonly string[] {
  const hit = (patterns: readonly string[], except: readonly string[]) => (action: string) =>
    patterns.some((pattern) => matchesAction(pattern, action)) && !except.some((one) => matchesAction(one, action));
  return [
    ...need.actions.filter(hit(deny.actions, deny.notActions)),
    ...need.dataActions.filter(hit(deny.dataActions, deny.notDataActions)),
  ];
}

function denial(deny: DenyFacts, need: RequirementDraft, action: string): Problem {
  return {
    code: "DenyAssignment",
    title: "A deny assignment forbids what the template needs",
    detail: `${deny.id} denies ${action} at ${need.scope}, whatever is granted (${need.because}).`,
    scope: need.scope,
    principalId: need.principalId,
    action,
    stage: "planning",
    fix: [`Have the owner of ${deny.scope} exclude the principal ${need.principalId} from ${deny.id}.`],
  };
}

/** Locks at or above a scope: a grant made there could not be made, or not be taken back. */
export function lockProblems(scope: string, facts: Facts): readonly Problem[] {
  return (facts.locks ?? [])
    .filter((lock) => within(lock.scope, scope))
    .map((lock) => ({
      code: "ScopeLocked",
      title:
        lock.level === "ReadOnly"
          ? "A lock keeps rights from being granted here"
          : "A lock would keep a right granted here from being taken back",
      detail: `${lock.id} (${lock.level}) covers ${scope}.`,
      scope,
      stage: "planning",
      fix: [
        `Grant the right yourself (see this plan with mode "advise"), or lift the lock ${lock.id}.`,
        "Build again once the right stands.",
      ],
    }));
}

/** Subscriptions that have no room for the assignments of a plan. */
export function limitProblems(changes: readonly { readonly scope: string }[], facts: Facts): readonly Problem[] {
  const subscriptions = changes.map((change) => parseId(change.scope)?.subscriptionId.toLowerCase() ?? "");
  return [...new Set(subscriptions)].flatMap((subscription) => {
    const wanted = subscriptions.filter((one) => one === subscription).length;
    const standing = facts.assignmentCounts?.[subscription] ?? 0;
    if (standing + wanted <= assignmentLimit) return [];
    return [
      {
        code: "AssignmentLimit",
        title: "The subscription has no room for more role assignments",
        detail: `${standing} of ${assignmentLimit} exist, ${wanted} more are needed.`,
        scope: `/subscriptions/${subscription}`,
        stage: "planning",
        fix: [
          "Remove assignments whose principal no longer exists.",
          "Assign roles to groups instead of single principals.",
        ],
      },
    ];
  });
}
