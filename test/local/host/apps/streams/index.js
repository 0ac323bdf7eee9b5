const { app } = require("@azure/functions");

app.setup({ enableHttpStream: true });

app.http("count", {
  methods: ["POST"],
  authLevel: "anonymous",
  route: "count/{unit}",
  handler: async (request) => {
    let bytes = 0;
    for await (const part of request.body) bytes += part.length;
    return { jsonBody: { [request.params.unit]: bytes, query: request.query.get("q") } };
  },
});

app.http("drip", {
  methods: ["GET"],
  authLevel: "anonymous",
  handler: () => {
    const parts = ["one ", "two ", "three"];
    const body = new ReadableStream({
      pull(controller) {
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    });
    return { body, headers: { "content-type": "text/plain" } };
  },
});

app.http("fails", {
  authLevel: "anonymous",
  handler: () => {
    throw new Error("on purpose");
  },
});
