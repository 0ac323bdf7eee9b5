import { execFileSync } from "node:child_process";

const runs = 15;

/** Milliseconds of `goldsmith --help` as a process of its own, from the bundle that was built: the quickest of some. */
export async function measureHelp(): Promise<number> {
  execFileSync(process.execPath, ["local/build.ts"], { stdio: "ignore" });
  const taken = Array.from({ length: runs }, () => {
    const began = performance.now();
    execFileSync(process.execPath, ["dist/cli/goldsmith.mjs", "--help"], { stdio: "ignore" });
    return performance.now() - began;
  });
  return Math.min(...taken);
}
