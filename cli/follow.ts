import { setTimeout as pause } from "node:timers/promises";
import { isFinal } from "../shared/build.ts";
import type { Api, BuildView } from "./api.ts";
import { type Exit, exits, Stopped } from "./exits.ts";
import type { Progress } from "./progress.ts";

/** How a build is followed. */
export interface Following {
  /** Seconds to wait for its end; without, as long as it takes. */
  readonly timeout?: number;
  /** Seconds between looks; without, the app is asked to answer when something changes. */
  readonly poll?: number;
  readonly signal: AbortSignal;
  /** Commands for whoever does not wait longer. */
  readonly later: readonly string[];
}

const waitSeconds = 25;
/** News may come thick and fast, and an app may not wait: it is not asked more often than this. */
const leastMs = 300;

/** Follows a build to its end. Rejects `Stopped` (3) when that takes longer than `timeout`; the build goes on then. */
export async function followBuild(api: Api, id: string, progress: Progress, how: Following): Promise<BuildView> {
  const end = how.timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + how.timeout * 1000;
  let etag: string | undefined;
  for (;;) {
    const asked = performance.now();
    const response = await api.raw(
      "GET builds/{id}",
      { params: { id } },
      {
        signal: how.signal,
        headers: {
          ...(etag ? { "if-none-match": etag } : {}),
          ...(how.poll === undefined
            ? { prefer: `wait=${Math.max(1, Math.min(waitSeconds, Math.ceil((end - asked) / 1000)))}` }
            : {}),
        },
      },
    );
    if (response.status === 200) {
      etag = response.headers.get("etag") ?? undefined;
      const build = (await response.json()) as BuildView;
      progress.saw(build);
      if (isFinal(build.state)) return build;
    }
    if (performance.now() > end) throw tooLong(id, how);
    const gone = performance.now() - asked;
    const rest = how.poll === undefined ? Math.max(0, leastMs - gone) : how.poll * 1000;
    await pause(rest, undefined, { signal: how.signal });
  }
}

/** What the end of a build makes of the process. */
export const exitOf = ({ state }: Pick<BuildView, "state">): Exit =>
  state === "succeeded" ? exits.done : state === "timedOut" ? exits.timedOut : exits.failed;

const tooLong = (id: string, { timeout, later }: Following) =>
  new Stopped(exits.timedOut, {
    code: "StillRunning",
    title: `Build ${id} has not ended within ${timeout} s; it goes on`,
    fix: later,
  });
