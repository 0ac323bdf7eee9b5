import type { BuildView } from "./api.ts";
import type { Connection } from "./connect.ts";
import { type Exit, exits, Stopped } from "./exits.ts";
import { exitOf, type Following, followBuild } from "./follow.ts";
import { buildText, print } from "./print.ts";
import { showProgress } from "./progress.ts";
import { type OnInterrupt, type Stayed, stay } from "./stay.ts";
import { commandOf, type Terms } from "./terms.ts";

/** Flags of every command that waits for a build. */
export interface AttendFlags {
  readonly timeout?: number;
  readonly poll?: number;
  readonly onInterrupt?: OnInterrupt;
}

/** Follows a build to its end or to the watcher's. */
export function attend({ api }: Connection, terms: Terms, id: string, flags: AttendFlags): Promise<Stayed<BuildView>> {
  const progress = showProgress(terms);
  return stay<BuildView>(
    terms,
    {
      name: `Build ${id}`,
      comeBack: commandOf(terms, `watch ${id}`),
      async follow(signal) {
        const build = await followBuild(api, id, progress, following(terms, id, flags, signal));
        progress.ended(build);
        return build;
      },
      exitOf,
      cancel: () => requestCancel({ api }, id),
      pause: progress.pause,
    },
    flags.onInterrupt,
  );
}

const following = (terms: Terms, id: string, { timeout, poll }: AttendFlags, signal: AbortSignal): Following => ({
  signal,
  later: [commandOf(terms, `watch ${id}`), commandOf(terms, `cancel ${id}`)],
  ...(timeout === undefined ? {} : { timeout }),
  ...(poll === undefined ? {} : { poll }),
});

/** Stays with a build that was started, or joined, and prints its end; without `wait` its id. */
export async function attendStarted(
  connection: Connection,
  terms: Terms,
  started: { readonly id: string; readonly state: string },
  flags: AttendFlags & { readonly wait: boolean },
): Promise<Exit> {
  if (!flags.wait) {
    print(terms, started, ({ id, state }) => `${id}  ${state}`);
    return exits.done;
  }
  if (terms.progress !== "none") process.stderr.write(`Build ${started.id}\n`);
  const { seen, exit } = await attend(connection, terms, started.id, flags);
  if (seen) print(terms, seen, buildText);
  return exit;
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
