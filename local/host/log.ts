/** Levels of the Functions host, from chatty to grave. */
export type LogLevel = "trace" | "debug" | "information" | "warning" | "error" | "critical";

/** One line of the host's log. `category` is `user` for the app's own lines, else `host.*`; `at` is the clock's time in ms. */
export interface HostLogLine {
  readonly at: number;
  readonly level: LogLevel;
  readonly category: string;
  readonly message: string;
  readonly function?: string;
  readonly invocation?: string;
  /** Orchestration instance the line is about. */
  readonly instance?: string;
  /** For warnings of `host.durable`: which trap (see `shim/warnings.ts`). */
  readonly code?: string;
}

/** Writes a line; the host adds the time. */
export type Log = (line: Omit<HostLogLine, "at">) => void;

/** The message of anything thrown, from whichever realm it comes (`instanceof Error` fails across realms). */
export function messageOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : String(thrown);
}

/** The stack of anything thrown, or an empty text. */
export function stackOf(thrown: unknown): string {
  const stack = (thrown as { stack?: unknown } | null | undefined)?.stack;
  return typeof stack === "string" ? stack : "";
}
