// Orchestrations that do what facts about durable-functions on Azure warn of, and some that show the rules behind it.
const df = require("durable-functions");

const tries = new Map();

df.app.activity("echo", { handler: (input) => input });
df.app.activity("type", {
  handler: (input) => (input === undefined ? "undefined" : `${typeof input} ${JSON.stringify(input)}`),
});
df.app.activity("fail", {
  handler: (input) => {
    throw new Error(`failed: ${input}`);
  },
});
df.app.activity("failTwice", {
  handler: (key) => {
    const count = (tries.get(key) ?? 0) + 1;
    tries.set(key, count);
    if (count <= 2) throw new Error(`try ${count}`);
    return count;
  },
});
df.app.activity("throwText", {
  handler: () => {
    throw "only a text";
  },
});

const later = (context, milliseconds) => new Date(context.df.currentUtcDateTime.getTime() + milliseconds);
const minute = 60_000;
const orchestration = (name, code) => df.app.orchestration(name, code);

// The pattern of the official SMS sample: the timer is put into a second Task.any while it is pending.
orchestration("retaken", function* (context) {
  const timeout = context.df.createTimer(later(context, 30 * minute));
  for (let round = 0; round < 2; round++) {
    const answer = context.df.waitForExternalEvent("answer");
    yield context.df.Task.any([answer, timeout]);
  }
  timeout.cancel();
  const result = yield context.df.callActivity("echo", "after");
  return { result: result ?? "lost" };
});

orchestration("openTimer", function* (context) {
  const slow = context.df.createTimer(later(context, 10 * minute));
  const event = context.df.waitForExternalEvent("go");
  yield context.df.Task.any([event, slow]);
  return "done";
});

orchestration("cancelledTimer", function* (context) {
  const slow = context.df.createTimer(later(context, 10 * minute));
  const event = context.df.waitForExternalEvent("go");
  yield context.df.Task.any([event, slow]);
  slow.cancel();
  return "done";
});

orchestration("waitsForEv", function* (context) {
  return yield context.df.waitForExternalEvent("ev");
});

orchestration("unknownActivity", function* (context) {
  yield context.df.callActivity("isNotThere", 1);
  return "never";
});

orchestration("unknownChild", function* (context) {
  yield context.df.callSubOrchestrator("isNotThere", 1);
  return "never";
});

orchestration("quoted", function* (context) {
  yield context.df.callActivity("echo", 1);
  const input = context.df.getInput();
  if (input === null) context.df.continueAsNew("abc");
  return input;
});

orchestration("dropsEvents", function* (context) {
  const round = context.df.getInput() ?? 1;
  if (round === 2) return "second round";
  yield context.df.waitForExternalEvent("go");
  context.df.continueAsNew(2);
});

orchestration("retryTimeout", function* (context) {
  const options = new df.RetryOptions(minute, 10);
  options.retryTimeoutInMilliseconds = 3 * minute;
  return yield context.df.callActivityWithRetry("fail", options, "x");
});

orchestration("retriesAndGoesOn", function* (context) {
  const options = new df.RetryOptions(minute, 3);
  let caught;
  try {
    yield context.df.callActivityWithRetry("fail", options, "x");
  } catch (error) {
    caught = error.message;
  }
  const after = yield context.df.callActivity("echo", "after");
  return { caught, after };
});

orchestration("retriesUntilItWorks", function* (context) {
  const options = new df.RetryOptions(minute, 5);
  options.backoffCoefficient = 2;
  const started = context.df.currentUtcDateTime.getTime();
  const tried = yield context.df.callActivityWithRetry("failTwice", options, context.df.instanceId);
  return { tried, minutes: (context.df.currentUtcDateTime.getTime() - started) / minute };
});

orchestration("longTimer", function* (context) {
  const until = later(context, 14 * 24 * 60 * minute);
  yield context.df.createTimer(until);
  const after = yield context.df.callActivity("echo", "after");
  return { after, late: context.df.currentUtcDateTime.getTime() - until.getTime() };
});

