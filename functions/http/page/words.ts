import { type Build, isFinal } from "../../../shared/build.ts";

/** The last part of an ARM id. */
export const nameOf = (id: string): string => id.split("/").at(-1) ?? id;

/** `waitingForRights` → `waiting for rights`. */
export const wordsOf = (state: string): string =>
  state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();

/** What a build does now, in the service's own words where it has some. */
export const doing = ({ state, stage }: Pick<Build, "state" | "stage">): string =>
  state === "running" && stage ? stage.toLowerCase() : wordsOf(state);

/** How a state is to be taken. */
export function toneOf(state: Build["state"]): "good" | "bad" | "quiet" | "busy" | "waits" {
  if (state === "succeeded") return "good";
  if (state === "cancelled") return "quiet";
  if (isFinal(state)) return state === "partiallySucceeded" ? "waits" : "bad";
  return ["queued", "waitingForRights", "awaitingApproval"].includes(state) ? "waits" : "busy";
}

/** Milliseconds as `45 s`, `26 min`, `1 h 05 min`. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60)
    return seconds < 600 && seconds % 60 > 0 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Milliseconds as `mm:ss`, or `h:mm:ss`. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3_600 ? rest : `${Math.floor(seconds / 3_600)}:${rest}`;
}

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** A moment: the time, and the day where it is not today. */
export function moment(iso: string): string {
  const at = new Date(iso);
  const today = new Date().toDateString() === at.toDateString();
  return today ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

/** A moment to the second, with its zone. */
export const exactly = (iso: string): string => exact.format(new Date(iso));

/** Now, where the build lives: its app may be ahead of this clock, but never behind what it said. */
export const nowFor = (build: Pick<Build, "updatedAt">): number => Math.max(Date.now(), Date.parse(build.updatedAt));

/** How long a build took, or has been going on. */
export const lasted = (build: Build): string =>
  lasting((build.endedAt ? Date.parse(build.endedAt) : nowFor(build)) - Date.parse(build.createdAt));

/** `io.goldsmith.build.succeeded.v1` → `build succeeded`. */
export const eventWords = (type: string): string =>
  type
    .replace(/^io\.goldsmith\./, "")
    .replace(/\.v\d+$/, "")
    .replaceAll(".", " ");

/** One of what, or several. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
