import colors from "picocolors";
import type { BuildView } from "./api.ts";
import { stepOf, steps, wordsOf } from "./stages.ts";
import { elapsed } from "./text.ts";

/** One line at the foot of the terminal that is drawn anew. */
export interface StageBar {
  draw(build: BuildView): void;
  clear(): void;
  close(): void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 120;
const narrow = 72;

/** Opens the bar: it turns while nothing new comes, so that a person sees that somebody is at work. */
export function openBar(write: (text: string) => void): StageBar {
  let build: BuildView | undefined;
  let frame = 0;
  const clear = () => build && write("\r\u001b[K");
  const paint = () => {
    if (!build) return;
    frame = (frame + 1) % frames.length;
    write(`\r\u001b[K${lineOf(build, frames[frame] ?? "", process.stderr.columns ?? 80, latest(build))}`);
  };
  const turning = setInterval(paint, frameMs);
  turning.unref();
  return {
    clear,
    draw(seen) {
      build = seen;
      paint();
    },
    close() {
      clear();
      build = undefined;
      clearInterval(turning);
    },
  };
}

/** The app's time: it may live in another than this process, but never in an earlier one than it said. */
const latest = ({ updatedAt }: BuildView) => new Date(Math.max(Date.now(), Date.parse(updatedAt))).toISOString();

/** The bar as one line that fits: done, now, to come. */
export function lineOf(
  build: Pick<BuildView, "state" | "stage" | "queue" | "createdAt" | "updatedAt">,
  mark: string,
  width: number,
  now: string = build.updatedAt,
): string {
  const at = steps.indexOf(stepOf(build));
  const clock = elapsed(build.createdAt, now);
  const words = wordsOf(build);
  if (width < narrow)
    return `${colors.cyan(mark)} ${at + 1}/${steps.length} ${words} ${colors.dim(clock)}`.slice(0, width + 20);
  const cells = steps.map((_, i) => (i < at ? colors.green("━━━") : i === at ? colors.cyan("━━╸") : colors.dim("───")));
  return `${colors.cyan(mark)} ${cells.join("")} ${colors.bold(words)} ${colors.dim(`${at + 1}/${steps.length} ${clock}`)}`;
}