orchestration("allWaitsForSiblings", function* (context) {
  const failing = context.df.callActivity("fail", "x");
  const slow = context.df.createTimer(later(context, 5 * minute));
  let at;
  try {
    yield context.df.Task.all([failing, slow]);
  } catch {
    at = context.df.currentUtcDateTime.getTime();
  }
  yield context.df.callActivity("echo", "after");
  return { minutesToFollowUp: (context.df.currentUtcDateTime.getTime() - at) / minute };
});

orchestration("failedAll", function* (context) {
  const retrying = context.df.callActivityWithRetry("failTwice", new df.RetryOptions(minute, 5), context.df.instanceId);
  try {
    yield context.df.Task.all([context.df.callActivity("fail", "x"), retrying]);
  } catch {
    // Goes on while the other is retried.
  }
  const after = yield context.df.callActivity("echo", "after");
  return after ?? "lost";
});

orchestration("lifo", function* (context) {
  yield context.df.createTimer(later(context, minute));
  const first = yield context.df.waitForExternalEvent("ev");
  const second = yield context.df.waitForExternalEvent("ev");
  return [first, second];
});

orchestration("inputs", function* (context) {
  const got = [];
  for (const input of ["text", 5, { a: 1 }, null, undefined, "5"])
    got.push(yield context.df.callActivity("type", input));
  return { own: context.df.getInput(), got };
});

orchestration("status", function* (context) {
  context.df.setCustomStatus({ step: 1 });
  yield context.df.waitForExternalEvent("go");
  context.df.setCustomStatus(null);
  return "done";
});

orchestration("hugeStatus", function* (context) {
  context.df.setCustomStatus("x".repeat(9_000));
  yield context.df.callActivity("echo", 1);
});

orchestration("failing", function* (context) {
  yield context.df.callActivity("fail", "deep");
});

orchestration("failingChild", function* (context) {
  try {
    yield context.df.callSubOrchestrator("failing");
  } catch (error) {
    return error.message;
  }
});

orchestration("failingText", function* (context) {
  try {
    yield context.df.callActivity("throwText");
  } catch (error) {
    return error.message;
  }
});

orchestration("unsteady", function* (context) {
  if (context.df.isReplaying) yield context.df.createTimer(later(context, minute));
  else yield context.df.callActivity("echo", 1);
  yield context.df.callActivity("echo", 2);
});

orchestration("ownChild", function* (context) {
  yield context.df.callSubOrchestrator("waitsForEv", null, context.df.instanceId);
});

orchestration("childIds", function* (context) {
  const [id, version] = context.df.getInput();
  return yield context.df.callSubOrchestrator("childId", null, id ?? undefined, version);
});
orchestration("childId", function* (context) {
  yield context.df.callActivity("echo", 1);
  return { id: context.df.instanceId, parent: context.df.parentInstanceId };
});

orchestration("takenChild", function* (context) {
  try {
    yield context.df.callSubOrchestrator("waitsForEv", null, context.df.getInput());
    return "ran";
  } catch (error) {
    return error.message;
  }
});

orchestration("rounds", function* (context) {
  const round = context.df.getInput();
  context.df.setCustomStatus({ round });
  yield context.df.callActivity("echo", round);
  if (round < 5) context.df.continueAsNew(round + 1);
  return round;
});

orchestration("usesEntity", function* (context) {
  yield context.df.callEntity(new df.EntityId("counter", "one"), "add", 1);
});

orchestration("usesHttp", function* (context) {
  yield context.df.callHttp({ method: "GET", url: "http://127.0.0.1:1/" });
});

orchestration("replaying", function* (context) {
  const seen = [context.df.isReplaying];
  yield context.df.callActivity("echo", 1);
  seen.push(context.df.isReplaying);
  yield context.df.callActivity("echo", 2);
  seen.push(context.df.isReplaying);
  return seen;
});
