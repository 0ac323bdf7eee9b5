import { app } from "@azure/functions";
import * as df from "durable-functions";

app.http("hello", {
  authLevel: "anonymous",
  route: "{*path}",
  handler: (request) => ({ body: `esm ${request.params.path ?? ""}` }),
});

df.app.activity("shout", { handler: (text) => String(text).toUpperCase() });

df.app.orchestration("loud", function* (context) {
  return yield context.df.callActivity("shout", context.df.getInput());
});
