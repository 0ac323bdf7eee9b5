import type { RouteFacts } from "../decide/planning/facts.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";

/** The routes of a route table, from its JSON. */
export function routeFacts(routeTable: unknown): readonly RouteFacts[] {
  return itemsOf(fieldsOf(fieldsOf(routeTable).properties).routes).map((json) => {
    const route = fieldsOf(json);
    const own = fieldsOf(route.properties);
    return { name: textOf(route.name), addressPrefix: textOf(own.addressPrefix), nextHopType: textOf(own.nextHopType) };
  });
}
