import type { WatchOrder } from "../../orchestrations/order.ts";
import type { RequestNote } from "../../shared/build.ts";
import { normalize } from "../../shared/decide/armId.ts";
import { explain } from "../../shared/decide/builds/explanation.ts";
import { expectationOf, progressOf } from "../../shared/decide/builds/progress.ts";
import { readSchedule } from "../../shared/decide/builds/schedule.ts";
import { dueWatches, pauseBefore, readingOf, tellsMore } from "../../shared/decide/builds/watch.ts";
import type { TemplateBody, TemplateFacts } from "../../shared/decide/planning/facts.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { Refused } from "../../shared/problem.ts";
import { measure, secondsSince } from "../../shared/telemetry.ts";
import type { RunEnd, RunReading, Watch } from "../../shared/watch.ts";
import { bodyDocument, planDocument } from "../documents.ts";
import { refusedGrantOf } from "../propagation.ts";
import { startOnce } from "../start.ts";
import type { Deps } from "./deps.ts";
import { keepFinalLog, keepLiveLog } from "./log.ts";
import { durableClient, tell } from "./story.ts";
import { subscriptionOf } from "./support.ts";
import { templateGone } from "./template.ts";

/** What wakes a build's orchestration: look into the store. */
export const runSeen = "runSeen";

/** A watcher that has not passed for this long (ms) is taken for dead: it passes every half minute, and a pass takes seconds. */
const deadAfter = 5 * 60_000;
/** A watch nobody took down is forgotten this long (ms) after its deadline. */
const forgottenAfter = 24 * 3_600_000;

/** One pass of the watcher of a subscription. */
export interface PassOrder {
  readonly subscriptionId: string;
  readonly generation: number;
  /** ISO; wanted reads up to then are done. */
  readonly readUpTo?: string;
  /** Requests that the last list took. */
  readonly pages?: number;
}

export type Pass =
  | { readonly kind: "over" }
  | { readonly kind: "on"; readonly pause: number; readonly readUpTo: string; readonly pages: number };

