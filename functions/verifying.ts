import { createHash } from "node:crypto";
import type { DurableClient } from "durable-functions";
import type { VerificationProfile } from "../shared/config/verifications.ts";
import { type Problem, Refused } from "../shared/problem.ts";
import type { ImageWish, Verification } from "../shared/verification.ts";
import type { Deps } from "./activities/deps.ts";
import { startOnce } from "./start.ts";

/** A verification somebody asks for; everything in it was checked. */
export interface VerificationWish {
  readonly id: string;
  readonly image: ImageWish;
  readonly profile: string;
  readonly buildId?: string;
  readonly who?: string;
  /** Lift `excludeFromLatest` once it is proven. */
  readonly gate: boolean;
  readonly region?: string;
  readonly sshPublicKey?: string;
}

/** What a verification works by: the profile as it was when it was asked for, so that a changed setting changes nothing under way. */
export interface VerificationOrder {
  readonly profile: VerificationProfile;
  /** Scripts that lie in blobs, by name, as they were read when the verification began. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly sshPublicKey?: string;
}

/** Where it is kept: scripts are too long for durable history. */
export const orderDocument = (verificationId: string) => `verifications/${verificationId}/order.json`;

/** The id of the verification of one seed (a build and its version, an idempotency key). */
export const verificationIdOf = (seed: string): string =>
  `verify-${createHash("sha256").update(seed).digest("hex").slice(0, 12)}`;

/** The profile of that name; refuses one that the operator does not have. */
export function profileNamed({ settings }: Pick<Deps, "settings">, name: string): VerificationProfile {
  const profile = settings.verifications[name];
  if (profile) return profile;
  throw new Refused(noProfile(name, Object.keys(settings.verifications)));
}

const noProfile = (name: string, known: readonly string[]): Problem => ({
  code: "NoSuchVerification",
  title:
    known.length === 0
      ? "This Goldsmith verifies nothing: no profile is configured"
      : `There is no verification profile ${name}`,
  status: 422,
  errors: [
    { pointer: "/verify", detail: known.length === 0 ? "no profile is configured" : `one of ${known.join(", ")}` },
  ],
  fix: ["Have the operator set GOLDSMITH_VERIFICATIONS (docs/verification.md)"],
});

/** Writes a verification down; one that stands is left as it is. */
export async function writeVerification(deps: Deps, wish: VerificationWish): Promise<void> {
  const { store } = deps;
  if (await store.verifications.get(wish.id)) return;
  const { id, image, profile, buildId, who, gate, region, sshPublicKey } = wish;
  const order: VerificationOrder = {
    profile: profileNamed(deps, profile),
    ...(region === undefined ? {} : { region }),
    ...(sshPublicKey === undefined ? {} : { sshPublicKey }),
  };
  await store.documents.put(orderDocument(id), order);
  const at = new Date().toISOString();
  const verification: Verification = {
    id,
    image,
    profile,
    gate,
    ...(buildId === undefined ? {} : { buildId }),
    ...(who === undefined ? {} : { who }),
    state: "queued",
    createdAt: at,
    updatedAt: at,
    machines: [],
    open: true,
  };
  await store.verifications.create(verification);
}

/** Writes it down, then starts it; asked again, it joins. */
export async function startVerification(
  deps: Deps,
  client: DurableClient,
  wish: VerificationWish,
): Promise<Verification> {
  await writeVerification(deps, wish);
  await startOnce(client, "verifyImage", wish.id, { verificationId: wish.id });
  const standing = await deps.store.verifications.get(wish.id);
  if (!standing) throw new Error(`the verification ${wish.id} was not written`);
  return standing;
}
