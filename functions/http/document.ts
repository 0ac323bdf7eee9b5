import { openedBy } from "./badges.ts";
import { type OpenApi, openApi } from "./openapi.ts";
import { type Route, route } from "./route.ts";

/** `GET /openapi.json`: the contract, made from the table that `table` gives, this route among them. */
export function documentRoute(table: () => readonly Route[]): Route {
  let made: OpenApi | undefined;
  return route({
    name: "getOpenApi",
    method: "GET",
    path: "openapi.json",
    role: "anyone",
    summary: "This contract, as an OpenAPI 3.1 document",
    examples: [{ title: "The contract", status: 200 }],
    async handle({ deps }) {
      made ??= openApi(openedBy(table(), deps.settings), deps.settings);
      return { jsonBody: made, headers: { "cache-control": "public, max-age=300" } };
    },
  });
}
