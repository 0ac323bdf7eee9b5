import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";

/** A child that is kept running until it is stopped. */
export interface Kept {
  /** Of the child that runs now. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

const restartMs = 500;
const stopMs = 5_000;

/**
 * Runs a script of ours with its output in `DIR/logs/<name>.log`, and starts it again when it dies: the app can bring its
 * host down, and the host loses nothing by it.
 */
export function keepRunning(
  name: string,
  args: readonly string[],
  { data, env }: { readonly data: string; readonly env: NodeJS.ProcessEnv },
): Kept {
  mkdirSync(join(data, "logs"), { recursive: true });
  const log = createWriteStream(join(data, "logs", `${name}.log`), { flags: "a" });
  let child: ChildProcess;
  let stopping = false;
  start();
  return { stop, pid: () => child.pid };

  function start(): void {
    child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.on("exit", (code, signal) => {
      if (stopping) return;
      log.write(`${name} ended (${signal ?? code}); it is started again\n`);
      setTimeout(() => !stopping && start(), restartMs);
    });
  }

  async function stop(): Promise<void> {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await ended;
    clearTimeout(timer);
  }
}

/** Asks again and again until `look` answers something; rejects with `what` when it takes too long. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, limitMs = 60_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not come up within ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
