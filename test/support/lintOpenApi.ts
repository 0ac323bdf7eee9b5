import { text } from "node:stream/consumers";
import { createConfig, lintFromString } from "@redocly/openapi-core";

/** Reads an OpenAPI document from stdin and prints what Redocly's recommended rules find, as a JSON list. A process of its own: the package is ESM only. */
// A route that takes nothing, from anybody, cannot be asked wrongly.
const config = await createConfig({ extends: ["recommended"], rules: { "operation-4xx-response": "off" } });
const problems = await lintFromString({ source: await text(process.stdin), absoluteRef: "openapi.json", config });
const lines = problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
console.log(JSON.stringify(lines));
