import { judgeSpread, probes } from "../../shared/decide/permissions/calibration.ts";
import type { Lab } from "./lab.ts";
import { must, versions } from "./lab.ts";
import { dismiss, equip, submit } from "./probing.ts";

const name = "spread";
/** Documents say up to ten minutes; nobody waits longer than this (s). */
const longest = 1800;
const pause = 5;

/** How long a grant takes to work and to stop working: a template of its identity is submitted again and again. Only where rights are checked then. */
export async function askSpread(lab: Lab) {
  const control = probes().find(({ about }) => about === "control");
  const ids = await equip(lab, { name, grants: control?.grants ?? {}, about: "nothing" });
  const granted = await turned(lab, lab.now(), "taken");
  const never = `A template was not ${granted ? "refused" : "taken"} within ${longest} s.`;
  const first = judgeSpread("grantSeconds", granted, never);
  if (!granted) return [first, judgeSpread("revokeSeconds", undefined, "The grant never worked.")];
  lab.tell(`a grant worked ${Math.round(granted.at)} s after its write`);
  for (const id of ids) await must(lab.arm("DELETE", id, versions.authorization), "the assignment's deletion");
  const revoked = await turned(lab, lab.now(), "refused");
  return [first, judgeSpread("revokeSeconds", revoked, never)];
}

/** Seconds from `since` to the last try that was not answered as wanted, and to the first that was; none where that came too late. */
async function turned(lab: Lab, since: number, wanted: "taken" | "refused") {
  let before = 0;
  while (lab.now() - since < longest * 1000) {
    const verdict = await submit(lab, name);
    // What a submission was answered with held while the service looked, so at the end of it at the latest.
    const at = (lab.now() - since) / 1000;
    await dismiss(lab, name);
    if (verdict.kind === wanted) return { before, at };
    before = at;
    await lab.sleep(pause);
  }
  return undefined;
}
