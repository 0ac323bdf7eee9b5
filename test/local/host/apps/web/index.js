// HTTP functions that show what the host does before and after them.
const { app } = require("@azure/functions");

const echo = (request) => ({
  jsonBody: { params: request.params, query: Object.fromEntries(request.query), method: request.method },
});
const route = (name, path, more = {}) =>
  app.http(name, { authLevel: "anonymous", route: path, handler: echo, ...more });

route("zCatchAll", "files/{*rest}", { handler: () => ({ body: "catch-all" }) });
route("zzSpecific", "files/special", { handler: () => ({ body: "specific" }) });
route("numbers", "numbers/{value:int}");
route("numbersElse", "numbers/{value}", { handler: () => ({ body: "no number" }) });
route("optional", "optional/{value?}");
route("fallback", "fallback/{value=seven}");
route("mixed", "mixed/{name}.{extension}");
route("onlyPost", "only", { methods: ["POST"] });
route("open", "open");
app.http("keyed", { route: "keyed", authLevel: "function", handler: echo });
app.http("masters", { route: "masters", authLevel: "admin", handler: echo });
route("switchedOff", "off");
route("fails", "fails", {
  handler: () => {
    throw new Error("on purpose");
  },
});
route("nothing", "nothing", { handler: () => undefined });
route("whole", "whole", {
  methods: ["GET", "POST", "HEAD"],
  handler: async (request) => ({
    status: 201,
    headers: { "x-own": "yes", "content-type": "application/octet-stream" },
    cookies: [{ name: "c", value: "a b", httpOnly: true, maxAge: 60, sameSite: "Lax" }],
    body: Buffer.from((await request.text()).toUpperCase()),
  }),
});
route("caller", "caller", {
  handler: (request) => ({
    jsonBody: Object.fromEntries([...request.headers].filter(([name]) => name.startsWith("x-ms-client-principal"))),
  }),
});
