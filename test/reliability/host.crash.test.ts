import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Unkindness } from "../../local/host/unkind.ts";

/** A shape of orchestration: what it must return, and the effects it must have had at least once. */
interface Shape {
  readonly output: unknown;
  readonly effects: (id: string) => string[];
}

const steps = (id: string, names: readonly (string | number)[]) => names.map((name) => `${id}/${name}`);
const shapes: Readonly<Record<string, Shape>> = {
  sequence: { output: 10, effects: (id) => steps(id, [1, 2, 3, 4]) },
  fanOut: { output: 21, effects: (id) => steps(id, [1, 2, 3, 4, 5, 6]) },
  retry: { output: "in the end", effects: (id) => steps(id, ["try"]) },
  timer: { output: "slept", effects: (id) => steps(id, ["before", "after"]) },
  parent: { output: [10, 10], effects: (id) => [1, 2].flatMap((child) => steps(`${id}-child${child}`, [1, 2, 3, 4])) },
  again: { output: "4 rounds", effects: (id) => steps(id, ["round1", "round2", "round3", "round4"]) },
  approval: { output: "yes", effects: (id) => steps(id, ["approved"]) },
};
const instances = 504;
const kills = 52;
const crashPoints = ["orchestratorRan", "activityRan", "beforeCommit", "afterCommit"];
const unkind: Unkindness = {
  seed: 7,
  duplicateActivities: 0.1,
  duplicateResults: { chance: 0.1, milliseconds: 400 },
  delayedMessages: { chance: 0.1, milliseconds: 300 },
  stalledWorker: { chance: 0.05, milliseconds: 300 },
};

describe("a host that is killed again and again", () => {
  test("loses no orchestration", async () => {
    const found = await ordeal({});
    expect(found).toMatchObject({ lost: [], wrong: [], missing: [], strange: [] });
    expect(found.kills).toBeGreaterThanOrEqual(kills);
  }, 170_000);

  test("loses none on a hub as unkind as Azure Storage either", async () => {
    const found = await ordeal({ HOST_UNKIND: JSON.stringify(unkind) });
    expect(found).toMatchObject({ lost: [], wrong: [], missing: [], strange: [] });
    expect(found.kills).toBeGreaterThanOrEqual(kills);
    // The switches were really on: some effects came more often than the shape asks for.
    expect(found.repeated).toBeGreaterThan(0);
  }, 170_000);
});

interface Findings {
  readonly kills: number;
  /** Instances that have not completed. */
  readonly lost: string[];
  /** Instances with an output that is not the shape's. */
  readonly wrong: string[];
  /** Effects that never happened, and effects that nobody asked for. */
  readonly missing: string[];
  readonly strange: string[];
  readonly repeated: number;
}

