import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Parts } from "./part.ts";

type Figures<K extends keyof Parts> = Awaited<ReturnType<Parts[K]>>;

/** So much memory (MB) is the process of host, app and emulator given: it must do with it. */
const heapMB = 700;

/** Measures one part in a process of its own. A figure that could not be measured is left out (and the reason told), never guessed. */
export async function measure<K extends keyof Parts>(
  name: K,
  ...given: readonly number[]
): Promise<Figures<K> | undefined> {
  const flags = ["--disable-warning=ExperimentalWarning", `--max-old-space-size=${heapMB}`];
  const program = join(import.meta.dirname, "part.ts");
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, name, ...given.map(String)], {
      maxBuffer: 64 * 2 ** 20,
    });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Figures<K>;
  } catch (error) {
    process.stderr.write(
      `not measured: ${name} ${given.join(" ")}: ${error instanceof Error ? error.message : error}\n`,
    );
    return undefined;
  }
}
