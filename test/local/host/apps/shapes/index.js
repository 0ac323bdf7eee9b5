// Orchestrations of seven shapes whose effects can be counted from outside, for the crash test.
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const df = require("durable-functions");

const file = () => process.env.EFFECTS_FILE;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The one effect: a line in a file. Done twice it does no harm, which is what an activity must promise. */
df.app.activity("effect", {
  handler: async ({ key, value }) => {
    await pause(5 + Math.random() * 30);
    appendFileSync(file(), `${key}\n`);
    return value;
  },
});

/** Fails until it has been tried three times, counted on disk: memory does not survive the host. */
df.app.activity("stubborn", {
  handler: async ({ key, value }) => {
    appendFileSync(file(), `${key}\n`);
    const tries = existsSync(file())
      ? readFileSync(file(), "utf8")
          .split("\n")
          .filter((line) => line === key).length
      : 0;
    if (tries < 3) throw new Error(`try ${tries}`);
    return value;
  },
});

const id = (context) => context.df.instanceId;
const effect = (context, step, value) => context.df.callActivity("effect", { key: `${id(context)}/${step}`, value });
const later = (context, milliseconds) => new Date(context.df.currentUtcDateTime.getTime() + milliseconds);

df.app.orchestration("sequence", function* (context) {
  let sum = 0;
  for (let step = 1; step <= 4; step++) sum += yield effect(context, step, step);
  return sum;
});

df.app.orchestration("fanOut", function* (context) {
  const steps = [1, 2, 3, 4, 5, 6];
  const values = yield context.df.Task.all(steps.map((step) => effect(context, step, step)));
  return values.reduce((sum, value) => sum + value, 0);
});

df.app.orchestration("retry", function* (context) {
  const retry = new df.RetryOptions(50, 100);
  const input = { key: `${id(context)}/try`, value: "in the end" };
  return yield context.df.callActivityWithRetry("stubborn", retry, input);
});

df.app.orchestration("timer", function* (context) {
  yield effect(context, "before", 0);
  yield context.df.createTimer(later(context, 700));
  return yield effect(context, "after", "slept");
});

df.app.orchestration("parent", function* (context) {
  const children = [1, 2].map((child) =>
    context.df.callSubOrchestrator("sequence", null, `${id(context)}-child${child}`),
  );
  const sums = yield context.df.Task.all(children);
  return sums;
});

df.app.orchestration("again", function* (context) {
  const round = context.df.getInput() ?? 1;
  yield effect(context, `round${round}`, round);
  if (round < 4) return context.df.continueAsNew(round + 1);
  return `${round} rounds`;
});

df.app.orchestration("approval", function* (context) {
  const timeout = context.df.createTimer(later(context, 600_000));
  const approved = context.df.waitForExternalEvent("approved");
  const first = yield context.df.Task.any([approved, timeout]);
  if (first === timeout) return "timed out";
  timeout.cancel();
  yield effect(context, "approved", 0);
  return approved.result;
});
