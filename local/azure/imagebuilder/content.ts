import { array, at, text } from "../compute/paths.ts";
import type { Json } from "../world.ts";

/** A script of a template that is going to fail: which one, how, and after how many lines. */
export interface FailingScript {
  readonly index: number;
  readonly exitCode: number;
  readonly line: number;
  readonly output: string;
}

/**
 * The first customizer or validator whose inline commands fail for all to see: nothing is executed here, but `exit 1`, `false`,
 * `throw` and the like mean what they say. Packer runs Shell lines with `sh -e`, so the first failing line ends the script.
 */
export function failingScript(steps: readonly Json[]): FailingScript | undefined {
  for (const [index, step] of steps.entries()) {
    const outcome = text(step, "type") === "PowerShell" ? powerShellOutcome(step) : shellOutcome(step);
    if (outcome) return { index, ...outcome };
  }
  return undefined;
}

type Outcome = Omit<FailingScript, "index"> | undefined;

function shellOutcome(step: Json): Outcome {
  for (const [line, command] of lines(step)) {
    const exit = /^(?:sudo\s+)?exit\s+(\d+)$/.exec(command);
    if (exit && Number(exit[1]) === 0) return undefined;
    if (exit) return { line, exitCode: Number(exit[1]) % 256, output: "" };
    if (/^(?:sudo\s+)?(?:\/bin\/)?false$/.test(command)) return { line, exitCode: 1, output: "" };
  }
  return undefined;
}

function powerShellOutcome(step: Json): Outcome {
  const valid = array(step, "validExitCodes").map(Number);
  const good = valid.length > 0 ? valid : [0];
  for (const [line, command] of lines(step)) {
    const exit = /^exit\s+(-?\d+);?$/i.exec(command);
    if (exit) return good.includes(Number(exit[1])) ? undefined : { line, exitCode: Number(exit[1]), output: "" };
    const thrown = /^throw\s*(.*?);?$/i.exec(command);
    if (thrown)
      return good.includes(1)
        ? undefined
        : { line, exitCode: 1, output: (thrown[1] ?? "").replaceAll(/^["']|["']$/g, "") };
  }
  return undefined;
}

function lines(step: Json): readonly (readonly [number, string])[] {
  return array(step, "inline").map((command, line) => [line, String(command).trim()] as const);
}

/** What a step is called in the log. */
export function nameOfStep(step: Json, index: number): string {
  return text(step, "name") || String(at(step, "type") ?? `customizer${index}`);
}
