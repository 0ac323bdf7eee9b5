const df = require("durable-functions");

df.app.activity("never", { handler: () => new Promise(() => {}) });
df.app.orchestration("overlong", function* (context) {
  try {
    return yield context.df.callActivity("never");
  } catch (error) {
    return error.message;
  }
});
