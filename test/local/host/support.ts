import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type SteppedClock, steppedClock } from "../../../local/clock.ts";
import { type Host, type HostLogLine, type HostOptions, startHost } from "../../../local/host/index.ts";

/** A host over one of the fixture apps, with a stepped clock, and what a test wants to ask it. */
export interface TestHost {
  readonly host: Host;
  readonly clock: SteppedClock;
  readonly log: HostLogLine[];
  readonly directory: string;
  /** Codes of the `host.durable` warnings about an instance. */
  traps(instance?: string): string[];
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Starts an orchestration through the Durable API. */
  begin(orchestrator: string, input?: unknown, id?: string): Promise<string>;
  status(id: string, query?: string): Promise<Status>;
  /** Lets time pass until the instance has ended. */
  ended(id: string, limit?: number): Promise<Status>;
  raise(id: string, name: string, data: unknown): Promise<Response>;
  manage(id: string, operation: string, method?: string): Promise<Response>;
  stop(): Promise<void>;
}

export interface Status {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly historyEvents?: readonly Readonly<Record<string, unknown>>[];
}

export const origin = Date.UTC(2026, 0, 1);
export const appDirectory = (name: string) => resolve(process.cwd(), "test/local/host/apps", name);

const final = ["Completed", "Failed", "Terminated"];

/** Starts a host over `test/local/host/apps/NAME`. `directory` continues the work of an earlier one. */
export async function testHost(
  name: string,
  given: Partial<HostOptions> & { directory?: string } = {},
): Promise<TestHost> {
  const { directory = mkdtempSync(join(tmpdir(), "host-")), ...options } = given;
  const clock = (options.clock as SteppedClock | undefined) ?? steppedClock(origin);
  const log: HostLogLine[] = [];
  const host = await startHost({
    appDirectory: appDirectory(name),
    dataDirectory: directory,
    port: 0,
    clock,
    log: (line) => log.push(line),
    environment: { SMALL_HUB: "small", TICK: "0 0 3 * * *" },
    ...options,
  });
  const url = `http://127.0.0.1:${host.port}`;
  const call = (path: string, init?: RequestInit) => fetch(url + path, init);
  const durable = (path: string, init?: RequestInit, query = "") =>
    call(`/runtime/webhooks/durabletask/${path}?code=${host.keys.systemKeys.durabletask_extension}${query}`, init);
  const status = async (id: string, query = "") =>
    (await (await durable(`instances/${encodeURIComponent(id)}`, {}, query)).json()) as Status;
  return {
    host,
    clock,
    log,
    directory,
    call,
    status,
    traps: (instance) =>
      log
        .filter((line) => line.category === "host.durable" && (!instance || line.instance === instance))
        .map((line) => line.code ?? ""),
    async begin(orchestrator, input, id) {
      const path = `orchestrators/${orchestrator}${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;
      const response = await durable(path, { method: "POST", body: JSON.stringify(input ?? null) });
      if (response.status !== 202) throw new Error(`start was answered ${response.status}: ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    },
    async ended(id, limit) {
      await clock.until(async () => final.includes((await status(id)).runtimeStatus), limit);
      return status(id);
    },
    raise: (id, event, data) =>
      durable(`instances/${id}/raiseEvent/${event}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(data),
      }),
    manage: (id, operation, method = "POST") =>
      durable(`instances/${id}${operation && `/${operation}`}`, { method }, "&reason=because"),
    async stop() {
      await host.stop();
      if (!given.directory) rmSync(directory, { recursive: true, force: true });
    },
  };
}
