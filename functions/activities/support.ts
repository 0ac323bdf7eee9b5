import { parseId } from "../../shared/decide/armId.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";
import { templateGone } from "./template.ts";

/** What is left to do for a run that the service does not end, or does not carry on. */
export const supportActivities = ({ store }: Deps) => {
  /** Of the build's last writes; Azure's support finds requests by them. */
  async function correlationIds(buildId: string): Promise<readonly string[]> {
    const timeline = await store.timeline.list(buildId);
    const writes = timeline.flatMap(({ requests = [] }) => requests).filter(({ method }) => method !== "GET");
    return [...new Set(writes.flatMap(({ correlationId }) => correlationId ?? []))].slice(-5);
  }

  return {
    /** Takes a watch down whose build waits no longer. */
    async endWatch({ buildId, templateId }: { readonly buildId: string; readonly templateId: string }) {
      await store.watches.remove(subscriptionOf(templateId), buildId);
      return { correlationIds: await correlationIds(buildId) };
    },

    /** Writes down that a run seems stuck, with what support asks for; or that it goes on after all. */
    async tellStuck({ buildId, problem }: { readonly buildId: string; readonly problem?: Problem }) {
      const ids = problem ? await correlationIds(buildId) : [];
      const named = ids.length > 0 ? ` Correlation ids: ${ids.join(", ")}.` : "";
      const stuck = problem && { ...problem, detail: `${problem.detail ?? ""}${named}` };
      await store.builds.update(buildId, { stuck, updatedAt: new Date().toISOString() });
      tell(problem ? problem.title : "it goes on after all");
      return {};
    },
  };
};

/** The subscription whose watcher reads a template's runs. */
export function subscriptionOf(templateId: string): string {
  const parsed = parseId(templateId);
  if (!parsed) throw new Refused(templateGone(templateId));
  return parsed.subscriptionId;
}
