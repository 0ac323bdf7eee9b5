import { createHash } from "node:crypto";
import { longestScript, type VerificationProfile } from "../../shared/config/verifications.ts";
import { hashOf } from "../../shared/decide/hash.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import {
  isVerified,
  type Proof,
  proofDocument,
  type Verification,
  type VerificationEnd,
  type VerificationState,
} from "../../shared/verification.ts";
import { checkConsumer } from "../consumer.ts";
import { orderDocument, type VerificationOrder, verificationIdOf, writeVerification } from "../verifying.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

export type About = { readonly verificationId: string; readonly buildId?: string };

/** What the orchestration needs to know of a verification that may begin. */
export interface Checked {
  readonly kind: "ready" | "waiting" | "cancelled";
  readonly machines: number;
  /** Whether each machine gets a network of its own. */
  readonly temporary: boolean;
  readonly minutes: number;
  readonly scripts: readonly { readonly name: string; readonly minutes: number }[];
}

/** The order and the record of a verification. */
export async function readVerification(
  { store }: Deps,
  id: string,
): Promise<{ readonly order: VerificationOrder; readonly record: Verification }> {
  const [order, record] = await Promise.all([
    store.documents.get<VerificationOrder>(orderDocument(id)),
    store.verifications.get(id),
  ]);
  if (!order || !record) throw new Error(`the verification ${id} is not in the store`);
  return { order, record };
}

/** Whether somebody asked for the end of a verification, or of the build it belongs to. */
export async function endAsked({ store }: Deps, { verificationId, buildId }: About): Promise<boolean> {
  return (
    (await store.seen.has("cancel", verificationId)) ||
    (buildId !== undefined && (await store.seen.has("cancel", buildId)))
  );
}

/** A verification from its beginning to its end, as it is written down; what it makes is in `testMachines.ts`. */
export const verifyActivities = (deps: Deps) => ({
  /** Writes down the verification of a version that a build published. */
  async openVerification(asked: {
    readonly buildId: string;
    readonly versionId: string;
    readonly profile: string;
    readonly gate: boolean;
  }) {
    const { buildId, versionId, profile, gate } = asked;
    const id = verificationIdOf(`${buildId}|${versionId.toLowerCase()}`);
    await writeVerification(deps, { id, buildId, profile, gate, image: { kind: "version", id: versionId } });
    tell(`verifying ${versionId} as ${profile}`);
    return { verificationId: id };
  },

  /** Reads what the consumer would find, refuses what cannot work, and writes down every resource that will be made. */
  async checkVerification(about: About): Promise<Checked> {
    const { order, record } = await readVerification(deps, about.verificationId);
    const { profile } = order;
    const answer = (kind: Checked["kind"], machines: number): Checked => ({
      kind,
      machines,
      temporary: profile.subnets === "temporary",
      minutes: profile.minutes,
      scripts: profile.scripts.map(({ name, minutes }) => ({ name, minutes })),
    });
    if (await endAsked(deps, about)) return answer("cancelled", 0);
    if (record.machines.length > 0) return answer("ready", record.machines.length);
    const found = await checkConsumer(deps, record, order);
    if (found.kind === "waiting") {
      tell(found.why);
      return answer("waiting", 0);
    }
    mustBeWithinCost(
      profile,
      found.machines.map(({ size }) => size),
    );
    const texts = await readScripts(deps, profile);
    await deps.store.documents.put(orderDocument(about.verificationId), { ...order, texts });
    for (const [name, text] of Object.entries(texts)) tell(`script ${name}: ${scriptHash(text)}`);
    const { machines, versionId, versionHash, resolution, osType } = found;
    await deps.store.verifications.update(about.verificationId, (before) => ({
      ...before,
      state: "checking",
      machines,
      versionId,
      versionHash,
      resolution,
      osType,
    }));
    tell(`${versionId}: ${resolution}; ${machines.map(({ size, region }) => `${size} in ${region}`).join(", ")}`);
    return answer("ready", machines.length);
  },

  /** Whether it is to open the gate. */
  async readGate({ verificationId }: About) {
    return { gate: (await deps.store.verifications.get(verificationId))?.gate === true };
  },

  /** The first thing that went wrong with one of its machines. */
  async readFailure({ verificationId }: About): Promise<{ readonly problem?: Problem }> {
    const { record } = await readVerification(deps, verificationId);
    const problem = record.machines.find((machine) => machine.problem)?.problem;
    return problem ? { problem } : {};
  },

  /** Writes the state down; the build's own state is its own affair. */
  async enterVerification({
    verificationId,
    state,
  }: About & { readonly state: Exclude<VerificationState, VerificationEnd> }) {
    await deps.store.verifications.update(verificationId, (before) => ({ ...before, state }));
    return {};
  },

  /**
   * Writes the end down, and the proof where it ended well: made from the evidence that was read, never from what the
   * orchestration says alone. `open` stays while something may be left.
   */
  async endVerification(ended: About & { readonly state: VerificationEnd; readonly problem?: Problem }) {
    const { verificationId } = ended;
    const before = await deps.store.verifications.get(verificationId);
    if (!before) throw new Error(`the verification ${verificationId} is not in the store`);
    if (isVerified(before.state)) return { state: before.state, ...problemOf(before) };
    const end = ended.state === "proven" && !allSeen(before) ? { state: "failed" as const, problem: unseen } : ended;
    const proof = end.state === "proven" ? proofOf(before) : undefined;
    if (proof) await deps.store.documents.put(proofDocument(verificationId), proof);
    const { state, problem } = end;
    await deps.store.verifications.update(verificationId, (standing) => ({
      ...standing,
      state,
      endedAt: new Date().toISOString(),
      ...(problem ? { problem } : {}),
      ...(proof ? { proof: { document: proofDocument(verificationId), hash: proof.hash } } : {}),
    }));
    tell(state === "proven" ? `proven: ${before.versionId}` : `${state}: ${problem?.title ?? "no reason was given"}`);
    return { state, ...(problem ? { problem } : {}) };
  },
});

