// Timers of each kind, and hooks that see and change what happens.
const { app } = require("@azure/functions");
const df = require("durable-functions");

const runs = [];
const note = (name, timer) =>
  runs.push({ name, pastDue: timer.isPastDue, next: timer.scheduleStatus.next, last: timer.scheduleStatus.last });

app.timer("nightly", { schedule: "%NIGHTLY%", handler: (timer) => note("nightly", timer) });
app.timer("eager", { schedule: "0 0 0 1 1 *", runOnStartup: true, handler: (timer) => note("eager", timer) });
app.timer("interval", { schedule: "06:00:00", handler: (timer) => note("interval", timer) });
app.timer("failing", {
  schedule: "0 30 12 * * *",
  retry: {
    strategy: "exponentialBackoff",
    maxRetryCount: 3,
    minimumInterval: { minutes: 1 },
    maximumInterval: { minutes: 3 },
  },
  handler: (_timer, context) => {
    runs.push({ name: "failing", retry: context.retryContext?.retryCount ?? 0, at: new Date().toISOString() });
    throw new Error("again");
  },
});

app.http("runs", { authLevel: "anonymous", handler: () => ({ jsonBody: runs }) });
const heard = [];
app.hook.appStart((context) => heard.push(`started ${typeof context.hookData}`));
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === "hooked") {
    context.inputs[0] = "replaced";
    context.hookData.mark = 1;
  }
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === "hooked")
    context.result = `${context.result} ${context.hookData.mark}`;
});
df.app.activity("hooked", { handler: (input) => `saw ${input}` });
df.app.orchestration("hooks", function* (context) {
  return [yield context.df.callActivity("hooked", "original"), ...heard];
});
