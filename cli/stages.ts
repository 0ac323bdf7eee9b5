import type { Build, QueuePlace } from "../shared/build.ts";

/** The steps of a build as the bar shows them, in their order. */
export const steps = [
  "plan",
  "grant",
  "prepare",
  "create",
  "build",
  "customize",
  "validate",
  "distribute",
  "done",
] as const;
export type Step = (typeof steps)[number];

const byState: Readonly<Record<Build["state"], Step>> = {
  queued: "plan",
  planning: "plan",
  waitingForRights: "grant",
  granting: "grant",
  preparing: "prepare",
  creating: "create",
  running: "build",
  verifying: "distribute",
  sharing: "distribute",
  awaitingApproval: "distribute",
  cancelling: "build",
  succeeded: "done",
  partiallySucceeded: "done",
  failed: "done",
  refused: "done",
  cancelled: "done",
  timedOut: "done",
};

/** Sub-states of a run, as the service names them. */
const byStage: Readonly<Record<string, Step>> = {
  queued: "build",
  building: "build",
  customizing: "customize",
  optimizing: "validate",
  validating: "validate",
  distributing: "distribute",
};

/** Where a build stands. */
export function stepOf({ state, stage }: Pick<Build, "state" | "stage">): Step {
  const running = state === "running" || state === "cancelling";
  return (running ? byStage[(stage ?? "").toLowerCase()] : undefined) ?? byState[state];
}

/** In words: the service's own where there are some, and a place in a queue. */
export function wordsOf({ state, stage, queue }: Pick<Build, "state" | "stage" | "queue">): string {
  if (state === "queued" && queue) return placeOf(queue);
  return state === "running" && stage ? stage.toLowerCase() : wordsIn(state);
}

/** `waitingForRights`: waiting for rights. */
export const wordsIn = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** `place 3 for the region's containers, from about 14:05`. */
function placeOf({ for: what, position, expectedStart }: QueuePlace): string {
  const start = expectedStart ? `, from about ${new Date(expectedStart).toTimeString().slice(0, 5)}` : "";
  return `place ${position} for ${what === "template" ? "its template" : "the region's containers"}${start}`;
}