/** Watching runs: every build leaves its wish in the store, one watcher per subscription reads for all of them. */
export const watchActivities = ({ azure, store }: Deps) => {
  /** Starts the watcher of a subscription unless it is at work; `dead` is a generation that is not. */
  const ensureWatcher = async (subscriptionId: string, dead?: number) => {
    const generation = await store.watches.open(subscriptionId, dead);
    const instanceId = `watch-${subscriptionId.toLowerCase()}-${generation}`;
    await startOnce(durableClient(), "watchSubscription", instanceId, { subscriptionId, generation });
  };

  const register = async (order: WatchOrder & { readonly instanceId: string }): Promise<Watch> => {
    const build = await store.builds.get(order.buildId);
    const past = build ? await store.durations.list(build.lineage) : [];
    const { buildId, templateId, instanceId, contentHash, previousStart, deadline } = order;
    return store.watches.add(subscriptionOf(templateId), {
      buildId,
      templateId,
      instanceId,
      contentHash,
      ...(previousStart ? { previousStart } : {}),
      deadline,
      since: new Date().toISOString(),
      schedule: readSchedule(past, order.poll),
      ...expectedOf(past),
    });
  };

  /** Keeps a run's length for the schedules of later ones. */
  const remember = async (buildId: string, reading: RunReading) => {
    if (reading.kind !== "ended" || reading.end.kind !== "succeeded") return;
    const { startedAt, endedAt } = reading.end;
    const build = await store.builds.get(buildId);
    if (!build || !startedAt || !endedAt) return;
    const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
    if (seconds > 0) await store.durations.add(build.lineage, { buildId, startedAt, seconds });
  };

  /** A failure with what log, template, plan and ledger add to it. */
  const explained = async (buildId: string, { end, stagingGroupId }: Ended): Promise<RunEnd> => {
    const log = await keepFinalLog({ azure, store }, buildId, stagingGroupId, end);
    if (!end.problem) return end;
    const [body, plan, refusedGrant] = await Promise.all([
      store.documents.get<TemplateBody>(bodyDocument(buildId)),
      store.documents.get<Plan>(planDocument(buildId)),
      refusedGrantOf({ store }, buildId, end.missingRight),
    ]);
    const known = { ...(log ? { log: log.text } : {}), ...(body ? { body } : {}), warnings: plan?.warnings ?? [] };
    return { ...end, problem: explain(end.problem, known), ...(refusedGrant ? { refusedGrant } : {}) };
  };

  const readOne = async (watch: Watch): Promise<Seen> => {
    const notes: RequestNote[] = [];
    const template = await azure.traced(
      () => azure.readTemplate(watch.templateId),
      (made) => notes.push(...made),
    );
    return { watch, reading: readingOf(template, watch), notes, ...stagingOf(template) };
  };

  const readAll = async (subscriptionId: string, watches: readonly Watch[]): Promise<readonly Seen[]> => {
    const templates = await azure.listTemplates(`/subscriptions/${subscriptionId}`);
    const byId = new Map(templates.map((template) => [normalize(template.id), template]));
    // A list can lag behind a template just written, so only an own read may say that it is gone.
    return watches.flatMap((watch) => {
      const template = byId.get(normalize(watch.templateId));
      return template ? [{ watch, reading: readingOf(template, watch), notes: [], ...stagingOf(template) }] : [];
    });
  };

  /** Writes down what is new, for people and for the build, then wakes the build where it has something to do. */
  const note = async (subscriptionId: string, { watch, reading, notes, staging }: Seen) => {
    const news = tellsMore(watch.reading, reading);
    if (news) {
      if (reading.kind === "ended" && reading.end.endedAt)
        measure("goldsmith.detection.latency", secondsSince(reading.end.endedAt), { outcome: reading.end.kind });
      if (afterCustomizing(reading)) await keepLiveLog({ azure, store }, watch.buildId, staging, true);
      await store.watches.note(subscriptionId, watch.buildId, reading);
      if (reading.kind === "running") await noteStage(watch, reading, notes);
    }
    if (reading.kind !== "running" || (news && reading.changed)) await wake(watch);
  };

  const noteStage = async (watch: Watch, reading: RunReading & { kind: "running" }, notes: readonly RequestNote[]) => {
    const { stage, startedAt } = reading;
    if (!stage) return;
    const at = new Date().toISOString();
    const progress = progressOf({ startedAt: startedAt ?? watch.since, stage }, watch.expected, Date.parse(at));
    const began = startedAt ? { runStartedAt: startedAt } : {};
    await store.builds.update(watch.buildId, { stage, ...began, progress, updatedAt: at });
    const requests = notes.length > 0 ? { requests: notes } : {};
    await store.timeline.add(watch.buildId, `${at}-${stage}`, { at, what: "watch", detail: stage, ...requests });
  };

  const wake = async ({ instanceId }: Watch) => {
    // Who is not there any more needs no waking, and who was not reached looks for himself a little later.
    await durableClient()
      .raiseEvent(instanceId, runSeen, {})
      .catch(() => undefined);
  };

  const wakeOnce = async (watch: Watch) => {
    if (await store.seen.first("cancelTold", watch.instanceId)) await wake(watch);
  };

  /** Reads what is due: one by one while that takes fewer requests than the list. */
  const readDue = async (order: PassOrder, watches: readonly Watch[], due: readonly Watch[]) => {
    const { subscriptionId, pages = 1 } = order;
    const notes: RequestNote[] = [];
    const seen: Seen[] = [];
    const faults: Error[] = [];
    const attempt = async (read: () => Promise<readonly Seen[]>) => {
      try {
        seen.push(...(await azure.traced(read, (made) => notes.push(...made))));
      } catch (error) {
        faults.push(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const single = due.length <= pages;
    if (!single) await attempt(() => readAll(subscriptionId, watches));
    const left = due.filter(({ buildId }) => !seen.some(({ watch }) => watch.buildId === buildId));
    const listed = notes.length;
    if (single || faults.length === 0) for (const watch of left) await attempt(async () => [await readOne(watch)]);
    return { seen, faults, requests: notes.length, pages: single ? pages : Math.max(1, listed) };
  };

  return {
    /**
     * What the store knows of a run. Registers the run and starts the subscription's watcher where that is not done, and
     * reads for itself where the watcher seems dead.
     */
    async readRun(
      order: WatchOrder & { readonly instanceId: string },
    ): Promise<RunReading & { cancelAsked?: boolean }> {
      const subscriptionId = subscriptionOf(order.templateId);
      const standing = await store.watches.get(subscriptionId, order.buildId);
      const watch = standing ?? (await register(order));
      let reading: RunReading = watch.reading ?? { kind: "running" };
      if (reading.kind === "running") {
        const head = await store.watches.head(subscriptionId);
        const dead = head?.open && Date.now() - Date.parse(head.passedAt) > deadAfter ? head.generation : undefined;
        if (dead !== undefined) reading = (await readOne(watch)).reading;
        await ensureWatcher(subscriptionId, dead);
      }
      if (reading.kind === "gone") throw new Refused(templateGone(order.templateId));
      if (reading.kind === "running") return { ...reading, cancelAsked: await store.seen.has("cancel", order.buildId) };
      tell(`run ${reading.end.kind}`);
      const end = await explained(order.buildId, reading);
      await remember(order.buildId, reading);
      await store.watches.remove(subscriptionId, order.buildId);
      return { kind: "ended", end };
    },

    /** One pass of a subscription's watcher: reads what is due, writes down what is new, wakes whom it concerns. */
    async watchPass(order: PassOrder): Promise<Pass> {
      const { subscriptionId, generation } = order;
      const now = new Date();
      const watches = await forgetful(subscriptionId, await store.watches.list(subscriptionId), now.getTime());
      if (watches.length === 0) return retire(subscriptionId, generation);
      if (!(await store.watches.passed(subscriptionId, generation, now.toISOString()))) return { kind: "over" };
      const due = dueWatches(watches, Date.parse(order.readUpTo ?? "1970-01-01"), now.getTime());
      const { seen, faults, requests, pages } = await readDue(order, watches, due);
      for (const one of seen) await note(subscriptionId, one);
      for (const watch of watches) if (watch.reading && watch.reading.kind !== "running") await wake(watch);
      for (const watch of watches) if (watch.cancelAsked) await wakeOnce(watch);
      const after = watches.map(
        (watch) => seen.find((one) => one.watch === watch) ?? { watch, reading: watch.reading },
      );
      const failed = faults.length > 0;
      const pause = pauseBefore(after.map(withReading), now.getTime(), { requests, failed, retryAfter: asked(faults) });
      return { kind: "on", pause, pages, readUpTo: failed ? (order.readUpTo ?? now.toISOString()) : now.toISOString() };
    },
  };

  async function forgetful(subscriptionId: string, watches: readonly Watch[], now: number) {
    const old = watches.filter(({ deadline }) => now - Date.parse(deadline) > forgottenAfter);
    for (const { buildId } of old) await store.watches.remove(subscriptionId, buildId);
    return watches.filter((watch) => !old.includes(watch));
  }

  /** Closes, then looks once more: a run may have been registered meanwhile by somebody who saw us at work. */
  async function retire(subscriptionId: string, generation: number): Promise<Pass> {
    await store.watches.close(subscriptionId, generation);
    if ((await store.watches.list(subscriptionId)).length > 0) await ensureWatcher(subscriptionId);
    return { kind: "over" };
  }
};

const stagingOf = (template: TemplateFacts | undefined) =>
  template?.exactStagingResourceGroup ? { staging: template.exactStagingResourceGroup } : {};

/** From here on the log says no more, and soon its container goes. */
const afterCustomizing = (reading: RunReading) =>
  reading.kind === "running" && reading.stage?.toLowerCase() === "distributing";

const expectedOf = (past: readonly number[]) => {
  const expected = expectationOf(past);
  return expected ? { expected } : {};
};

type Ended = Extract<RunReading, { kind: "ended" }>;

interface Seen {
  readonly watch: Watch;
  readonly reading: RunReading;
  readonly notes: readonly RequestNote[];
  /** The staging group, where the build's container is. */
  readonly staging?: string;
}

const withReading = ({
  watch,
  reading,
}: {
  readonly watch: Watch;
  readonly reading?: RunReading | undefined;
}): Watch => (reading ? { ...watch, reading } : watch);

/** Seconds that ARM asked to wait, where a fault says so. */
const asked = (faults: readonly Error[]) =>
  Math.max(0, ...faults.map(({ message }) => Number(/it asks to wait (\d+) s/.exec(message)?.[1] ?? 0)));
