import { createHash, randomUUID } from "node:crypto";
import type { DurableClient } from "durable-functions";
import type { BuildOrder } from "../orchestrations/order.ts";
import type { Build, Origin } from "../shared/build.ts";
import { lastSegment, normalize } from "../shared/decide/armId.ts";
import { type ApprovalPolicy, wantsApproval } from "../shared/decide/gallery/approval.ts";
import { gatedBody } from "../shared/decide/gallery/gate.ts";
import type { BuildShare } from "../shared/decide/gallery/share.ts";
import type { TemplateBody, TemplateFacts } from "../shared/decide/planning/facts.ts";
import { contentHash } from "../shared/decide/template/contentHash.ts";
import { lineage } from "../shared/decide/template/lineage.ts";
import { Refused } from "../shared/problem.ts";
import type { Deps } from "./activities/deps.ts";
import type { FoundTemplate } from "./activities/plan.ts";
import { carries } from "./carrier.ts";
import { bodyDocument, foundDocument } from "./documents.ts";
import { startOnce } from "./start.ts";

/** A build somebody asks for; everything in it was checked. */
export interface BuildWish {
  readonly templateId: string;
  /** The template's content as it stands or is wanted. */
  readonly body: TemplateBody;
  /** The template as it was read just now, for the plan that follows. */
  readonly found?: TemplateFacts;
  /** Whether the build creates the template from `body`. */
  readonly create: boolean;
  readonly origin: Origin;
  /** What makes this wish the same as another one: equal seeds of one template are one build. */
  readonly seed: string;
  readonly planHash?: string;
  readonly mode?: "act" | "advise";
  readonly notify?: readonly string[];
  readonly grants?: "standing" | "justInTime";
  readonly network?: "keep" | "restore";
  /** Name of a verification profile; the version is excluded from latest until it is proven. */
  readonly verify?: string;
  /** An approver has to agree before latest may mean what is published; where the operator wants it, also unasked. */
  readonly approval?: { readonly hours: number };
  /** Whom what it publishes is shared with. */
  readonly share?: readonly BuildShare[];
  /** A run that others started is followed; nothing is planned, granted, started or tried again. */
  readonly adopt?: true;
  /** The build that this one makes good. */
  readonly retryOf?: string;
}

/** Where a build keeps what it was asked for. */
const orderDocument = (buildId: string) => `builds/${buildId}/order.json`;

/** Readable, and the same for the same wish. */
export function buildIdOf(templateId: string, seed: string): string {
  const hash = createHash("sha256")
    .update(`${normalize(templateId)}|${seed}`)
    .digest("hex")
    .slice(0, 12);
  return `${lastSegment(templateId).toLowerCase()}-${hash}`;
}

/** A seed that no other wish has. */
export const freshSeed = () => randomUUID();

/** What the operator says of approvals; refuses where nobody is to approve anything. */
export function approvalPolicy({ settings }: Pick<Deps, "settings">): ApprovalPolicy {
  if (settings.approvals) return settings.approvals;
  throw new Refused({
    code: "NoApprovals",
    title: "Nobody approves builds here: no approvals are configured",
    status: 422,
    errors: [{ pointer: "/approval", detail: "GOLDSMITH_APPROVALS is not set" }],
    fix: ["Leave approval out", 'Or have the operator set GOLDSMITH_APPROVALS, {"hours": 72} as a rule'],
  });
}

/** The wish with the approval that the operator wants, and its targets excluded from `latest` where it has to be proven or approved and that may be written. */
export function heldBack({ settings }: Pick<Deps, "settings">, wish: BuildWish): BuildWish {
  if (wish.adopt) return wish;
  const { approvals, gate } = settings;
  const approval = wish.approval ?? (approvals && wantsApproval(wish.body, approvals) ? approvals : undefined);
  const body = gate === "patch" && (wish.verify || approval) ? gatedBody(wish.body) : wish.body;
  return { ...wish, body, ...(approval ? { approval: { hours: approval.hours } } : {}) };
}

