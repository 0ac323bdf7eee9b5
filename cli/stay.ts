import { type Exit, exits } from "./exits.ts";
import { askParting, type Interrupts, listenForInterrupts, type Parting } from "./interrupt.ts";
import type { Terms } from "./terms.ts";

/** Something under way that a command stays with. */
export interface UnderWay<T> {
  /** `Build ubuntu-1`: how it is spoken of. */
  readonly name: string;
  /** The command that comes back to it. */
  readonly comeBack: string;
  /** Follows it to its end; rejects when the signal aborts. */
  follow(signal: AbortSignal): Promise<T>;
  exitOf(seen: T): Exit;
  /** Asks for its end; false where it has ended already. */
  cancel(): Promise<boolean>;
  /** Lets go of the terminal's line. */
  pause(): void;
}

/** What Ctrl-C and SIGTERM do where nobody can be asked. */
export type OnInterrupt = "leave" | "cancel";

/** How it ended, as far as the watcher stayed. */
export interface Stayed<T> {
  readonly seen: T | undefined;
  readonly exit: Exit;
}

/** Stays to its end or to the watcher's: Ctrl-C asks what shall become of it. */
export async function stay<T>(
  terms: Terms,
  what: UnderWay<T>,
  onInterrupt: OnInterrupt | undefined,
): Promise<Stayed<T>> {
  const interrupts = listenForInterrupts();
  try {
    return await rounds(terms, what, onInterrupt ?? "leave", interrupts);
  } finally {
    interrupts.end();
    what.pause();
  }
}

async function rounds<T>(
  terms: Terms,
  what: UnderWay<T>,
  otherwise: OnInterrupt,
  interrupts: Interrupts,
): Promise<Stayed<T>> {
  let cancelled = false;
  for (;;) {
    const signal = interrupts.next();
    try {
      const seen = await what.follow(signal);
      return { seen, exit: cancelled ? exits.interrupted : what.exitOf(seen) };
    } catch (error) {
      if (!signal.aborted) throw error;
      what.pause();
      const parting = await partingOf(terms, what.name, otherwise, cancelled);
      if (parting === "leave") return leave(what);
      if (parting === "cancel") cancelled = (await what.cancel()) || cancelled;
    }
  }
}

/** Whoever interrupts a second time wants to go. */
async function partingOf(terms: Terms, name: string, otherwise: OnInterrupt, again: boolean): Promise<Parting> {
  if (again) return "leave";
  return terms.interactive ? askParting(name) : otherwise;
}

function leave<T>({ name, comeBack }: UnderWay<T>): Stayed<T> {
  process.stderr.write(`\n${name} goes on: ${comeBack}\n`);
  return { seen: undefined, exit: exits.interrupted };
}
