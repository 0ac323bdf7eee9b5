import type { Build } from "../../shared/build.ts";
import { connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import { buildsText, print } from "../print.ts";
import type { Terms } from "../terms.ts";

/** Flags of `goldsmith list`. */
export interface ListFlags {
  readonly state?: string;
  readonly template?: string;
  readonly since?: string;
  readonly limit?: number;
}

const mostPerPage = 200;

/** Prints builds, newest first, across as many pages as `limit` takes. */
export const list = (terms: Terms, flags: ListFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const wanted = flags.limit ?? 20;
    const found: Build[] = [];
    let cursor: string | undefined;
    do {
      const limit = String(Math.min(mostPerPage, wanted - found.length));
      const { state, since } = flags;
      const templateId = flags.template === undefined ? undefined : fill(flags.template);
      const page = await api.json("GET builds", { query: { limit, state, since, templateId, cursor } });
      found.push(...page.value);
      cursor = page.nextLink ? (new URL(page.nextLink).searchParams.get("cursor") ?? undefined) : undefined;
    } while (cursor && found.length < wanted);
    print(terms, { value: found }, buildsText);
    return exits.done;
  });
