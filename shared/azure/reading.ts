import { normalize } from "../decide/armId.ts";
import { type Problem, Refused } from "../problem.ts";
import { apiVersionFor } from "./apiVersions.ts";
import { atMost } from "./atMost.ts";
import type { Connection } from "./connection.ts";
import { toThrown } from "./errors.ts";
import { readResource } from "./rest.ts";

const parallelReads = 6;

/** One reading of many things: bounded, each resource once, refusals kept as facts instead of thrown. */
export interface Reading {
  bounded<T>(work: () => Promise<T>): Promise<T>;
  /** A resource's JSON (undefined in it: does not exist), or undefined where it may not be read; `about` is what the refusal is then noted for. */
  resource(id: string, about?: string): Promise<{ readonly json: unknown } | undefined>;
  /** What `work` reads, or undefined where Azure refuses it; the refusal is noted for `about`. */
  tried<T>(about: string, work: () => Promise<T>): Promise<T | undefined>;
  /** As `tried`, but nothing is noted: for reads that another read can replace. */
  quietly<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** What was refused, in an order that does not depend on timing. */
  unread(): readonly Problem[];
}

export function startReading(arm: Connection): Reading {
  const bounded = atMost(parallelReads);
  const problems = new Map<string, Problem>();
  const resources = new Map<string, Promise<unknown>>();

  const refused = async <T>(work: () => Promise<T>, onRefusal: (problem: Problem) => void): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const thrown = toThrown(error);
      if (!(thrown instanceof Refused)) throw thrown;
      onRefusal(thrown.problem);
      return undefined;
    }
  };
  const note = (about: string) => (problem: Problem) =>
    void problems.set(`${normalize(about)} ${problem.code}`, { ...problem, scope: about });

  return {
    bounded,
    tried: (about, work) => refused(() => bounded(work), note(about)),
    quietly: (work) =>
      refused(
        () => bounded(work),
        () => {},
      ),
    resource: (id, about = id) =>
      refused(async () => {
        const key = normalize(id);
        const known = resources.get(key) ?? bounded(() => readKnown(arm, id));
        resources.set(key, known);
        return { json: await known };
      }, note(about)),
    unread: () => [...problems].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, problem]) => problem),
  };
}

function readKnown(arm: Connection, id: string): Promise<unknown> {
  const apiVersion = apiVersionFor(id);
  if (apiVersion !== undefined) return readResource(arm, id, apiVersion);
  const title = "Goldsmith does not read resources of this type";
  return Promise.reject(new Refused({ code: "UnknownResourceType", title, scope: id }));
}
