import {
  type Judged,
  judgeOperation,
  judgeRights,
  judgeSpread,
  judgeStatus,
  probes,
} from "../../shared/decide/permissions/calibration.ts";
import { type EvidenceDocument, inWords } from "../../shared/decide/permissions/measured.ts";
import type { Arm } from "./arm.ts";
import { askAssignments, askNetwork } from "./behaviours.ts";
import { cleanUp } from "./cleanUp.ts";
import { type Lab, versions } from "./lab.ts";
import { cancelledOperation, dismiss, equip, probe, submit } from "./probing.ts";
import { furnish, makeIdentity, openSandbox, templateBody, templateOf } from "./sandbox.ts";
import { askSpread } from "./spread.ts";

/** How long a right is given to spread before a refusal is believed (s). */
const settleSeconds = 1200;

/** What goes along with a calibration. */
export interface Along {
  /** Told what was found so far, whenever that is more. */
  readonly keep?: (found: EvidenceDocument) => void;
  /** Breaks it off: what was made is removed all the same. */
  readonly signal?: AbortSignal;
}

/** Asks a sandbox everything, and removes what it made, whatever happens; the answers with the moment each was found. */
export async function calibrate(lab: Lab, subscriptionId: string, along: Along = {}): Promise<EvidenceDocument> {
  let found: EvidenceDocument = { version: 1, subscriptionId, location: lab.location, measurements: [] };
  const keep = (judged: readonly Judged[]) => {
    const at = new Date(lab.now()).toISOString();
    found = { ...found, measurements: [...found.measurements, ...judged.map((one) => ({ ...one, at }))] };
    along.keep?.(found);
    for (const one of judged) lab.tell(inWords(one));
  };
  const { madeGroup } = await openSandbox(lab);
  const work = closable(lab, along.signal);
  try {
    await ask(work.lab, keep);
  } finally {
    await work.close();
    lab.tell("removing what was made");
    await cleanUp(lab, madeGroup);
  }
  return found;
}

/** A lab for what runs side by side: closed, or broken off, it asks for nothing more, whoever still holds it. */
function closable(lab: Lab, signal?: AbortSignal): { readonly lab: Lab; close(): Promise<void> } {
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, ...(signal ? [signal] : [])]);
  const underWay = new Set<Promise<unknown>>();
  const arm: Arm = async (...request) => {
    ended.throwIfAborted();
    const asked = lab.arm(...request);
    underWay.add(asked);
    return asked.finally(() => underWay.delete(asked));
  };
  return {
    lab: { ...lab, arm, sleep: (seconds) => lab.sleep(seconds, ended) },
    async close() {
      over.abort(new Error("the calibration is over"));
      // What was asked for already may still make something: it is removed only when that is there.
      await Promise.allSettled(underWay);
    },
  };
}

async function ask(lab: Lab, keep: (judged: readonly Judged[]) => void): Promise<void> {
  await furnish(lab);
  keep(await askNetwork(lab));
  const all = probes();
  const assignments = await inTurn(all, (one) => equip(lab, one));
  const [held = ""] = assignments.flat();
  keep(await askAssignments(lab, held, await makeIdentity(lab, "other")));
  const cancelled = all.find(({ about }) => about === "control");
  await equip(lab, { name: "cancelled", grants: cancelled?.grants ?? {}, about: "nothing" });
  lab.tell(`rights are given ${settleSeconds / 60} minutes to spread`);
  await lab.sleep(settleSeconds);
  const asked = all.map((one) =>
    probe(lab, one, one.about === "control" ? () => askTwice(lab, one.name, keep) : undefined),
  );
  const [seen] = await Promise.all([Promise.all(asked), askCancel(lab, keep)]);
  const rights = judgeRights(seen);
  keep(rights);
  keep(await spread(lab, rights));
}

/** Asked of a template that runs: a second run, and the same template once more. */
async function askTwice(lab: Lab, name: string, keep: (judged: readonly Judged[]) => void): Promise<void> {
  const id = templateOf(lab, name);
  await lab.sleep(60);
  const run = await lab.arm("POST", `${id}/run`, versions.templates);
  const put = await lab.arm("PUT", id, versions.templates, templateBody(lab, name));
  keep([
    judgeStatus("guardStatus", run.status, "A second run"),
    judgeStatus("repeatedPutStatus", put.status, "The same template again", true),
  ]);
}

async function askCancel(lab: Lab, keep: (judged: readonly Judged[]) => void): Promise<void> {
  const taken = await submit(lab, "cancelled");
  keep([judgeOperation(taken.kind === "taken" ? await cancelledOperation(lab, "cancelled") : undefined)]);
  await dismiss(lab, "cancelled");
}

async function spread(lab: Lab, rights: readonly Judged[]): Promise<readonly Judged[]> {
  if (rights.find(({ question }) => question === "rightsCheckedAtSubmission")?.answer === true) return askSpread(lab);
  const why = "Rights are not checked at submission here, or that stayed open; each try would be a build.";
  return [judgeSpread("grantSeconds", undefined, why), judgeSpread("revokeSeconds", undefined, why)];
}

/** One after the other: what is equipped at once would only be throttled. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
