import { hashOf } from "../../shared/decide/hash.ts";
import { Refused } from "../../shared/problem.ts";
import type { Keyed } from "../../shared/store/store.ts";
import type { Asked } from "./route.ts";

/** What a request was begun as: the id of what it started, and when (ISO). */
export type Begun = Pick<Keyed, "id" | "at">;

/** The Idempotency-Key of a request, or its absence. */
export interface RequestKey {
  /** What the key stands for already. It may have died before anything was written under that id. */
  readonly begun?: Begun;
  /**
   * Takes the key for `id` and answers what counts: another request of the same key may have been quicker. What is started under
   * that id with `startOnce`, and dated by that moment, is started once. To be called when all is checked: a refused request leaves its key free.
   */
  take(id: string): Promise<Begun>;
}

/** For the route table: what the header does. */
export const keyHeader = (what: string) => ({ "Idempotency-Key": `Same key and same body: the same ${what}` });

/**
 * Reads the key of a request that starts something. A key belongs to whoever signed in (holders of a function key are one), to the
 * path it was sent to, and to its first body: refuses another one (422).
 */
export async function keyOf({ deps, caller, request, body }: Asked<unknown, unknown>): Promise<RequestKey> {
  const given = request.headers.get("idempotency-key");
  if (!given) return { take: async (id) => ({ id, at: new Date().toISOString() }) };
  const { idempotency } = deps.store;
  const whose = caller.kind === "principal" ? `${caller.id} ` : "";
  const key = `${whose}${new URL(request.url).pathname} ${given}`;
  const bodyHash = hashOf(body);
  const ours = (keyed: Keyed): Begun => {
    if (keyed.bodyHash !== bodyHash) throw new Refused(keyReused);
    return { id: keyed.id, at: keyed.at };
  };
  const standing = await idempotency.find(key);
  const take = async (id: string) => ours(await idempotency.claim(key, { bodyHash, id }));
  return standing ? { begun: ours(standing), take } : { take };
}

const keyReused = {
  code: "IdempotencyKeyReused",
  title: "This Idempotency-Key stands for another request",
  status: 422,
  fix: ["Use a new key for a new request", "Or send the same body again"],
};
