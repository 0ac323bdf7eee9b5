import { scaledClock } from "../../../local/clock.ts";
import { appDirectory, origin, testHost } from "./support.ts";

const realClock = () => {
  const now = Date.now();
  return scaledClock(() => ({ real: now, virtual: now, speed: 1 }));
};

describe("loading and invoking", () => {
  test("an app of ES modules runs, its files in the order of `main`", async () => {
    const host = await testHost("esm");
    expect(await (await host.call("/api/some/path")).text()).toBe("esm some/path");
    expect((await host.ended(await host.begin("loud", "hello"))).output).toBe("HELLO!");
    await host.stop();
  });

  test("several hosts in one process keep apart, one after the other and at once", async () => {
    const one = await testHost("esm");
    const two = await testHost("esm");
    const three = await testHost("small");
    expect((await two.ended(await two.begin("loud", "two"))).output).toBe("TWO!");
    expect((await three.ended(await three.begin("fanOut"))).output).toBe(30);
    expect((await one.ended(await one.begin("loud", "one"))).output).toBe("ONE!");
    for (const host of [one, two, three]) await host.stop();
  });

  test("hooks see and change what goes in and out", async () => {
    const host = await testHost("timers", { environment: { NIGHTLY: "0 0 3 * * *" } });
    expect((await host.ended(await host.begin("hooks"))).output).toEqual(["saw replaced 1", "started object"]);
    await host.stop();
  });

  test("an app that does not load says which file and why, and leaves nothing behind", async () => {
    const wrong = { appDirectory: appDirectory("broken") };
    await expect(testHost("broken", wrong)).rejects.toThrow(/index\.js.*not there/);
    const host = await testHost("small");
    await host.stop();
  });

  test("an app that does not end is given its grace, and the host stops", async () => {
    const host = await testHost("overlong", { stopGrace: 100 });
    await host.begin("overlong");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await host.stop();
    expect(host.clock.now()).toBe(origin);
  });

  test("an activity that runs longer than functionTimeout fails", async () => {
    const host = await testHost("overlong", { clock: realClock() as never });
    const id = await host.begin("overlong");
    for (let look = 0; look < 50 && (await host.status(id)).runtimeStatus !== "Completed"; look++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await host.status(id)).output).toContain("Timeout value of 1 s exceeded by function 'Functions.never'");
    await host.stop();
  });
});
