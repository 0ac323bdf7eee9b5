const df = require("durable-functions");
const { count } = require("./count.js");

df.app.activity("add", { handler: (value) => value + 1 });
df.app.orchestration("count", count);
