import type { DurableClient } from "durable-functions";
import { isFinal } from "../shared/build.ts";
import { type Basis, changesSince, unchanged, unknown } from "../shared/decide/builds/rebuild.ts";
import { afterFailure, settled, takenTurn } from "../shared/decide/builds/turns.ts";
import { pausedMessage } from "../shared/decide/messages/message.ts";
import type { TemplateFacts } from "../shared/decide/planning/facts.ts";
import { contentHash } from "../shared/decide/template/contentHash.ts";
import { remoteFilesOf } from "../shared/decide/template/templateBody.ts";
import { etagOf } from "../shared/remoteFile.ts";
import type { Schedule, Turn } from "../shared/schedule.ts";
import { send } from "./activities/announce.ts";
import type { Deps } from "./activities/deps.ts";
import { templateGone } from "./activities/template.ts";
import { buildIdOf, startBuild } from "./building.ts";

/**
 * Looks at every schedule: at the end of the build it waits for, then at whether it is due. Whoever looks, and however many at
 * once: a turn's build has the id of its schedule and moment, so it is started once; and a fault costs a schedule this look only.
 */
export async function rebuildDue(deps: Deps, client: DurableClient, now = new Date()): Promise<number> {
  let started = 0;
  for (const schedule of await deps.store.schedules.list()) {
    try {
      const standing = await settle(deps, client, schedule, now);
      if (!standing?.nextAt || Date.parse(standing.nextAt) > now.getTime()) continue;
      const turn = await takeTurn(deps, client, standing, standing.nextAt, now);
      if (turn.kind === "started") started += 1;
    } catch (error) {
      console.warn(`schedule ${schedule.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return started;
}

async function settle(deps: Deps, client: DurableClient, schedule: Schedule, now: Date): Promise<Schedule | undefined> {
  const { pending } = schedule;
  const build = pending && (await deps.store.builds.get(pending.buildId));
  if (!pending || !build || !isFinal(build.state)) return schedule;
  const { state, problem } = build;
  const after = await deps.store.schedules.change(schedule.id, (standing) =>
    standing?.pending?.buildId === pending.buildId ? settled(standing, state, problem, now) : standing,
  );
  if (after?.paused && !schedule.paused) await tellPaused(deps, client, after);
  return after;
}

const tellPaused = (deps: Deps, client: DurableClient, schedule: Schedule) =>
  send(deps, client, pausedMessage(schedule));

async function takeTurn(
  deps: Deps,
  client: DurableClient,
  schedule: Schedule,
  dueAt: string,
  now: Date,
): Promise<Turn> {
  const at = now.toISOString();
  const template = await deps.azure.readTemplate(schedule.templateId);
  if (!template) {
    const turn: Turn = { dueAt, at, kind: "failed", reason: "the template is not there any more" };
    const after = await write(deps, schedule, dueAt, (standing) =>
      afterFailure(takenTurn(standing, turn, now), templateGone(schedule.templateId), now),
    );
    if (after?.paused) await tellPaused(deps, client, after);
    return turn;
  }
  const { basis, reason, buildId } = await considered(deps, schedule, template, dueAt);
  if (!buildId) {
    const turn: Turn = { dueAt, at, kind: "skipped", reason };
    await write(deps, schedule, dueAt, (standing) => takenTurn(standing, turn, now));
    return turn;
  }
  const origin = { kind: "timer" as const, who: `schedule ${schedule.id}` };
  const wish = { templateId: template.id, body: template.body, create: false, origin, seed: seedOf(schedule, dueAt) };
  await startBuild(deps, client, wish);
  const turn: Turn = { dueAt, at, kind: "started", reason, buildId };
  await write(deps, schedule, dueAt, (standing) => ({
    ...takenTurn(standing, turn, now),
    pending: { buildId, basis },
  }));
  return turn;
}

/** Writes a turn down unless somebody else took it, or the schedule was changed, meanwhile. */
const write = (deps: Deps, { id }: Schedule, dueAt: string, step: (standing: Schedule) => Schedule) =>
  deps.store.schedules.change(id, (standing) => (standing?.nextAt === dueAt ? step(standing) : standing));

const seedOf = ({ id }: Schedule, dueAt: string) => `schedule ${id} ${dueAt}`;

interface Considered {
  readonly basis: Basis;
  readonly reason: string;
  /** Absent where nothing is to be built. */
  readonly buildId?: string;
}

/** Whether a turn builds, and why. */
async function considered(deps: Deps, schedule: Schedule, template: TemplateFacts, dueAt: string): Promise<Considered> {
  const basis = await basisOf(deps, template);
  const buildId = buildIdOf(template.id, seedOf(schedule, dueAt));
  const others = (await deps.store.builds.active(template.id)).filter(({ id }) => id !== buildId);
  // Ours may have been started by somebody who could not write the turn down any more.
  const mine = await deps.store.builds.get(buildId);
  if (!mine && others[0]) return { basis, reason: `build ${others[0].id} of this template has not ended yet` };
  const held = await heldBuild(deps, schedule);
  const changes = changesSince(held?.basis ?? schedule.basis, basis);
  if (schedule.onlyIfChanged && changes.length === 0 && !mine)
    return {
      basis,
      reason: held ? `nothing changed since build ${held.buildId}, which waits for an approver` : unchanged(basis),
    };
  const reason = schedule.onlyIfChanged ? changes.join("; ") : "it was due, changed or not";
  return { basis, reason: reason || "it was started already", buildId };
}

/** The schedule's last build where it was made and only waits for an approver: it need not be made again. */
async function heldBuild({ store }: Deps, { pending }: Schedule): Promise<Schedule["pending"]> {
  const build = pending && (await store.builds.get(pending.buildId));
  return build?.state === "awaitingApproval" ? pending : undefined;
}

/** What an image of the template would be made from now. A file whose checksum the template names is that file or none. */
async function basisOf({ azure, settings }: Deps, template: TemplateFacts): Promise<Basis> {
  const { credential, allowLoopbackTargets } = settings.notify;
  const source = await azure.exactSource(template);
  const marks = remoteFilesOf(template.body).map(async ({ uri, checksum }): Promise<[string, string]> => {
    const mark = checksum ?? (await etagOf(uri, { credential, allowLoopback: allowLoopbackTargets })) ?? unknown;
    return [uri.split("?")[0] ?? uri, mark];
  });
  const files = Object.fromEntries(await Promise.all(marks));
  return { content: contentHash(template.body), ...(source ? { source } : {}), files };
}
