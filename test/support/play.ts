import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OrchestrationContext } from "durable-functions";
import type { Activities } from "../../functions/activities/index.ts";
import { reply } from "../../functions/activities/reply.ts";
import { steppedClock } from "../../local/clock.ts";
import type { Adapter } from "../../local/host/engine/contract.ts";
import { openEngine } from "../../local/host/engine/index.ts";
import type { HostLogLine } from "../../local/host/log.ts";
import { outOfProcessAdapter } from "../../local/host/shim/index.ts";
import { InvocationFailure, type Invoke } from "../../local/host/worker/invoke.ts";
import { type RegisteredFunction, registeredFunction, registryOf } from "../../local/host/worker/registry.ts";
import { play as bind, type Play, type Steps } from "../../orchestrations/durable.ts";
import { orchestrations } from "../../orchestrations/index.ts";
import { patiences } from "../../orchestrations/patiences.ts";

type Parts = {
  readonly [K in keyof Activities]?: (
    input: Parameters<Activities[K]>[0],
  ) => Promise<Awaited<ReturnType<Activities[K]>>>;
};

/** What is played: stand-ins for activities (typed as the real ones), and what happens at which emulated minute. */
export interface Scene {
  readonly activities: Parts;
  /** Events that somebody raises, at emulated minutes after the start. */
  readonly events?: readonly { readonly minute: number; readonly instance: string; readonly name: string }[];
  /** Longest emulated time, in hours. */
  readonly hours?: number;
}

export interface Played {
  readonly status: string;
  readonly output: unknown;
  /** Activities in the order of their calls, every attempt. */
  readonly calls: readonly string[];
  readonly inputs: readonly { readonly name: string; readonly input: unknown }[];
  /** Emulated minutes from start to end. */
  readonly minutes: number;
  /** Longest history of any instance, in events. */
  readonly longestHistory: number;
  /** What the host warned of: traps that would hurt in Azure. */
  readonly warnings: readonly string[];
}

type Run = (context: OrchestrationContext) => Steps<unknown>;
interface Replayer {
  handle(trigger: unknown, context: unknown): Promise<unknown>;
}

const fromRoot = createRequire(join(process.cwd(), "package.json"));
/** The SDK's own replay: the class that orchestrators run on in Azure, reached by its file as nothing exports it. */
const { Orchestrator } = fromRoot("durable-functions/lib/src/orchestrations/Orchestrator.js") as {
  Orchestrator: new (run: Run) => Replayer;
};
const { DummyOrchestrationContext } = fromRoot("durable-functions") as { DummyOrchestrationContext: new () => object };

const origin = Date.UTC(2026, 0, 1);
const instance = "b1";

/** Plays an orchestration with all its parts, on the SDK's own replay and the local host's engine, on a clock that jumps. */
export async function play(name: keyof typeof orchestrations, input: unknown, scene: Scene): Promise<Played> {
  const clock = steppedClock(origin);
  const directory = mkdtempSync(join(tmpdir(), "play-"));
  const calls: Call[] = [];
  const warnings: string[] = [];
  let longestHistory = 0;
  const log = (line: Omit<HostLogLine, "at">) => void (line.level === "warning" && warnings.push(line.message));
  const concurrency = { orchestrators: 5, activities: 5 };
  const engine = openEngine({ directory, clock, log, concurrency, sync: "NORMAL", dethroned: fail });
  try {
    const adapter = sdkAdapter(functions(orchestrations, scene), calls, log);
    engine.start({
      ...adapter,
      decide(episode) {
        longestHistory = Math.max(longestHistory, episode.journal.events.length + episode.fresh.length);
        return adapter.decide(episode);
      },
    });
    await engine.client.start(name, instance, JSON.stringify(input), null);
    for (const { minute, instance: woken, name: event } of scene.events ?? [])
      clock.schedule(origin + minute * 60_000, () => void engine.client.raise(woken, event, "{}"));
    const over = () => /Completed|Failed|Terminated/.test(engine.client.get(instance)?.status ?? "");
    await clock.until(over, (scene.hours ?? 48) * 3_600_000);
    const { status, output } = engine.client.get(instance) ?? { status: "gone", output: null };
    const minutes = (clock.now() - origin) / 60_000;
    return {
      status,
      output: value(output),
      calls: calls.map((call) => call.name),
      inputs: calls,
      minutes,
      longestHistory,
      warnings,
    };
  } finally {
    await engine.stop(0);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The SDK's own replay behind the extension's protocol, for functions that stand in for the app's. */
export function sdkAdapter(
  parts: readonly RegisteredFunction[],
  calls: Call[],
  log: (line: Omit<HostLogLine, "at">) => void,
): Adapter {
  return outOfProcessAdapter({
    registry: registryOf(parts),
    invoke: invokeWith(calls),
    log,
    isDisabled: () => false,
    version: { own: null, match: "None", otherwise: "Reject" },
  });
}

/** An activity that was called. */
export interface Call {
  readonly name: string;
  readonly input: unknown;
}

function fail(error: unknown): never {
  throw error;
}

function value(text: string | null | undefined): unknown {
  try {
    return text ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

/** Orchestrations by name, as the app registers them. */
export type Runs = Readonly<Record<string, (play: Play<Activities>, input: never) => Steps<unknown>>>;

/** The app's orchestrations, and the scene's activities behind the same `reply` as in the app. */
export function functions(runs: Runs, scene: Scene): RegisteredFunction[] {
  const orchestrators = Object.entries(runs).map(([name, run]) =>
    registeredFunction(binding(name, "orchestrationTrigger"), (context) => {
      const { df } = context as OrchestrationContext;
      return run(bind<Activities>(context as OrchestrationContext, patiences), df.getInput() as never);
    }),
  );
  const acts = Object.keys(patiences).map((name) =>
    registeredFunction(binding(name, "activityTrigger"), (input) => {
      const act = scene.activities[name as keyof Activities] as ((input: unknown) => Promise<unknown>) | undefined;
      if (!act) throw new Error(`the scene has no activity ${name}`);
      return reply(() => act(input));
    }),
  );
  return [...orchestrators, ...acts];
}

const binding = (name: string, type: string) => ({ name, bindings: { trigger: { type, direction: "in" } } });

/** The worker's part: replays an orchestrator with the SDK's class, calls an activity with its parsed input. */
function invokeWith(calls: Call[]): Invoke {
  return async ({ function: called, trigger }) => {
    const given = value((trigger as { string?: string } | null)?.string ?? null);
    try {
      if (called.trigger.type === "orchestrationTrigger") {
        const state = await new Orchestrator(called.callback as Run).handle(given, new DummyOrchestrationContext());
        return { value: state, returned: { json: JSON.stringify(state) } };
      }
      calls.push({ name: called.name, input: given });
      return { value: null, returned: { json: JSON.stringify(await called.callback(given)) } };
    } catch (error) {
      throw new InvocationFailure(error);
    }
  };
}
