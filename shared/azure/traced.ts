import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestNote } from "../build.ts";

const trace = new AsyncLocalStorage<RequestNote[]>();

/** Runs `work` and hands over the requests it made in the order they ended, also when it throws. An outer trace sees them too. */
export async function traced<T>(work: () => Promise<T>, onNotes: (notes: readonly RequestNote[]) => void): Promise<T> {
  const outer = trace.getStore();
  const notes: RequestNote[] = [];
  try {
    return await trace.run(notes, work);
  } finally {
    outer?.push(...notes);
    onNotes(notes);
  }
}

/** Adds a request to the trace that is under way, if there is one. */
export function noteRequest(note: RequestNote): void {
  trace.getStore()?.push(note);
}
