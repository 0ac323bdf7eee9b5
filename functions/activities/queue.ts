import { type Build, isFinal, type QueuePlace } from "../../shared/build.ts";
import { parseId } from "../../shared/decide/armId.ts";
import { expectationOf } from "../../shared/decide/builds/progress.ts";
import { ask, type Capacity, expectedStart, pauseAt, positionOf, type Slot } from "../../shared/decide/builds/queue.ts";
import type { TemplateBody } from "../../shared/decide/planning/facts.ts";
import { bodyDocument } from "../documents.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

/** A waiting build says so at least this often (ms); one that is silent for longer is not waited for. */
const sayAgain = 10 * 60_000;
const silent = 3 * sayAgain;
/** Builds under way whose ends are looked up for an expected start. */
const looked = 50;
/** What a build is taken to last (s) where its lineage has no past (image-builder.md §6.5). */
const usual = 1800;

/** Who waits for whom, and what is told of it. */
export function queueOf({ azure, store }: Pick<Deps, "azure" | "store">) {
  const place = async (buildId: string, templateId: string): Promise<string | undefined> => {
    const body = await store.documents.get<TemplateBody>(bodyDocument(buildId));
    const region = (body?.location ?? "").toLowerCase().replaceAll(" ", "");
    return region && `${parseId(templateId)?.subscriptionId}|${region}`;
  };

  /** Writes a place down where it is news, or was not said for a while. */
  const tellPlace = async (build: Build | undefined, queue: QueuePlace, sentence: string) => {
    if (!build) return;
    const before = build.queue;
    const moved = before?.for !== queue.for || before.position !== queue.position;
    if (!moved && Date.now() - Date.parse(build.updatedAt) < sayAgain) return;
    await store.builds.update(build.id, { state: "queued", queue, updatedAt: new Date().toISOString() });
    if (moved) tell(sentence);
  };

  return {
    /** Older builds of the template that wait too. */
    async ahead(buildId: string, templateId: string): Promise<readonly Build[]> {
      const active = await store.builds.active(templateId);
      const me = active.find(({ id }) => id === buildId);
      const heard = (build: Build) => Date.now() - Date.parse(build.updatedAt) < silent;
      return active.filter((build) => build.state === "queued" && me && build.createdAt < me.createdAt && heard(build));
    },

    async waitForTemplate(buildId: string, holder: string | undefined, position: number): Promise<void> {
      const [build, other] = await Promise.all([store.builds.get(buildId), store.builds.get(holder ?? "")]);
      const seconds = await durationOf(build);
      const end = other?.progress?.expectedEnd;
      const start = expectedStart(end ? [end] : [], position, seconds);
      const queue: QueuePlace = { for: "template", position, ...(start ? { expectedStart: start } : {}) };
      await tellPlace(build, queue, `waiting: build ${holder ?? "before it"} works on this template`);
    },

    /** Undefined once the build is in; else the seconds before it looks again. */
    async takeSlot(buildId: string, templateId: string, given: Capacity | undefined): Promise<number | undefined> {
      const where = await place(buildId, templateId);
      if (!where) return undefined;
      const body = (await store.documents.get<TemplateBody>(bodyDocument(buildId))) ?? {};
      const capacity = given ?? (await azure.containerCores({ id: templateId, body }));
      const known = await lookAt(await store.slots.change(where, (standing) => standing));
      const now = new Date().toISOString();
      const after = await store.slots.change(where, (standing) => ask(known(standing), buildId, capacity, now));
      const position = positionOf(after, buildId);
      if (position === 0) return this.leave(buildId);
      await waitForSlot(buildId, after, position);
      return pauseAt(position);
    },

    async leave(buildId: string): Promise<undefined> {
      const build = await store.builds.get(buildId);
      if (!build?.queue) return undefined;
      await store.builds.update(buildId, { state: "planning", queue: undefined, updatedAt: new Date().toISOString() });
      tell("its turn has come");
      return undefined;
    },

    async releaseSlot(buildId: string, templateId: string): Promise<void> {
      const where = await place(buildId, templateId);
      if (!where) return;
      const others = (standing: readonly Slot[]) => standing.filter((slot) => slot.buildId !== buildId);
      await store.slots.change(where, (standing) => {
        const left = others(standing);
        return left.length === standing.length ? standing : left;
      });
    },
  };

  /** What has become of those in the row: who ended is taken out, whose container runs is among the cores in use. */
  async function lookAt(standing: readonly Slot[]): Promise<(slots: readonly Slot[]) => readonly Slot[]> {
    const unsure = standing.filter(({ granted, seen }) => !granted || !seen);
    const builds = await Promise.all(unsure.slice(0, looked).map(({ buildId }) => store.builds.get(buildId)));
    const over = new Set(builds.flatMap((build) => (build && isFinal(build.state) ? [build.id] : [])));
    const running = new Set(builds.flatMap((build) => (build && hasContainer(build) ? [build.id] : [])));
    if (over.size === 0 && running.size === 0) return (slots) => slots;
    return (slots) =>
      slots
        .filter(({ buildId }) => !over.has(buildId))
        .map((slot) => (running.has(slot.buildId) ? { ...slot, seen: true as const } : slot));
  }

  async function waitForSlot(buildId: string, slots: readonly Slot[], position: number): Promise<void> {
    const inside = slots.filter(({ granted }) => granted).slice(0, looked);
    const [build, ...others] = await Promise.all([
      store.builds.get(buildId),
      ...inside.map(({ buildId: other }) => store.builds.get(other)),
    ]);
    const ends = others.flatMap((other) => other?.progress?.expectedEnd ?? []);
    const start = expectedStart(ends, position, await durationOf(build));
    const queue: QueuePlace = { for: "containerQuota", position, ...(start ? { expectedStart: start } : {}) };
    await tellPlace(
      build,
      queue,
      `waiting: the region's container instances are all in use; ${position - 1} before it`,
    );
  }

  async function durationOf(build: Build | undefined): Promise<number> {
    const past = build ? await store.durations.list(build.lineage) : [];
    return expectationOf(past)?.seconds ?? usual;
  }
}

const hasContainer = ({ state, stage }: Build) =>
  state === "running" && stage !== undefined && stage.toLowerCase() !== "queued";
