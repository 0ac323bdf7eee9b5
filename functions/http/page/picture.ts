import { activeStates, type Build, isFinal, type TimelineEntry } from "../../../shared/build.ts";
import { wordsOf } from "./words.ts";

/** A stretch of a build: this app at work, somebody waited for, or the service's own run. Times in ms. */
export interface Span {
  readonly name: string;
  readonly kind: "work" | "wait" | "run";
  readonly from: number;
  readonly to: number;
}

/** Something at one moment. */
export interface Mark {
  readonly at: number;
  readonly words: string;
  /** Requests to Azure it stands for; for a change 1. */
  readonly count: number;
  readonly bad: boolean;
}

/** A build as a picture: what happened when. */
export interface Picture {
  readonly from: number;
  readonly to: number;
  readonly spans: readonly Span[];
  readonly changes: readonly Mark[];
  readonly requests: readonly Mark[];
}

/** Sub-states of a run that a look at it reports (image-builder.md §2.7). */
const stages = ["Queued", "Building", "Customizing", "Optimizing", "Validating", "Distributing"];
const waits = ["queued", "waitingForRights", "awaitingApproval", "Queued"];
const runs = ["running", ...stages.slice(1)];

/** Draws up a build's story; `now` is where one that goes on has got to. */
export function pictureOf(build: Build & { readonly timeline: readonly TimelineEntry[] }, now: number): Picture {
  const from = Date.parse(build.createdAt);
  const { timeline } = build;
  const latest = timeline.reduce((at, entry) => Math.max(at, Date.parse(entry.at)), from);
  const to = isFinal(build.state) && build.endedAt ? Date.parse(build.endedAt) : Math.max(now, latest);
  const turns = [{ at: from, name: "queued" }, ...timeline.flatMap(turnOf)].filter(({ at }) => at <= to);
  const spans = turns.map(({ at, name }, i) => ({ name, kind: kindOf(name), from: at, to: turns[i + 1]?.at ?? to }));
  return {
    from,
    to: Math.max(to, from + 1_000),
    spans: joined(spans.filter((span) => span.to > span.from)),
    changes: timeline.filter(({ what, detail }) => what === "applyChange" && detail).map(changeMark),
    requests: timeline.filter(({ requests }) => requests && requests.length > 0).map(requestMark),
  };
}

function turnOf({ at, what, detail = "" }: TimelineEntry): { readonly at: number; readonly name: string }[] {
  const said = detail.split("; ");
  const names: readonly string[] = ["enterState", "askApproval"].includes(what)
    ? activeStates
    : what === "watch"
      ? stages
      : [];
  const name = said.find((one) => names.includes(one));
  return name ? [{ at: Date.parse(at), name }] : [];
}

const kindOf = (name: string): Span["kind"] => (waits.includes(name) ? "wait" : runs.includes(name) ? "run" : "work");

/** One after the other of the same name are one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last?.name === span.name) all[all.length - 1] = { ...last, to: span.to };
    else all.push(span);
  }
  return all;
}

const changeMark = ({ at, detail = "", problem }: TimelineEntry): Mark => ({
  at: Date.parse(at),
  words: detail,
  count: 1,
  bad: problem !== undefined,
});

function requestMark({ at, requests = [] }: TimelineEntry): Mark {
  const refused = requests.filter(({ status }) => status >= 500 || status === 403 || status === 429);
  const odd = refused.length > 0 ? `, answered ${[...new Set(refused.map(({ status }) => status))].join(", ")}` : "";
  const count = requests.length;
  const words = `${count} ${count === 1 ? "request" : "requests"} to Azure${odd}`;
  return { at: Date.parse(at), words, count, bad: refused.length > 0 };
}

/** What a stretch is called. */
export const spanWords = ({ name, kind }: Span): string =>
  named[name] ?? (kind === "run" ? name.toLowerCase() : wordsOf(name));

/** Where the bare name would say too little. */
const named: Readonly<Record<string, string>> = { Queued: "queued at the service", running: "run asked for" };

const steps = [5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400].map((s) => s * 1000);

/** Moments to mark on the axis, in ms since the beginning: round ones, at most `most`. */
export function ticksOf(length: number, most: number): readonly number[] {
  const step = steps.find((one) => length / one + 1 <= most) ?? length;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
}
