import { createInterface } from "node:readline";

/** What shall become of a build whose watcher is leaving. */
export type Parting = "leave" | "cancel" | "wait";

/** Turns Ctrl-C and SIGTERM into an abort that `next()` gives anew for every round. */
export interface Interrupts {
  next(): AbortSignal;
  end(): void;
}

export function listenForInterrupts(): Interrupts {
  let controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, abort);
  return {
    next() {
      if (controller.signal.aborted) controller = new AbortController();
      return controller.signal;
    },
    end() {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, abort);
    },
  };
}

/** Asks the person at the terminal; another Ctrl-C, or the end of input, leaves the build running. */
export function askParting(name: string): Promise<Parting> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const answer = (parting: Parting) => {
      lines.removeAllListeners();
      lines.close();
      resolve(parting);
    };
    const ask = () =>
      lines.question(`\n${name} goes on. [l]eave it running, [c]ancel it, [w]ait on? `, (text) => {
        const known = ({ l: "leave", c: "cancel", w: "wait" } as const)[text.trim().toLowerCase().charAt(0)];
        if (known) answer(known);
        else ask();
      });
    lines.on("SIGINT", () => answer("leave"));
    lines.on("close", () => answer("leave"));
    ask();
  });
}
