import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A terminal as a person has it: what is typed into it, and what stands on its screen. */
export interface Terminal {
  /** Types keys as tmux names them: `y`, `Enter`, `C-c`. */
  type(...keys: readonly string[]): void;
  /** The lines on the screen and those that went over its upper edge; `colours` keeps the escapes. */
  screen(how?: { readonly colours?: boolean }): string;
  /** How the command ended; undefined while it runs. */
  exit(): number | undefined;
  close(): void;
}

/** Whether terminals can be had here; why not, is printed. */
export const tmux = spawnSync("tmux", ["-V"]).status === 0;
if (!tmux) console.warn("skipped: tmux is not installed, so nothing can be looked at in a terminal");

// The shell outlives Ctrl-C, so that it can write down how the command ended; what it runs has its signals as usual.
const kept = `trap : INT; "$@"; echo $? > "$EXIT_FILE"; exec sleep 600`;

/** Runs the bundle in a terminal of its own. */
export function openTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { columns = 80, lines = 30 } = {},
): Terminal {
  const exitFile = join(mkdtempSync(join(tmpdir(), "terminal-")), "exit");
  const socket = `goldsmith-${randomUUID().slice(0, 8)}`;
  const { PATH = "", HOME = "" } = process.env;
  const bare = { PATH, HOME, LANG: "C.UTF-8", TERM: "xterm-256color" };
  const ask = (...words: readonly string[]) =>
    execFileSync("tmux", ["-L", socket, "-f", "/dev/null", ...words], { encoding: "utf8", env: bare });
  const given = Object.entries({ ...env, EXIT_FILE: exitFile }).map(([name, value]) => `${name}=${value}`);
  const command = [process.execPath, "--disable-warning=ExperimentalWarning", "dist/cli/goldsmith.mjs", ...args];
  const size = ["-x", String(columns), "-y", String(lines)];
  ask("new-session", "-d", "-s", "main", ...size, "env", ...given, "sh", "-c", kept, "sh", ...command);
  return {
    type: (...keys) => void ask("send-keys", "-t", "main", ...keys),
    screen: ({ colours = false } = {}) =>
      ask("capture-pane", "-p", "-J", ...(colours ? ["-e"] : []), "-S", "-", "-t", "main").trimEnd(),
    exit() {
      const told = existsSync(exitFile) ? readFileSync(exitFile, "utf8") : "";
      return told === "" ? undefined : Number(told);
    },
    close: () => void ask("kill-server"),
  };
}
