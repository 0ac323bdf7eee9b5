import type { Activities } from "../functions/activities/index.ts";
import type { PlannedTemplate } from "../functions/activities/plan.ts";
import type { Problem } from "../shared/problem.ts";
import { Refused } from "../shared/problem.ts";
import type { RefusedGrant } from "../shared/watch.ts";
import type { Play, Steps, Wire } from "./durable.ts";
import { Ended } from "./ending.ts";
import { enter } from "./enter.ts";
import { type BuildOrder, isGated } from "./order.ts";
import type { Prepared } from "./prepare.ts";

/** Seconds before a template that was just written is read (provisioning was recorded to take 11 to 29 s, image-builder.md §6.5: one read is enough), and between two reads after that. */
const firstLook = 30;
const provisioningPause = 10;
/** Reads before we stop believing that it ends: half an hour. */
const provisioningLooks = 180;
/** Seconds for which what a plan saw of a template need not be read again. */
const seenFor = 60;

type Template = { readonly previousStart?: string; readonly seenAt?: string };

interface ToStand {
  readonly template: Wire<PlannedTemplate>;
  readonly changes: readonly unknown[];
  readonly youngestGrant?: string;
}

/** Sees to it that the template exists and is provisioned, creating it (anew) where that is this build's task. */
export function* ensureTemplate(
  play: Play<Activities>,
  order: BuildOrder,
  plan: ToStand,
  prepared: Prepared,
): Steps<Template> {
  const { exists, seenAt } = plan.template;
  // Where nothing had to be done and waited for, the plan has just seen it.
  const justSeen = seenAt && play.now().getTime() - Date.parse(seenAt) < seenFor * 1000;
  if (justSeen && plan.changes.length === 0 && !plan.youngestGrant && !isGated(order)) return plan.template;
  const found = exists ? yield* provisioned(play, order) : undefined;
  if (found?.state === "Succeeded") {
    if (isGated(order)) yield* gate(play, order);
    return found;
  }
  if (found) mayRecreate(order, found.problem);
  yield* enter(play, order, "creating");
  if (found) yield* remove(play, order);
  return yield* create(play, order, prepared);
}

/** What it publishes is not to be `latest` before it is proven or approved: a template that stands says so, or is made to. */
function* gate(play: Play<Activities>, order: BuildOrder): Steps<void> {
  const { buildId, templateId } = order;
  const { changed } = yield* play.act.gateTemplate({ buildId, templateId });
  if (!changed) return;
  const { state, problem } = yield* provisioned(play, order);
  if (state !== "Succeeded") throw new Ended({ state: "failed", ...(problem ? { problem } : {}) });
}

/** A template cannot be overwritten: what failed must be created anew (image-builder.md §2.8), where the setting allows it. */
function mayRecreate({ recreate }: BuildOrder, problem: Problem | undefined): void {
  if (recreate === "failed") return;
  throw new Refused({
    ...(problem ?? { code: "TemplateFailed", title: "The template failed to provision" }),
    fix: [
      "Delete the template and write it again: its rights stand now",
      "Or set GOLDSMITH_RECREATE=failed, so that Goldsmith may do that itself",
    ],
  });
}

function* create(play: Play<Activities>, order: BuildOrder, prepared: Prepared): Steps<Template> {
  const { buildId, templateId } = order;
  for (let round = 1; ; round++) {
    const askedAt = play.now();
    yield* play.act.createTemplate({ buildId, templateId });
    yield* play.sleep(firstLook);
    const { state, seenAt, problem, refusedGrant } = yield* provisioned(play, order);
    if (state === "Succeeded") {
      yield* learn(play, order, prepared, askedAt, round > 1);
      return seenAt ? { seenAt } : {};
    }
    if (!refusedGrant || !stillSpreading(order, refusedGrant.at ?? prepared.grantedAt, askedAt))
      throw new Ended({ state: "failed", ...(problem ? { problem } : {}) });
    yield* remove(play, order);
    yield* pauseUntil(play, askedAt, prepared.pace);
    yield* enter(play, order, "creating");
  }
}

/** Keeps how old the youngest grant was when it was seen to work. */
export function* learn(
  play: Play<Activities>,
  { buildId }: BuildOrder,
  { grantedAt, roleKeys }: Prepared,
  worked: Date,
  afterRefusal: boolean,
): Steps<void> {
  if (!grantedAt || roleKeys.length === 0) return;
  const seconds = Math.round((worked.getTime() - Date.parse(grantedAt)) / 1000);
  yield* play.act.learnPropagation({ buildId, roleKeys, seconds, afterRefusal });
}

/** Sleeps until `seconds` after `since`, where that is still to come: what a refused try took is part of the pause. */
export function* pauseUntil(play: Play<Activities>, since: Date, seconds: number): Steps<void> {
  const left = (since.getTime() - play.now().getTime()) / 1000 + seconds;
  if (left > 0) yield* play.sleep(left);
}

/** Whether the service may have refused, for want of a right granted at `grantedAt`, what was asked at `asked` only because that right had not spread yet. */
export function stillSpreading({ pace }: BuildOrder, grantedAt: string | undefined, asked: Date): boolean {
  return grantedAt !== undefined && asked.getTime() < Date.parse(grantedAt) + pace.propagation * 1000;
}

interface Provisioned {
  readonly state: "Succeeded" | "Failed";
  readonly seenAt?: string;
  readonly previousStart?: string;
  readonly problem?: Problem;
  readonly refusedGrant?: RefusedGrant;
}

function* provisioned(play: Play<Activities>, { buildId, templateId }: BuildOrder): Steps<Provisioned> {
  for (let look = 0; look < provisioningLooks; look++) {
    const found = yield* play.act.readTemplate({ buildId, templateId });
    if (found.kind === "settled") return found;
    yield* play.sleep(provisioningPause);
  }
  throw new Ended({ state: "timedOut", problem: stuck(templateId) });
}

function* remove(play: Play<Activities>, { buildId, templateId }: BuildOrder): Steps<void> {
  for (let look = 0; look < provisioningLooks; look++) {
    const { gone } = yield* play.act.deleteTemplate({ buildId, templateId });
    if (gone) return;
    yield* play.sleep(provisioningPause);
  }
  throw new Ended({ state: "timedOut", problem: stuck(templateId) });
}

const stuck = (templateId: string): Problem => ({
  code: "TemplateStuck",
  title: "The service did not finish provisioning or deleting the template in half an hour",
  scope: templateId,
  fix: ["Look at the template in the portal", "Open a support request with the correlation ids of the timeline"],
});
