// A small app with one of everything the host runs. It knows nothing of the host it runs on.
const { app } = require("@azure/functions");
const df = require("durable-functions");

const seen = { events: [], timers: [], activities: [] };

app.http("hello", {
  methods: ["GET", "POST"],
  authLevel: "function",
  route: "hello/{name:alpha}",
  handler: async (request) => ({ jsonBody: { hello: request.params.name, body: await request.text() } }),
});

app.http("start", {
  methods: ["POST"],
  authLevel: "anonymous",
  route: "start/{orchestrator}",
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const text = await request.text();
    const id = await client.startNew(request.params.orchestrator, {
      input: text ? JSON.parse(text) : null,
      instanceId: request.query.get("id") ?? undefined,
    });
    return client.createCheckStatusResponse(request, id);
  },
});

app.http("seen", { authLevel: "anonymous", handler: () => ({ jsonBody: seen }) });

app.http("fails", {
  authLevel: "anonymous",
  handler: () => {
    throw new Error("on purpose");
  },
});

app.http("nothing", { authLevel: "anonymous", handler: () => undefined });

app.eventGrid("hear", {
  handler: (event, context) => {
    if (event.subject === "bad") throw new Error("a bad event");
    seen.events.push({ id: event.id, data: context.triggerMetadata.data });
  },
});

app.timer("tick", {
  schedule: "%TICK%",
  handler: (timer) => {
    seen.timers.push({ at: new Date().toISOString(), pastDue: timer.isPastDue });
  },
});

df.app.activity("double", {
  handler: (input) => {
    seen.activities.push(input);
    return input * 2;
  },
});
df.app.activity("greet", { handler: (name) => `Hello, ${name}!` });
df.app.activity("fail", {
  handler: (input) => {
    throw new Error(`failed with ${input}`);
  },
});

df.app.orchestration("sequence", function* (context) {
  let value = context.df.getInput();
  for (let step = 0; step < 3; step++) value = yield context.df.callActivity("double", value);
  return value;
});

df.app.orchestration("fanOut", function* (context) {
  const tasks = [1, 2, 3, 4, 5].map((value) => context.df.callActivity("double", value));
  const results = yield context.df.Task.all(tasks);
  return results.reduce((sum, value) => sum + value, 0);
});

df.app.orchestration("parent", function* (context) {
  const doubled = yield context.df.callSubOrchestrator("sequence", 1);
  const greeting = yield context.df.callActivity("greet", `child said ${doubled}`);
  return greeting;
});

df.app.orchestration("sleep", function* (context) {
  const until = new Date(context.df.currentUtcDateTime.getTime() + context.df.getInput() * 1000);
  yield context.df.createTimer(until);
  return { from: until.toISOString(), at: context.df.currentUtcDateTime.toISOString() };
});