/** Writes the wish down, then starts it; a repeated wish joins. What is written down is started by the reconciling timer, should we die here. */
export async function startBuild(
  deps: Deps,
  client: DurableClient,
  asked: BuildWish,
): Promise<{ build: Build; joined: boolean }> {
  const { store } = deps;
  const wish = heldBack(deps, asked);
  const buildId = buildIdOf(wish.templateId, wish.seed);
  const standing = await store.builds.get(buildId);
  if (standing) {
    await startWritten(deps, client, standing);
    return { build: standing, joined: true };
  }
  const order = orderOf(deps, buildId, wish);
  if (wish.create || wish.adopt) await store.documents.put(bodyDocument(buildId), wish.body);
  else if (wish.found) await store.documents.put(foundDocument(buildId), foundNow(wish.found));
  await store.documents.put(orderDocument(buildId), order);
  const build = newBuild(buildId, wish);
  const joined = !(await store.builds.create(build));
  await store.seen.first("content", contentKey(wish.templateId, wish.body));
  await startHere(deps, client, order);
  return { build, joined };
}

const foundNow = (template: TemplateFacts): FoundTemplate => ({ readAt: new Date().toISOString(), template });

/** Starts a build that was written down but perhaps never started. */
export async function startWritten(deps: Deps, client: DurableClient, build: Build): Promise<void> {
  const order = await orderOfBuild(deps, build.id);
  if (order && build.state === "queued") await startHere(deps, client, order);
}

async function startHere(deps: Deps, client: DurableClient, order: BuildOrder): Promise<void> {
  if (!(await carries(deps, order.buildId))) return;
  await startOnce(client, "buildImage", order.buildId, order);
  await deps.store.seen.first("carried", carrierKey(deps, order.buildId));
}

const carrierKey = ({ settings }: Deps, buildId: string) => `${settings.taskHub}|${buildId}`;

/** Whether this task hub began the build's orchestration, so that its absence here means that it is gone. */
export const carriedHere = (deps: Deps, buildId: string): Promise<boolean> =>
  deps.store.seen.has("carried", carrierKey(deps, buildId));

/** What a build was started with. */
export const orderOfBuild = ({ store }: Deps, buildId: string): Promise<BuildOrder | undefined> =>
  store.documents.get<BuildOrder>(orderDocument(buildId));

/** What an event is compared with: the same template with the same content is no news. */
export const contentKey = (templateId: string, body: TemplateBody) => `${normalize(templateId)}|${contentHash(body)}`;

function orderOf({ settings }: Deps, buildId: string, wish: BuildWish): BuildOrder {
  const { policy, pace, recreate } = settings;
  return {
    buildId,
    templateId: wish.templateId,
    origin: wish.origin,
    policy: wish.mode ? { ...policy, mode: wish.mode } : policy,
    pace,
    recreate,
    grants: wish.grants ?? settings.grants,
    network: wish.network ?? settings.networkAfter,
    ...(wish.adopt ? { adopt: { contentHash: contentHash(wish.body) } } : {}),
    ...(wish.planHash ? { planHash: wish.planHash } : {}),
    ...(wish.notify ? { notify: wish.notify } : {}),
    ...(wish.verify ? { verify: wish.verify } : {}),
    ...(wish.approval ? { approval: wish.approval } : {}),
    ...(wish.share ? { share: wish.share } : {}),
  };
}

function newBuild(id: string, { templateId, body, origin, retryOf, verify, approval, share }: BuildWish): Build {
  const at = new Date().toISOString();
  const template = { id: templateId, exists: false, body };
  return {
    id,
    templateId,
    lineage: lineage(template),
    state: "queued",
    origin,
    createdAt: at,
    updatedAt: at,
    contentHash: contentHash(body),
    ...(verify ? { verify } : {}),
    ...(approval ? { approval: {} } : {}),
    ...(share ? { share } : {}),
    ...(retryOf ? { retryOf } : {}),
  };
}
