import { type TestHost, testHost } from "./support.ts";

const minute = 60_000;
const dayMs = 24 * 60 * minute;

describe("the rules of the Durable extension", () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost("traps");
  });
  afterAll(() => host.stop());
  const run = async (name: string, input?: unknown) => host.ended(await host.begin(name, input), 30 * dayMs);

  test("retries cost a timer each and one more after the last, and later tasks keep their numbers", async () => {
    const id = await host.begin("retriesAndGoesOn");
    const { output } = await host.ended(id);
    expect(output).toMatchObject({ after: "after" });
    expect((output as { caught: string }).caught).toContain("failed: x");
    const { historyEvents } = await host.status(id, "&showHistory=true");
    const kinds = historyEvents!.map((event) => event.EventType);
    expect(kinds.filter((kind) => kind === "TimerFired")).toHaveLength(3);
    expect(kinds.filter((kind) => kind === "TaskFailed")).toHaveLength(3);
  });

  test("retries wait longer each time by the coefficient", async () => {
    expect((await run("retriesUntilItWorks")).output).toEqual({ tried: 3, minutes: 3 });
  });

  test("long timers are cut into pieces of three days", async () => {
    const id = await host.begin("longTimer");
    const { output } = await host.ended(id, 30 * dayMs);
    expect(output).toEqual({ after: "after", late: 0 });
    const { historyEvents } = await host.status(id, "&showHistory=true");
    const fired = historyEvents!.filter((event) => event.EventType === "TimerFired");
    expect(fired).toHaveLength(5);
  });

  test("after a failed Task.all the follow-up waits for the siblings", async () => {
    expect((await run("allWaitsForSiblings")).output).toEqual({ minutesToFollowUp: 5 });
  });

  test("activities get texts as texts and other values as they were", async () => {
    expect((await run("inputs")).output).toEqual({
      own: null,
      got: ['string "text"', "number 5", 'object {"a":1}', "undefined", "undefined", 'string "5"'],
    });
  });

  test("events that come before they are waited for are kept", async () => {
    const id = await host.begin("lifo");
    await host.raise(id, "ev", 1);
    await host.raise(id, "ev", 2);
    const { runtimeStatus, output } = await host.ended(id);
    expect(runtimeStatus).toBe("Completed");
    expect([...(output as number[])].sort()).toEqual([1, 2]);
  });

  test("a custom status cannot be taken back", async () => {
    const id = await host.begin("status");
    await host.clock.advance(minute);
    expect((await host.status(id)).customStatus).toEqual({ step: 1 });
    await host.raise(id, "go", null);
    expect((await host.ended(id)).customStatus).toEqual({ step: 1 });
  });

  test("a custom status of more than 16 KB fails the orchestration", async () => {
    const { runtimeStatus, output } = await run("hugeStatus");
    expect(runtimeStatus).toBe("Failed");
    expect(output).toContain("16 KB");
  });

  test("failures tell function and message, children's inside parents'", async () => {
    const { runtimeStatus, output } = await run("failing");
    expect(runtimeStatus).toBe("Failed");
    expect(output).toContain("Orchestrator function 'failing' failed: Activity function 'fail' failed: failed: deep");
    expect((await run("failingChild")).output).toContain("Orchestrator function 'failing' failed");
    expect((await run("failingText")).output).toContain("only a text");
  });

  test("a child's id is the execution's and a number, unless it was given one", async () => {
    const given = await run("childIds", ["my-child", null]);
    expect(given.output).toEqual({ id: "my-child", parent: given.instanceId });
    const made = await run("childIds", [null, null]);
    expect((made.output as { id: string }).id).toMatch(/^[0-9a-f]{32}:0$/);
  });

  test("continueAsNew goes on under the same id with a new history", async () => {
    const id = await host.begin("rounds", 1);
    const ended = await host.ended(id);
    expect(ended).toMatchObject({ output: 5, input: 5, customStatus: { round: 5 } });
    const { historyEvents } = await host.status(id, "&showHistory=true");
    expect(historyEvents!.filter((event) => event.EventType === "TaskCompleted")).toHaveLength(1);
  });

  test("isReplaying tells old turns from the present one", async () => {
    expect((await run("replaying")).output).toEqual([true, true, false]);
  });
});
