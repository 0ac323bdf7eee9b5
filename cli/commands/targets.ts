import { connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import { print } from "../print.ts";
import { inFull } from "../progress.ts";
import type { Terms } from "../terms.ts";
import { columns } from "../text.ts";

/** Prints who is told of what. */
export const listTargets = (terms: Terms): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    print(terms, await api.json("GET targets", {}), ({ value }) =>
      value.length === 0
        ? "Nobody is told: GOLDSMITH_TARGETS names nobody."
        : columns(
            ["TARGET", "KIND", "STATE", "EVENTS"],
            value.map(({ name, kind, state, why, events }) => [
              name,
              kind,
              why ? `${state} (${why})` : state,
              events.join(", "),
            ]),
          ),
    );
    return exits.done;
  });

/** Sends a target a message that says it is a test; exit 1 where it does not arrive. */
export const testTarget = (terms: Terms, name: string): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    const tried = await api.json("POST targets/{name}/test", { params: { name } });
    print(terms, tried, ({ target, delivered, problem }) =>
      delivered ? `${target} took it.` : `${target} did not take it.${problem ? `\n${inFull(problem)}` : ""}`,
    );
    return tried.delivered ? exits.done : exits.failed;
  });