/** Scripts that lie in blobs are read once: a blob that is changed while machines boot changes nothing. */
async function readScripts({ azure }: Deps, { scripts }: VerificationProfile): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { name, blob } of scripts) {
    if (!blob) continue;
    const text = await azure.readBlob(blob.accountId, blob.path);
    if (!text || text.length > longestScript) throw new Refused(noScript(name, blob.accountId, text));
    texts[name] = text;
  }
  return texts;
}

const noScript = (name: string, scope: string, text = ""): Problem => ({
  code: "ScriptMissing",
  title:
    text === ""
      ? `The script ${name} of the verification is not there`
      : `The script ${name} of the verification is longer than ${longestScript} characters`,
  scope,
  stage: "verifying",
  fix: ["Check its blob in GOLDSMITH_VERIFICATIONS"],
});

/** How a proof names the text of a script. */
export const scriptHash = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const problemOf = ({ problem }: Verification) => (problem ? { problem } : {});

/** Whether every machine was seen to boot and every script of it to pass. */
function allSeen({ machines }: Verification): boolean {
  return (
    machines.length > 0 &&
    machines.every(
      ({ bootedAt, problem, scripts = [] }) =>
        bootedAt !== undefined && !problem && scripts.every(({ passed }) => passed),
    )
  );
}

function proofOf(record: Verification): Proof {
  const { id, buildId, profile, image, versionId = "", versionHash = "", machines } = record;
  const said = {
    kind: "goldsmith.proof.v1" as const,
    verificationId: id,
    ...(buildId === undefined ? {} : { buildId }),
    profile,
    image,
    versionId,
    versionHash,
    at: new Date().toISOString(),
    machines: machines.map(({ region, size, securityType, versionId: booted, bootedAt, agentVersion, scripts }) => ({
      region,
      size,
      versionId: booted,
      ...(securityType === undefined ? {} : { securityType }),
      ...(bootedAt === undefined ? {} : { bootedAt }),
      ...(agentVersion === undefined ? {} : { agentVersion }),
      ...(scripts === undefined ? {} : { scripts }),
    })),
  };
  return { ...said, hash: hashOf(said) };
}

const unseen: Problem = {
  code: "NotSeenBooting",
  title: "Not every machine was seen to boot, so nothing is proven",
  stage: "verifying",
  fix: ["Ask for the verification again"],
};

/** Money is bounded before anything is made: all machines for all the minutes they may take. */
function mustBeWithinCost({ sizes, minutes, maxCost }: VerificationProfile, machines: readonly string[]): void {
  if (maxCost === undefined) return;
  const price = (size: string) =>
    sizes.find(({ name }) => name.toLowerCase() === size.toLowerCase())?.pricePerHour ?? 0;
  const most = machines.reduce((sum, size) => sum + (price(size) * minutes) / 60, 0);
  if (most <= maxCost) return;
  throw new Refused({
    code: "VerificationTooExpensive",
    title: "The verification could cost more than its profile allows",
    detail: `${machines.length} machines for ${minutes} minutes may cost ${most.toFixed(2)}; maxCost is ${maxCost}.`,
    stage: "verifying",
    fix: ["Verify in fewer regions or on fewer machines", "Or raise maxCost in GOLDSMITH_VERIFICATIONS"],
  });
}
