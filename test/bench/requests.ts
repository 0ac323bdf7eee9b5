import type { Exchange } from "../journeys/world.ts";

/** What one build asked of Azure Resource Manager. */
export interface Requests {
  /** Reads of the template after its run was asked for: watching. */
  readonly reads: number;
  /** Everything else. */
  readonly besides: number;
  /** What else, by method and kind, in the order of first use. */
  readonly lines: readonly { readonly what: string; readonly count: number }[];
}

/** Counts what the app asked while it built once. Lists of all templates are the reconciling timer's, whoever builds. */
export function countRequests(record: readonly Exchange[]): Requests {
  const made = record.filter(({ caller, url }) => caller === "app" && !/\/imageTemplates\?/i.test(url));
  const run = made.findIndex(({ method, url }) => method === "POST" && /\/run\?/.test(url));
  const isStatus = ({ method, url }: Exchange, at: number) =>
    at > run && run >= 0 && method === "GET" && /\/imageTemplates\/[^/?]+\?/i.test(url);
  const counts = new Map<string, number>();
  for (const [at, exchange] of made.entries()) {
    if (isStatus(exchange, at)) continue;
    const what = `${exchange.method} ${kindOf(exchange.url)}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const lines = [...counts].map(([what, count]) => ({ what, count }));
  const besides = lines.reduce((sum, { count }) => sum + count, 0);
  return { reads: made.length - besides, besides, lines };
}

/** The resource types (or the action, or the list) at the end of a URL. */
function kindOf(url: string): string {
  const path = new URL(url).pathname;
  const [, ...parts] = (path.split(/\/providers\//i).at(-1) ?? "").split("/");
  const types = parts.filter((_, at) => at % 2 === 0).join("/");
  if (/\/providers\//i.test(path)) return types;
  return (
    path
      .split("/")
      .filter((_, at) => at % 2 === 1)
      .at(-1) ?? path
  );
}
