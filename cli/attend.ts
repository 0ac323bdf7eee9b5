import type { BuildView } from "./api.ts";
import type { Connection } from "./connect.ts";
import { type Exit, exits, Stopped } from "./exits.ts";
import { exitOf, type Following, followBuild } from "./follow.ts";
import { askParting, type Interrupts, listenForInterrupts, type Parting } from "./interrupt.ts";
import { type Progress, showProgress } from "./progress.ts";
import type { Terms } from "./terms.ts";

/** Flags of every command that waits for a build. */
export interface AttendFlags {
  readonly timeout?: number;
  readonly poll?: number;
  /** What Ctrl-C and SIGTERM do where nobody can be asked. */
  readonly onInterrupt?: "leave" | "cancel";
}

/** How it ended, as far as the watcher stayed. */
export interface Attended {
  readonly build: BuildView | undefined;
  readonly exit: Exit;
}

/** Follows a build to its end or to the watcher's: Ctrl-C asks what shall become of it. */
export async function attend(connection: Connection, terms: Terms, id: string, flags: AttendFlags): Promise<Attended> {
  const progress = showProgress(terms);
  const interrupts = listenForInterrupts();
  try {
    return await rounds(connection, terms, id, flags, progress, interrupts);
  } finally {
    interrupts.end();
    progress.pause();
  }
}

async function rounds(
  { api }: Connection,
  terms: Terms,
  id: string,
  flags: AttendFlags,
  progress: Progress,
  interrupts: Interrupts,
): Promise<Attended> {
  let cancelled = false;
  for (;;) {
    const signal = interrupts.next();
    try {
      const build = await followBuild(api, id, progress, following(flags, signal));
      progress.ended(build);
      return { build, exit: cancelled ? exits.interrupted : exitOf(build) };
    } catch (error) {
      if (!signal.aborted) throw error;
      progress.pause();
      const parting = await partingOf(terms, flags, id, cancelled);
      if (parting === "leave") return leave(id);
      if (parting === "cancel") cancelled = (await requestCancel({ api }, id)) || cancelled;
    }
  }
}

const following = ({ timeout, poll }: AttendFlags, signal: AbortSignal): Following => ({
  signal,
  ...(timeout === undefined ? {} : { timeout }),
  ...(poll === undefined ? {} : { poll }),
});

/** Whoever interrupts a second time wants to go. */
async function partingOf(terms: Terms, flags: AttendFlags, id: string, again: boolean): Promise<Parting> {
  if (again) return "leave";
  return terms.interactive ? askParting(id) : (flags.onInterrupt ?? "leave");
}

/** Asks for the end of a build; false where it has ended already. */
export async function requestCancel({ api }: Pick<Connection, "api">, id: string): Promise<boolean> {
  try {
    await api.json("POST builds/{id}/cancel", { params: { id } });
    process.stderr.write(`Asked build ${id} to end.\n`);
    return true;
  } catch (error) {
    if (error instanceof Stopped && error.problem.code === "BuildEnded") return false;
    throw error;
  }
}

function leave(id: string): Attended {
  process.stderr.write(`\nBuild ${id} goes on: goldsmith watch ${id}\n`);
  return { build: undefined, exit: exits.interrupted };
}
