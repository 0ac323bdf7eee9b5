import type { Build, BuildState, FinalState } from "../../shared/build.ts";
import { isFinal } from "../../shared/build.ts";
import { normalize } from "../../shared/decide/armId.ts";
import { type Cost, costOf, costText } from "../../shared/decide/cost.ts";
import type { TemplateBody } from "../../shared/decide/facts.ts";
import type { Problem } from "../../shared/problem.ts";
import { keepLineageState } from "../badges.ts";
import { carries } from "../carrier.ts";
import { bodyDocument } from "../documents.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

/** A turn is held this long (ms) without being renewed: longer than any build, since the end of a build lets go. */
const turnMs = 24 * 3_600_000;

interface Claim {
  readonly mine: boolean;
  readonly cancelAsked: boolean;
  readonly elsewhere?: true;
}

/** What a build writes about itself. A cancellation is a mark in the store: an event could be lost, a read cannot. */
export const buildActivities = (deps: Deps) => {
  const { store, settings } = deps;
  const cancelAsked = (buildId: string) => store.seen.has("cancel", buildId);

  return {
    /** Makes the template this build's own, if it is nobody else's. `elsewhere`: another task hub carries this build by now. */
    async claimTemplate({ buildId, templateId }: { buildId: string; templateId: string }): Promise<Claim> {
      if (!(await carries(deps, buildId))) return { mine: false, cancelAsked: false, elsewhere: true };
      if (await cancelAsked(buildId)) return { mine: false, cancelAsked: true };
      const name = turnOf(templateId);
      const holder = await store.leases.holder(name);
      if (holder && holder !== buildId && (await ended(holder))) await store.leases.release(name, holder);
      const mine = (await store.leases.acquire(name, buildId, turnMs)) !== undefined;
      if (!mine) tell(`waiting: build ${holder} works on this template`);
      return { mine, cancelAsked: false };
    },

    /** Lets the template go. */
    async releaseTemplate({ buildId, templateId }: { buildId: string; templateId: string }) {
      await store.leases.release(turnOf(templateId), buildId);
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
    }: {
      buildId: string;
      state: FinalState;
      problem?: Problem;
    }): Promise<Build> {
      tell(state);
      const at = new Date().toISOString();
      const cost = await costAt(buildId, Date.parse(at));
      if (cost) tell(`cost: ${costText(cost)}`);
      const more = { ...(problem ? { problem } : {}), ...(cost ? { cost } : {}) };
      const build = await store.builds.update(buildId, { state, updatedAt: at, endedAt: at, ...more });
      await keepLineageState(store, build);
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
    const runSeconds = Math.max(0, now - Date.parse(build.runStartedAt)) / 1000;
    const made = (build.artifacts ?? []).map(({ runOutputName }) => runOutputName);
    return costOf({ body, runSeconds, made }, settings.prices);
  }

  async function ended(buildId: string): Promise<boolean> {
    const build = await store.builds.get(buildId);
    return !build || isFinal(build.state);
  }
};

const turnOf = (templateId: string) => `template/${normalize(templateId)}`;
