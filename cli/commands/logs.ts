import { setTimeout as pause } from "node:timers/promises";
import { isFinal } from "../../shared/build.ts";
import type { Api } from "../api.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import type { Terms } from "../terms.ts";
import { harmless } from "../text.ts";

/** Flags of `goldsmith logs`. */
export interface LogFlags {
  readonly follow?: boolean;
  /** Seconds between looks while following. */
  readonly poll?: number;
}

/** The app reads a running build's log anew about as often. */
const usualPoll = 15;

/** Prints the customization log of a build; with `follow`, what is added until the build ends. */
export const logs = (terms: Terms, id: string, { follow = false, poll = usualPoll }: LogFlags): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    let printed = 0;
    for (;;) {
      // The state first: a log read after the end is the whole log.
      const over = !follow || isFinal((await api.json("GET builds/{id}", { params: { id } })).state);
      const text = await logText(api, id, over);
      process.stdout.write(harmless(text.slice(printed)));
      printed = Math.max(printed, text.length);
      if (over) return exits.done;
      await pause(poll * 1000);
    }
  });

/** A build that has no log yet may get one. */
async function logText(api: Api, id: string, last: boolean): Promise<string> {
  try {
    return await (
      await api.raw("GET builds/{id}/log", { params: { id } }, { headers: { accept: "text/plain" } })
    ).text();
  } catch (error) {
    if (!last && error instanceof Stopped && error.problem.code === "LogNotFound") return "";
    throw error;
  }
}
