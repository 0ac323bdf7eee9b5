import { type TestHost, testHost } from "./support.ts";

const minute = 60_000;

/** What goes wrong on Azure must go wrong here, and be said (facts about the Durable extension). */
describe("the traps of durable-functions", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("traps");
  });
  afterAll(() => host.stop());

  /** Lets everything happen that happens within some minutes, and tells how the instance stands. */
  async function settled(id: string, minutes: number) {
    await host.clock.advance(minutes * minute);
    return host.status(id);
  }

  test("a pending task put into a second Task.any: later results reach the wrong tasks", async () => {
    const id = await host.begin("retaken");
    await settled(id, 1);
    await host.raise(id, "answer", "one");
    await settled(id, 1);
    await host.raise(id, "answer", "two");
    const { runtimeStatus, output } = await settled(id, 120);
    expect(runtimeStatus === "Completed" ? output : runtimeStatus).toEqual({ result: "lost" });
    expect(host.traps(id)).toContain("retaken");
  });

  test("a timer that is not cancelled keeps the orchestration running until it fires", async () => {
    const id = await host.begin("openTimer");
    await host.raise(id, "go", null);
    expect(await settled(id, 9)).toMatchObject({ runtimeStatus: "Running", output: null });
    expect(host.traps(id)).toEqual(["openTimer"]);
    expect(await settled(id, 2)).toMatchObject({ runtimeStatus: "Completed", output: "done" });
  });

  test("a cancelled timer does not", async () => {
    const id = await host.begin("cancelledTimer");
    await host.raise(id, "go", null);
    expect(await settled(id, 1)).toMatchObject({ runtimeStatus: "Completed", output: "done" });
    expect(host.traps(id)).toEqual([]);
  });

  test("an event whose name differs in case is never seen", async () => {
    const id = await host.begin("waitsForEv");
    await host.raise(id, "EV", 1);
    expect((await settled(id, 60)).runtimeStatus).toBe("Running");
    expect(host.traps(id)).toEqual(["eventCase"]);
  });

  test.each([
    ["unknownActivity", "unknownActivity"],
    ["unknownChild", "unknownOrchestrator"],
    ["ownChild", "unknownOrchestrator"],
  ])("%s hangs for ever", async (name, code) => {
    const id = await host.begin(name);
    expect((await settled(id, 600)).runtimeStatus).toBe("Running");
    expect(host.traps(id)).toEqual([code]);
  });

  test("continueAsNew with a text gives the next execution quotes around it", async () => {
    const id = await host.begin("quoted");
    expect((await host.ended(id)).output).toBe('"abc"');
    expect(host.traps(id)).toEqual(["quotedContinueAsNew"]);
  });

  test("continueAsNew drops events that were delivered and not read", async () => {
    const id = await host.begin("dropsEvents");
    await settled(id, 1);
    await host.raise(id, "unread", 1);
    await settled(id, 1);
    await host.raise(id, "go", 1);
    expect((await host.ended(id)).output).toBe("second round");
    expect(host.traps(id)).toEqual(["eventsDropped"]);
  });

  test("retryTimeout leaves the orchestration running for ever", async () => {
    const id = await host.begin("retryTimeout");
    expect((await settled(id, 600)).runtimeStatus).toBe("Running");
    expect(host.traps(id)).toEqual(["retryTimeout"]);
  });

  test("what follows a failed Task.all while a sibling is retried loses its result", async () => {
    const id = await host.begin("failedAll");
    expect((await host.ended(id)).output).not.toBe("after");
    expect(host.traps(id)).toContain("failedAll");
  });

  test("an orchestrator that is not deterministic fails and says where", async () => {
    const id = await host.begin("unsteady");
    const { runtimeStatus, output } = await host.ended(id);
    expect(runtimeStatus).toBe("Failed");
    expect(output).toContain("Non-Deterministic workflow detected");
    expect(host.traps(id)).toEqual(["nonDeterministic"]);
  });

  test("a child under the id of a running orchestration is refused and the parent told", async () => {
    const taken = await host.begin("waitsForEv");
    const id = await host.begin("takenChild", taken);
    expect((await host.ended(id)).output).toContain("already exists");
    expect(host.traps(id)).toEqual(["childIdTaken"]);
  });

  test.each(["usesEntity", "usesHttp"])("%s is refused loudly", async (name) => {
    const id = await host.begin(name);
    const { runtimeStatus, output } = await host.ended(id);
    expect(runtimeStatus).toBe("Failed");
    expect(output).toContain("not supported by this host");
    expect(host.traps(id)).toEqual(["unsupported"]);
  });

  test("each trap is said once, naming the instance", async () => {
    const id = await host.begin("unknownActivity");
    await settled(id, 1);
    await host.raise(id, "a", 1);
    await host.raise(id, "b", 1);
    await settled(id, 1);
    const said = host.log.filter((line) => line.instance === id);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ level: "warning", category: "host.durable" });
    expect(said[0]!.message).toContain(`"isNotThere"`);
  });
});
