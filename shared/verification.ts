import type { Problem } from "./problem.ts";

/** Every state a verification can be in; the second list is final. */
export const activeVerificationStates = ["queued", "checking", "creating", "booting", "testing", "removing"] as const;
export const finalVerificationStates = ["proven", "failed", "refused", "cancelled", "timedOut"] as const;

export type VerificationEnd = (typeof finalVerificationStates)[number];
export type VerificationState = (typeof activeVerificationStates)[number] | VerificationEnd;

/** Whether a verification has come to its end; what it made may still be under removal. */
export const isVerified = (state: VerificationState): state is VerificationEnd =>
  (finalVerificationStates as readonly string[]).includes(state);

/** The image that somebody wants verified, as a machine's `imageReference` would name it. */
export type ImageWish =
  | { readonly kind: "version"; readonly id: string }
  /** What `latest` of the definition means in the machine's region. */
  | { readonly kind: "definition"; readonly id: string }
  /** `/sharedGalleries/{unique name}/images/{image}/versions/{version or latest}`. */
  | { readonly kind: "shared"; readonly id: string };

/** How one script ended. */
export interface ScriptResult {
  readonly name: string;
  /** `sha256:…` of the script's text. */
  readonly hash: string;
  readonly exitCode: number;
  /** The last lines, secrets masked. */
  readonly output: string;
  readonly passed: boolean;
  readonly why?: string;
  readonly endedAt: string;
}

/** What was seen of one machine. Times are ISO UTC. */
export interface Evidence {
  /** When it was first seen provisioned with its agent ready. */
  readonly bootedAt?: string;
  readonly agentVersion?: string;
  readonly scripts?: readonly ScriptResult[];
  readonly problem?: Problem;
  /** Document with the serial console, kept where it failed. */
  readonly consoleDocument?: string;
}

/** One machine of a verification: everything it is made of is written down under these ids before it is made. */
export interface TestMachine extends Evidence {
  readonly index: number;
  readonly region: string;
  readonly size: string;
  readonly securityType?: string;
  readonly versionId: string;
  readonly vmId: string;
  readonly nicId: string;
  readonly diskId: string;
  readonly subnetId: string;
  /** Where the administrator's password of a Windows machine is: `{vault id}/secrets/{name}`; one that was `generated` goes with the machine. Never the password itself. */
  readonly password?: { readonly secretId: string; readonly generated: boolean };
  /** A virtual network of its own, where the profile wants a temporary one. */
  readonly networkId?: string;
}

/** What a proof says, kept as `proofDocument` and linked from the version's tags. */
export interface Proof {
  readonly kind: "goldsmith.proof.v1";
  readonly verificationId: string;
  readonly buildId?: string;
  readonly profile: string;
  readonly image: ImageWish;
  /** The version that was booted, in the casing Azure has it. */
  readonly versionId: string;
  /** `sha256:…` over the version's id in lower case and the time it was published: another version under the same name is another hash. */
  readonly versionHash: string;
  readonly at: string;
  readonly machines: readonly (Pick<TestMachine, "region" | "size" | "securityType" | "versionId"> & Evidence)[];
  /** `sha256:…` over all the rest. */
  readonly hash: string;
}

/** A verification as the API shows it and the store keeps it. Times are ISO UTC. */
export interface Verification {
  readonly id: string;
  readonly buildId?: string;
  readonly profile: string;
  readonly image: ImageWish;
  readonly state: VerificationState;
  readonly who?: string;
  /** Whether `excludeFromLatest` is lifted once the version is proven. */
  readonly gate: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt?: string;
  /** The version that was found behind the image. */
  readonly versionId?: string;
  readonly versionHash?: string;
  readonly osType?: "Linux" | "Windows";
  /** Why it is that one. */
  readonly resolution?: string;
  readonly machines: readonly TestMachine[];
  /** Whether something it made may still be there. */
  readonly open: boolean;
  readonly problem?: Problem;
  readonly proof?: { readonly document: string; readonly hash: string };
}

/** Where a proof is kept. */
export const proofDocument = (verificationId: string) => `verifications/${verificationId}/proof.json`;
