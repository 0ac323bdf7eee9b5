import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { decisionEvent, decisionInstance } from "../../orchestrations/awaitDecision.ts";
import type { Decision } from "../../shared/approval.ts";
import { decisionProblem, type Waiting } from "../../shared/decide/gallery/approval.ts";
import { Refused } from "../../shared/problem.ts";
import { type Caller, originOf } from "./caller.ts";
import { keyOf } from "./idempotency.ts";
import type { Asked } from "./route.ts";

/** Why, in somebody's words. */
export const reason = z.string().trim().min(3, "say why, in a few words").max(250);

/** Body of a decision about a build or a move. */
export const decisionRequest = z.strictObject({ decision: z.enum(["approve", "reject"]), reason: reason.optional() });

/** How such routes answer besides 200. */
export const decisionAnswers = [
  { status: 403, means: "Who asks does not decide" },
  { status: 409, means: "It is decided already, or needs no approval" },
  { status: 422, means: "The Idempotency-Key stands for another decision" },
] as const;

/** Writes an approver's decision down, once and for all, and wakes who waits for it; refuses who asked for it, and what waits for none. */
export async function decide(
  asked: Asked<z.infer<typeof decisionRequest>, unknown>,
  id: string,
  about: Omit<Waiting, "standing">,
): Promise<Decision> {
  const { deps, caller, client, body } = asked;
  const { decisions } = deps.store;
  // In this order: a request that finds the decision of its own twin finds the twin's key as well.
  const before = await decisions.get(id);
  const key = await keyOf(asked);
  if (key.begun && before) return before;
  const refuse = (standing: Decision | undefined) => {
    const now = new Date().toISOString();
    const problem = decisionProblem({ ...about, ...(standing ? { standing } : {}) }, originOf(caller).who, now);
    if (problem) throw new Refused(problem);
  };
  refuse(before);
  const { at } = await key.take(id);
  const mine: Decision = {
    kind: body.decision === "approve" ? "approved" : "rejected",
    who: decider(caller),
    ...(body.reason === undefined ? {} : { reason: body.reason }),
    at,
  };
  const standing = await decisions.decide(id, mine);
  // The twins of one key say the same, at the same moment.
  if (!isDeepStrictEqual(standing, mine)) refuse(standing);
  // Who is not woken looks for himself within ten minutes.
  await client.raiseEvent(decisionInstance(id), decisionEvent, {}).catch(() => undefined);
  return mine;
}

const decider = (caller: Caller) => (caller.kind === "principal" ? caller.id : "whoever holds the master key");
