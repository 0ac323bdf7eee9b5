import { contentHash } from "../template/contentHash.ts";
import type { Facts, TemplateFacts } from "./facts.ts";
import type { Plan } from "./plan.ts";

/**
 * What a plan of a template was made from and seldom changes: lists of whole subscriptions, definitions of roles, groups and
 * galleries. The next plan of the same content may rest on it, as long as that plan has nothing to change and meets nothing in
 * the way (`isQuiet`): whatever is granted or refused rests on fresh reads.
 */
export interface KeptFacts
  extends Pick<
    Facts,
    "readAt" | "roles" | "targets" | "providers" | "denyAssignments" | "locks" | "policies" | "identityUses"
  > {
  readonly contentHash: string;
}

/** How long (ms) facts are kept: what changed meanwhile makes one build fail with its reason, and never grants anything. */
const keptFor = 24 * 3_600_000;

/** What to keep of facts that were read; undefined where something could not be read. */
export function keptFacts(facts: Facts): KeptFacts | undefined {
  if (facts.unread.length > 0) return undefined;
  const { readAt, roles, targets, providers, denyAssignments, locks, policies, identityUses, template } = facts;
  return {
    readAt,
    roles,
    targets,
    providers,
    ...(denyAssignments ? { denyAssignments } : {}),
    ...(locks ? { locks } : {}),
    ...(policies ? { policies } : {}),
    ...(identityUses ? { identityUses } : {}),
    contentHash: contentHash(template.body),
  };
}

/** Whether a plan of `template` may rest on them at the moment `now` (ms). */
export function stillKept(kept: KeptFacts, template: TemplateFacts, now: number): boolean {
  return kept.contentHash === contentHash(template.body) && now - Date.parse(kept.readAt) < keptFor;
}

/** Nothing to change and nothing in the way. */
export const isQuiet = ({ changes, blockers }: Plan): boolean => changes.length === 0 && blockers.length === 0;
