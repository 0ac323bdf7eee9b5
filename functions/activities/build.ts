import type { Build, BuildState, FinalState } from "../../shared/build.ts";
import { isFinal } from "../../shared/build.ts";
import { normalize } from "../../shared/decide/armId.ts";
import { type Cost, costOf, costText } from "../../shared/decide/builds/cost.ts";
import type { Capacity } from "../../shared/decide/builds/queue.ts";
import type { TemplateBody } from "../../shared/decide/planning/facts.ts";
import type { Problem } from "../../shared/problem.ts";
import { measure, secondsSince } from "../../shared/telemetry.ts";
import { keepLineageState } from "../badges.ts";
import { carries } from "../carrier.ts";
import { bodyDocument } from "../documents.ts";
import type { Deps } from "./deps.ts";
import { queueOf } from "./queue.ts";
import { log, tell } from "./story.ts";

type About = { readonly buildId: string; readonly templateId: string };

/** A turn is held this long (ms) without being renewed: longer than any build, since the end of a build lets go. */
const turnMs = 24 * 3_600_000;

interface Claim {
  readonly mine: boolean;
  readonly cancelAsked: boolean;
  readonly elsewhere?: true;
  /** Seconds before it is worth looking again, where the look can tell. */
  readonly pause?: number;
}

/** What a build writes about itself. A cancellation is a mark in the store: an event could be lost, a read cannot. */
export const buildActivities = (deps: Deps) => {
  const { store, settings } = deps;
  const queue = queueOf(deps);
  const cancelAsked = (buildId: string) => store.seen.has("cancel", buildId);

  return {
    /** Makes the template this build's own, if it is nobody else's and nobody asked before. `elsewhere`: another task hub carries this build by now. */
    async claimTemplate({ buildId, templateId }: About): Promise<Claim> {
      if (!(await carries(deps, buildId))) return { mine: false, cancelAsked: false, elsewhere: true };
      if (await cancelAsked(buildId)) return { mine: false, cancelAsked: true };
      const name = turnOf(templateId);
      const holder = await store.leases.holder(name);
      if (holder && holder !== buildId && (await ended(holder))) await store.leases.release(name, holder);
      const ahead = (await queue.ahead(buildId, templateId)).filter(({ id }) => id !== holder);
      const mine = ahead.length === 0 && (await store.leases.acquire(name, buildId, turnMs)) !== undefined;
      if (mine) await queue.leave(buildId);
      else await queue.waitForTemplate(buildId, holder, ahead.length + 1);
      return { mine, cancelAsked: false };
    },

    /** Lets the build in where the region's container instances have room for it, else gives it a place in the row. `capacity`: what the plan read a moment ago. */
    async takeSlot({ buildId, templateId, capacity }: About & { readonly capacity?: Capacity }): Promise<Claim> {
      if (!(await carries(deps, buildId))) return { mine: false, cancelAsked: false, elsewhere: true };
      if (await cancelAsked(buildId)) return { mine: false, cancelAsked: true };
      const pause = await queue.takeSlot(buildId, templateId, capacity);
      return { mine: pause === undefined, cancelAsked: false, ...(pause === undefined ? {} : { pause }) };
    },

    /** Lets the template go, and the region's slot. */
    async releaseTemplate({ buildId, templateId }: About) {
      await store.leases.release(turnOf(templateId), buildId);
      await queue.releaseSlot(buildId, templateId);
      return {};
    },

    /** Writes the state down and says whether somebody asked for the end. */
    async enterState({ buildId, state }: { buildId: string; state: BuildState }) {
      const asked = await cancelAsked(buildId);
      const before = await store.builds.get(buildId);
      if (!asked && before?.state !== state) {
        await store.builds.update(buildId, { state, updatedAt: new Date().toISOString() });
        tell(state);
      }
      return { cancelAsked: asked };
    },

    async lookForCancel({ buildId }: { buildId: string }) {
      return { cancelAsked: await cancelAsked(buildId) };
    },

    /** Writes the end down; the first end of a build is its end. */
    async endBuild({
      buildId,
      state,
      problem,
      late,
    }: {
      buildId: string;
      state: FinalState;
      problem?: Problem;
      late?: true;
    }): Promise<Build> {
      tell(state);
      const at = new Date().toISOString();
      const cost = await costAt(buildId, Date.parse(at));
      if (cost) tell(`cost: ${costText(cost)}`);
      const more = { ...(problem ? { problem } : {}), ...(late ? { late } : {}), ...(cost ? { cost } : {}) };
      const before = await store.builds.get(buildId);
      const build = await store.builds.update(buildId, {
        state,
        stuck: undefined,
        queue: undefined,
        updatedAt: at,
        endedAt: at,
        ...more,
      });
      await keepLineageState(store, build);
      if (before && !isFinal(before.state)) tellOperators(build);
      return build;
    },
  };

  /** Undefined where nothing was spent: no run of its own began. */
  async function costAt(buildId: string, now: number): Promise<Cost | undefined> {
    const [build, body] = await Promise.all([
      store.builds.get(buildId),
      store.documents.get<TemplateBody>(bodyDocument(buildId)),
    ]);
    if (!body || !build?.runStartedAt) return undefined;
    // Whoever waits for an approver uses nothing.
    const until = build.approval?.askedAt ? Date.parse(build.approval.askedAt) : now;
    const runSeconds = Math.max(0, until - Date.parse(build.runStartedAt)) / 1000;
    const made = (build.artifacts ?? []).map(({ runOutputName }) => runOutputName);
    return costOf({ body, runSeconds, made }, settings.prices);
  }

  async function ended(buildId: string): Promise<boolean> {
    const build = await store.builds.get(buildId);
    return !build || isFinal(build.state);
  }
};

function tellOperators({ id: buildId, templateId, state, origin, createdAt, problem }: Build): void {
  const code = problem ? { code: problem.code } : {};
  log("buildEnded", { buildId, templateId, state, ...code, seconds: Math.round(secondsSince(createdAt)) });
  measure("goldsmith.builds", 1, { outcome: state, origin: origin.kind, ...code });
}

const turnOf = (templateId: string) => `template/${normalize(templateId)}`;
