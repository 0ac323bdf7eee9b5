import { app } from "@azure/functions";

app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === "shout") context.inputs[0] = `${context.inputs[0]}!`;
});