/** Starts orchestrations on hosts that are killed under way, then lets the last one finish. */
async function ordeal(environment: Record<string, string>): Promise<Findings> {
  const directory = mkdtempSync(join(tmpdir(), "crash-"));
  const effects = join(directory, "effects.txt");
  const env = { ...environment, EFFECTS_FILE: effects };
  const wanted = Array.from({ length: instances }, (_unused, at) => `${Object.keys(shapes)[at % 7]}-${at}`);
  const waiting = [...wanted];
  let killed = 0;
  try {
    while (killed < kills || waiting.length > 0) {
      const point = killed % 2 === 0 ? undefined : crashPoints[(killed >> 1) % crashPoints.length];
      const life = await bear(directory, point ? { ...env, HOST_CRASH: `${point}:0.02` } : env);
      const fed = feed(life, waiting, Math.ceil(instances / (kills - 2)));
      await Promise.race([life.dead, pause(150 + Math.random() * 500)]);
      life.kill();
      await life.dead;
      await fed;
      killed += 1;
    }
    const last = await bear(directory, env);
    const states = await finish(last, wanted);
    last.kill();
    await last.dead;
    return judge(wanted, states, readFileSync(effects, "utf8").trim().split("\n"), killed);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Life {
  readonly durable: (path: string, init?: RequestInit) => Promise<Response>;
  readonly dead: Promise<void>;
  kill(): void;
}

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Starts a host in a process of its own; resolves when it says that it is ready, or has died before. */
async function bear(directory: string, environment: Record<string, string>): Promise<Life> {
  const root = process.cwd();
  const node = resolve(root, "node_modules/.bin/node");
  const main = resolve(root, "local/host/main.ts");
  const app = resolve(root, "test/local/host/apps/shapes");
  const flags = [
    "--disable-warning=ExperimentalWarning",
    main,
    "--port",
    "0",
    "--data",
    directory,
    "--app",
    app,
    "--quiet",
  ];
  const child: ChildProcess = spawn(node, flags, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const dead = new Promise<void>((done) => child.once("exit", () => done()));
  const url = await Promise.race([readyUrl(child), dead]);
  const keys = join(directory, "keys.json");
  const code = existsSync(keys) ? JSON.parse(readFileSync(keys, "utf8")).systemKeys.durabletask_extension : "";
  return {
    dead,
    kill: () => void child.kill("SIGKILL"),
    durable: (path, init) => fetch(`${url}/runtime/webhooks/durabletask/${path}code=${code}`, init),
  };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    let text = "";
    child.stdout!.on("data", (part) => {
      text += part;
      const found = /host ready on (\S+)/.exec(text);
      if (found) done(found[1]!);
    });
  });
}

/** Starts some of the waiting instances. One whose answer was lost is asked for again in the next life. */
async function feed(life: Life, waiting: string[], count: number): Promise<void> {
  for (const id of waiting.splice(0, count)) if (!(await start(life, id).catch(() => false))) waiting.push(id);
}

async function start(life: Life, id: string): Promise<boolean> {
  const shape = id.split("-")[0]!;
  const there = await life.durable(`instances/${id}?`);
  await there.arrayBuffer();
  if (there.status === 404) {
    const response = await life.durable(`orchestrators/${shape}/${id}?`, { method: "POST", body: "null" });
    await response.arrayBuffer();
    if (response.status !== 202) return false;
  }
  return shape === "approval" ? approve(life, id) : true;
}

/** 202 means that the event is kept; 410 that an earlier one, whose answer was lost, has done its work. */
async function approve(life: Life, id: string): Promise<boolean> {
  const headers = { "content-type": "application/json" };
  const response = await life.durable(`instances/${id}/raiseEvent/approved?`, {
    method: "POST",
    headers,
    body: '"yes"',
  });
  await response.arrayBuffer();
  return response.status === 202 || response.status === 410;
}

interface State {
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly output: unknown;
}

async function finish(life: Life, wanted: readonly string[]): Promise<Map<string, State>> {
  for (let look = 0; ; look++) {
    const response = await life.durable("instances/?top=2000&");
    const states = new Map(((await response.json()) as State[]).map((state) => [state.instanceId, state]));
    const open = wanted.filter(
      (id) => !["Completed", "Failed", "Terminated"].includes(states.get(id)?.runtimeStatus ?? ""),
    );
    if (open.length === 0 || look > 300) return states;
    await pause(100);
  }
}

function judge(wanted: string[], states: Map<string, State>, done: string[], killed: number): Findings {
  const shapeOf = (id: string) => shapes[id.split("-")[0]!]!;
  const asked = new Set(wanted.flatMap((id) => shapeOf(id).effects(id)));
  const happened = new Set(done);
  return {
    kills: killed,
    lost: wanted.filter((id) => states.get(id)?.runtimeStatus !== "Completed"),
    wrong: wanted.filter((id) => JSON.stringify(states.get(id)?.output) !== JSON.stringify(shapeOf(id).output)),
    missing: [...asked].filter((effect) => !happened.has(effect)),
    strange: [...happened].filter((effect) => !asked.has(effect)),
    repeated: done.length - happened.size,
  };
}
