import { type ChildProcess, spawn } from "node:child_process";
import type { TestWorld } from "../journeys/world.ts";

/** How a command ended. */
export interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** What it wrote to stderr so far. */
  err(): string;
  readonly ended: Promise<Ran>;
  isOver(): boolean;
}

const longestMs = 40_000;
const bare = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1" };

/** Starts the bundle that `npm run build` made, with nothing of the caller's environment. */
export function startGoldsmith(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Running {
  const bundle = `${process.cwd()}/dist/cli/goldsmith.mjs`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", bundle, ...args], {
    env: { ...bare, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd ? { cwd } : {}),
  });
  let [out, err, over] = ["", "", false];
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  const ended = new Promise<Ran>((resolve) =>
    child.on("close", (exit) => {
      over = true;
      resolve({ exit, out, err });
    }),
  );
  return { child, ended, err: () => err, isOver: () => over };
}

/** Runs a command to its end in real time. */
export const goldsmith = (args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string) =>
  startGoldsmith(args, env, cwd).ended;

/** How a world is reached. */
export const reach = (world: TestWorld) => ({ GOLDSMITH_URL: world.host.url, GOLDSMITH_KEY: "f".repeat(40) });

/** Runs a command against a world whose time passes meanwhile. */
export async function against(
  world: TestWorld,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const running = startGoldsmith(args, { ...reach(world), ...env });
  await letPass(world, running.isOver).finally(() => running.child.kill("SIGKILL"));
  return running.ended;
}

/** Emulated minutes pass in small steps of real time, so that a command outside sees what happens. */
export async function letPass(world: TestWorld, until: () => boolean, longest = longestMs): Promise<void> {
  const end = performance.now() + longest;
  while (!until()) {
    if (performance.now() > end) throw new Error(`waited for ${longest} ms in vain`);
    await world.clock.advance(5_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
