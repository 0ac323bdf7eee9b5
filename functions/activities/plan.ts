import { normalize } from "../../shared/decide/armId.ts";
import type { Capacity } from "../../shared/decide/builds/queue.ts";
import type { BuildShare } from "../../shared/decide/gallery/share.ts";
import { hashOf } from "../../shared/decide/hash.ts";
import type { Facts, TemplateBody, TemplateFacts } from "../../shared/decide/planning/facts.ts";
import { type KeptFacts, keptFacts } from "../../shared/decide/planning/keptFacts.ts";
import type { Change, Plan, Requirement } from "../../shared/decide/planning/plan.ts";
import type { Policy } from "../../shared/decide/planning/policy.ts";
import { lineage } from "../../shared/decide/template/lineage.ts";
import type { Problem } from "../../shared/problem.ts";
import { bodyDocument, foundDocument, planDocument } from "../documents.ts";
import { planTemplate } from "../planning.ts";
import type { Deps } from "./deps.ts";
import { borrowedChanges } from "./justInTime.ts";
import { tell } from "./story.ts";
import { isFree } from "./template.ts";

/** The template as the plan found it. */
export interface PlannedTemplate {
  readonly exists: boolean;
  /** ISO; when it was read, where it was found provisioned and free. */
  readonly seenAt?: string;
  readonly previousStart?: string;
}

/** What the orchestration needs of a plan; the whole of it is a document in the store. */
export interface Planned {
  readonly hash: string;
  readonly contentHash: string;
  readonly changes: readonly Change[];
  /** Names of the grants that must work before the service is asked for anything; the others ripen while it builds. */
  readonly early: readonly string[];
  readonly blocker?: Problem;
  /** ISO; a grant that stood before, but not for long. */
  readonly youngestGrant?: string;
  readonly template: PlannedTemplate;
  /** Container instance cores of the template's region, as the plan read them. */
  readonly capacity?: Capacity;
  /** ISO; when what all changes rest on was read. Absent where some of it was not. */
  readonly readAt?: string;
}

/** A template that somebody has just read for a build. */
export interface FoundTemplate {
  /** ISO. */
  readonly readAt: string;
  readonly template: TemplateFacts;
}

/** How old (ms) that reading may be for a plan. */
const foundFor = 60_000;

const keptDocument = (templateId: string) => `facts/${hashOf(normalize(templateId)).slice(-32)}.json`;

export const planActivities = (deps: Deps) => ({
  /** Reads all facts, decides, and keeps plan and body for whoever looks later. */
  async planTemplate(asked: {
    buildId: string;
    templateId: string;
    policy: Policy;
    /** What it publishes is to be excluded from `latest` at first. */
    gated?: true;
    share?: readonly BuildShare[];
    planHash?: string;
  }): Promise<Planned> {
    const { azure, store } = deps;
    const { buildId, templateId, policy, planHash } = asked;
    const given = await store.documents.get<TemplateBody>(bodyDocument(buildId));
    // What somebody approved is compared with what stands now.
    const kept = planHash ? undefined : await store.documents.get<KeptFacts>(keptDocument(templateId));
    const found = given ? undefined : await justFound(store, buildId);
    const question = {
      templateId,
      ...(given ? { body: given } : {}),
      ...(asked.gated ? { gate: deps.settings.gate } : {}),
      ...(asked.share ? { share: asked.share } : {}),
      ...(kept ? { kept } : {}),
      ...(found ? { found: found.template } : {}),
    };
    const { plan, facts, fresh } = await planTemplate(azure, question, policy);
    if (!given) await store.documents.put(bodyDocument(buildId), facts.template.body);
    const keep = fresh ? keptFacts(facts) : undefined;
    if (keep) await store.documents.put(keptDocument(templateId), keep);
    await store.documents.put(planDocument(buildId), plan);
    const { hash, contentHash, changes } = plan;
    await store.builds.update(buildId, { planHash: hash, contentHash, lineage: lineage(facts.template) });
    tell(sentence(plan));
    const blocker = firstBlocker(plan);
    const borrowed = policy.mode === "act" && !blocker ? await borrowedChanges(deps, plan, facts) : [];
    const young = youngestGrant(facts, deps.settings.pace.propagation);
    return {
      hash,
      contentHash,
      changes: [...changes, ...borrowed],
      early: earlyGrants([...changes, ...borrowed], plan.requirements),
      ...(blocker ? { blocker } : {}),
      ...(young ? { youngestGrant: young } : {}),
      template: plannedTemplate(facts.template, found?.readAt ?? facts.readAt),
      ...(fresh && borrowed.length === 0 ? { readAt: facts.readAt } : {}),
      ...(facts.containerCores ? { capacity: facts.containerCores } : {}),
    };
  },
});

async function justFound(store: Deps["store"], buildId: string): Promise<FoundTemplate | undefined> {
  const found = await store.documents.get<FoundTemplate>(foundDocument(buildId));
  return found && Date.now() - Date.parse(found.readAt) < foundFor ? found : undefined;
}

function plannedTemplate(template: TemplateFacts, seenAt: string): PlannedTemplate {
  const { exists, lastRun } = template;
  if (!exists || !isFree(template)) return { exists };
  return { exists, seenAt, ...(lastRun?.startTime ? { previousStart: lastRun.startTime } : {}) };
}

/** When the identity's youngest grant was written (ISO), if that is so short ago that it may not work yet, whoever made it. */
function youngestGrant({ grants, identity, readAt }: Facts, propagation: number): string | undefined {
  const since = new Date(Date.parse(readAt) - propagation * 1000).toISOString();
  const own = grants.filter(({ principalId }) => principalId.toLowerCase() === identity?.principalId.toLowerCase());
  return own
    .flatMap(({ createdOn }) => (createdOn && createdOn > since ? [createdOn] : []))
    .sort()
    .at(-1);
}

/** Rights to distribute are asked for a quarter of an hour into a build at the earliest (image-builder.md §2.4): nobody waits for them. */
function earlyGrants(changes: readonly Change[], requirements: readonly Requirement[]): readonly string[] {
  const late = new Set(requirements.flatMap(({ id, neededAt }) => (neededAt === "distribution" ? [id] : [])));
  return changes.flatMap((change) =>
    change.kind === "assignRole" && !change.requirements.every((id) => late.has(id)) ? [change.name] : [],
  );
}

function sentence({ requirements, changes, blockers }: Plan): string {
  const missing = requirements.filter(({ satisfied }) => !satisfied).length;
  const stands = blockers.length > 0 ? `, ${blockers.length} in the way` : "";
  return `needs ${requirements.length} rights, ${missing} missing; ${changes.length} changes planned${stands}`;
}

/** The first thing in the way, and a word on how many more there are. */
function firstBlocker({ blockers }: Plan): Problem | undefined {
  const [first, ...more] = blockers;
  if (!first || more.length === 0) return first;
  const others = more.map(({ title }) => title).join("; ");
  return { ...first, detail: `${first.detail ? `${first.detail} ` : ""}Also in the way: ${others}.` };
}
