import type { ChannelMove } from "../../shared/curation.ts";
import { lastSegment, sameId } from "../../shared/decide/armId.ts";
import { channelsOf, channelTag, planMove, revokedTag } from "../../shared/decide/gallery/channels.ts";
import { movedMessage, revokedMessage } from "../../shared/decide/messages/imageMessages.ts";
import { definitionOf } from "../../shared/decide/template/templateBody.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import {
  existingImage,
  noteOutcome,
  planRetention,
  readMove,
  readReport,
  readUses,
  toldOf,
  writeMove,
} from "../curating.ts";
import { alone } from "../effects.ts";
import { send } from "./announce.ts";
import type { Deps } from "./deps.ts";
import { durableClient } from "./story.ts";

/** Moving channels, revoking versions, and removing what no rule keeps. */
export const curateActivities = (deps: Deps) => {
  const { azure, store } = deps;

  const written = async (moveId: string): Promise<ChannelMove> => {
    const move = await readMove(deps, moveId);
    if (!move) throw new Error(`the move ${moveId} is not in the store`);
    return move;
  };

  return {
    /** Moves the channel's tag, once what is asked for still makes sense; answers which versions `latest` shall not mean any more. */
    async moveChannel({ moveId }: { readonly moveId: string }): Promise<{ readonly exclude: readonly string[] }> {
      const move = await written(moveId);
      const { definitionId, channel, to: version, kind } = move;
      return alone(deps, definitionId, moveId, async () => {
        const image = await existingImage(deps, definitionId);
        const used = kind === "rollBack" ? await readUses(deps, definitionId) : { uses: [], unread: [] };
        const plan = planMove(image, { kind, channel, version }, used);
        if ("code" in plan) throw new Refused(plan);
        if (channelsOf(image.tags)[channel] !== version)
          await azure.mergeTags(image.id, { [channelTag(channel)]: version });
        const exclude = move.excluded ?? plan.exclude;
        const from = move.from ?? (plan.from === version ? undefined : plan.from);
        await writeMove(deps, {
          ...move,
          state: "moving",
          ...(from === undefined ? {} : { from }),
          ...(kind === "rollBack" ? { excluded: exclude, machines: move.machines ?? plan.machines } : {}),
        });
        return { exclude };
      });
    },

    /** Keeps `latest` from meaning a version. */
    async excludeVersion({ moveId, versionId }: { readonly moveId: string; readonly versionId: string }) {
      await alone(deps, versionId, moveId, () => azure.markVersion(versionId, { excluded: true, tags: {} }));
      return {};
    },

    /** Writes the end of a move down and tells who follows the channel. */
    async endMove(ended: {
      readonly moveId: string;
      readonly state: ChannelMove["state"];
      readonly problem?: Problem;
    }) {
      const move = await written(ended.moveId);
      const { state, problem } = ended;
      const { who, reason } = (await store.decisions.get(ended.moveId)) ?? {};
      const over: ChannelMove = {
        ...move,
        state,
        endedAt: new Date().toISOString(),
        ...(who === undefined ? {} : { decidedBy: who }),
        ...(reason === undefined ? {} : { decisionReason: reason }),
        ...(problem ? { problem } : {}),
      };
      await writeMove(deps, over);
      if (state === "done") await send(deps, durableClient(), movedMessage(over));
      return {};
    },

    /** Takes a version out of use: excluded, at its end of life, tagged with the reason; whoever wants to hear of revocations, or was told of that version, hears of it. */
    async revokeVersion({
      versionId,
      reason,
      at,
    }: {
      readonly versionId: string;
      readonly reason: string;
      readonly at: string;
    }) {
      const image = await existingImage(deps, definitionOf(versionId));
      if (!image.versions.some(({ id }) => sameId(id, versionId))) throw new Refused(noVersion(versionId));
      await alone(deps, versionId, `revoke-${versionId.toLowerCase()}`, () =>
        azure.markVersion(versionId, { excluded: true, endOfLife: at, tags: { [revokedTag]: reason } }),
      );
      const { uses } = await readUses(deps, image.id);
      const machines = uses.filter((use) => use.versionId && sameId(use.versionId, versionId)).map(({ id }) => id);
      const channels = Object.entries(channelsOf(image.tags)).filter(([, name]) => name === lastSegment(versionId));
      const about = { versionId, reason, at, machines, channels: channels.map(([name]) => name) };
      const also = await toldOf(deps, versionId, image.id);
      await send(deps, durableClient(), revokedMessage(about), { also });
      return {};
    },

    /** Removes one version, if it would be removed now as well: who came to use it since the plan keeps it. */
    async removeVersion({ reportId, versionId }: { readonly reportId: string; readonly versionId: string }) {
      const report = await readReport(deps, reportId);
      const planned = report?.plans.some(({ remove }) => remove.some((id) => sameId(id, versionId)));
      if (!planned) throw new Refused(notPlanned(versionId));
      return alone(deps, versionId, reportId, async (): Promise<{ readonly outcome: "started" | "gone" | "kept" }> => {
        const image = await azure.readStoredImage(definitionOf(versionId));
        if (!image?.versions.some(({ id }) => sameId(id, versionId))) {
          await noteOutcome(deps, reportId, { versionId, outcome: "removed" });
          return { outcome: "gone" };
        }
        if (
          image.versions.some(({ id, provisioningState }) => sameId(id, versionId) && provisioningState === "Deleting")
        )
          return { outcome: "started" };
        const now = await planRetention(deps, image.id);
        if (!now.remove.some((id) => sameId(id, versionId))) {
          const because = now.keep.find((kept) => sameId(kept.versionId, versionId))?.because ?? [];
          await noteOutcome(deps, reportId, { versionId, outcome: "kept", why: because.join("; ") });
          return { outcome: "kept" };
        }
        return { outcome: await azure.deleteVersion(versionId) };
      });
    },

    /** Notes that a version could not be removed. */
    async noteKept({
      reportId,
      versionId,
      problem,
    }: {
      readonly reportId: string;
      readonly versionId: string;
      readonly problem: Problem;
    }) {
      await noteOutcome(deps, reportId, { versionId, outcome: "failed", why: `${problem.code}: ${problem.title}` });
      return {};
    },
  };
};

const noVersion = (scope: string) => ({
  code: "VersionNotFound",
  title: "There is no such image version",
  status: 404,
  scope,
  fix: ["Name a version: …/images/{image}/versions/{version}"],
});

const notPlanned = (scope: string) => ({
  code: "NotPlanned",
  title: "The plan does not remove this version",
  scope,
  fix: ["Plan again: POST /api/retention"],
});
