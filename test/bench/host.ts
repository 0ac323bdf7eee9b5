import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { scaledClock } from "../../local/clock.ts";
import { type Host, startHost } from "../../local/host/index.ts";

/** How many orchestrations of three activities each a measurement of throughput runs, and how many at once are started. */
const orchestrations = 1_500;
const connections = 16;

/** Orchestrations per second at FULL sync divided by those at NORMAL: what group commit leaves of the price of safety. */
export async function measureFullToNormal(): Promise<number> {
  await throughput("FULL", 300); // Warms up code and file system.
  const [full, normal]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round++) {
    full.push(await throughput("FULL", orchestrations));
    normal.push(await throughput("NORMAL", orchestrations));
  }
  return median(full) / median(normal);
}

/** One orchestration of 1,000 activities in a row: the host's time divided by the SDK's own replay and one parse per turn. */
export async function measureSequential1000ToFloor(): Promise<number> {
  await sequential(200);
  const rounds = [await sequential(1_000), await sequential(1_000), await sequential(1_000)];
  return median(rounds.map(({ host, floor }) => host / floor));
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const app = resolve(import.meta.dirname, "apps/counting");

/** Orchestrations per second. */
async function throughput(sync: "FULL" | "NORMAL", count: number): Promise<number> {
  return withHost(sync, async (host) => {
    const began = performance.now();
    let started = 0;
    const startSome = async () => {
      while (started++ < count) await begin(host, 3);
    };
    await Promise.all(Array.from({ length: connections }, startSome));
    await allEnded(host);
    return count / ((performance.now() - began) / 1_000);
  });
}

/** Milliseconds that the host took, and that nobody could have saved. */
async function sequential(steps: number): Promise<{ host: number; floor: number }> {
  return withHost("FULL", async (host, directory) => {
    const began = performance.now();
    await begin(host, steps);
    await allEnded(host);
    const took = performance.now() - began;
    return { host: took, floor: await floorOf(directory, steps) };
  });
}

/** Replays what the hub has recorded, turn by turn, on durable-functions alone. */
async function floorOf(directory: string, input: number): Promise<number> {
  const load = createRequire(join(app, "index.js"));
  const { Orchestrator } = load("durable-functions/lib/src/orchestrations/Orchestrator.js") as OrchestratorModule;
  const { count } = load("./count.js") as { count: unknown };
  let took = 0;
  for (const history of turns(recorded(directory))) {
    const text = `{"history":[${history}],"input":${input},"instanceId":"floor","isReplaying":true,"parentInstanceId":null,"upperSchemaVersion":1,"upperSchemaVersionNew":2,"longRunningTimerIntervalDuration":"3.00:00:00","maximumShortTimerDuration":"6.00:00:00","defaultHttpAsyncRequestSleepTimeMillseconds":30000}`;
    const began = performance.now();
    await new Orchestrator(count).handle(JSON.parse(text), {});
    took += performance.now() - began;
  }
  return took;
}

interface OrchestratorModule {
  readonly Orchestrator: new (code: unknown) => { handle(trigger: unknown, context: object): Promise<unknown> };
}

function recorded(directory: string): string[] {
  const hub = new DatabaseSync(join(directory, "hub.db"), { readOnly: true });
  const rows = hub.prepare("SELECT event FROM history ORDER BY instance, seq").all();
  hub.close();
  return rows.map((row) => row.event as string);
}

/** The text of the history as each turn saw it: without what that turn itself caused. */
function* turns(events: readonly string[]): Generator<string> {
  const caused = [1, 4, 13];
  let past = "";
  let turn: string[] = [];
  for (const event of events) {
    const { EventType } = JSON.parse(event) as { EventType: number };
    if (!caused.includes(EventType)) turn.push(event);
    else if (turn.length > 0) {
      yield past + turn.join();
      past += `${turn.map(played).join()},`;
      turn = [];
    }
    if (caused.includes(EventType)) past += `${played(event)},`;
  }
}

const played = (event: string) => event.replace('"IsPlayed":false', '"IsPlayed":true');

async function withHost<T>(sync: "FULL" | "NORMAL", work: (host: Host, directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "bench-host-"));
  const origin = Date.now();
  const clock = scaledClock(() => ({ real: origin, virtual: origin, speed: 1 }));
  const host = await startHost({ appDirectory: app, dataDirectory: directory, port: 0, clock, sync });
  try {
    return await work(host, directory);
  } finally {
    await host.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const durable = (host: Host, path: string) =>
  `http://127.0.0.1:${host.port}/runtime/webhooks/durabletask/${path}code=${host.keys.systemKeys.durabletask_extension}`;

async function begin(host: Host, steps: number): Promise<void> {
  const response = await fetch(durable(host, "orchestrators/count?"), { method: "POST", body: String(steps) });
  if (response.status !== 202) throw new Error(`start was answered ${response.status}`);
  await response.arrayBuffer();
}

async function allEnded(host: Host): Promise<void> {
  for (;;) {
    const response = await fetch(durable(host, "instances/?runtimeStatus=Pending,Running&top=1&"));
    if (((await response.json()) as unknown[]).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
