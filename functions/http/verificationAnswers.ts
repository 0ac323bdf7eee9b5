import { z } from "zod";
import type { Instructions } from "../../shared/decide/gallery/useImage.ts";
import {
  activeVerificationStates,
  finalVerificationStates,
  type ImageWish,
  type Proof,
  type ScriptResult,
  type TestMachine,
  type Verification,
} from "../../shared/verification.ts";
import { problem, timelineEntry } from "./answers.ts";
import { maybe } from "./schemas.ts";

/** What the routes about verifications answer. */

const time = z.iso.datetime({ offset: true });
const state = z.enum([...activeVerificationStates, ...finalVerificationStates]);

const imageWish: z.ZodType<ImageWish> = z.object({ kind: z.enum(["version", "definition", "shared"]), id: z.string() });

const script: z.ZodType<ScriptResult> = z.object({
  name: z.string(),
  hash: z.string(),
  exitCode: z.number(),
  output: z.string().meta({ description: "The last lines, secrets masked" }),
  passed: z.boolean(),
  why: maybe(z.string()),
  endedAt: time,
});

const evidence = {
  bootedAt: maybe(time),
  agentVersion: maybe(z.string()),
  scripts: maybe(z.array(script)),
  problem: maybe(problem),
  consoleDocument: maybe(z.string()),
};
const booted = { region: z.string(), size: z.string(), securityType: maybe(z.string()), versionId: z.string() };

const machine: z.ZodType<TestMachine> = z.object({
  index: z.int(),
  ...booted,
  vmId: z.string(),
  nicId: z.string(),
  diskId: z.string(),
  subnetId: z.string(),
  networkId: maybe(z.string()),
  password: maybe(z.object({ secretId: z.string(), generated: z.boolean() })).meta({
    description: "Where the password of a Windows machine is; whoever may read the vault's secret reads it there",
  }),
  ...evidence,
});

const proof: z.ZodType<Proof> = z.object({
  kind: z.literal("goldsmith.proof.v1"),
  verificationId: z.string(),
  buildId: maybe(z.string()),
  profile: z.string(),
  image: imageWish,
  versionId: z.string(),
  versionHash: z.string(),
  at: time,
  machines: z.array(z.object({ ...booted, ...evidence })),
  hash: z.string(),
});

const use: z.ZodType<Instructions> = z
  .object({ cli: z.string(), powershell: z.string(), rest: z.string(), portal: z.string() })
  .meta({ description: "How a consumer makes a machine like the one that was verified" });

const fields = {
  id: z.string(),
  buildId: maybe(z.string()),
  profile: z.string(),
  image: imageWish,
  state,
  who: maybe(z.string()),
  gate: z.boolean(),
  createdAt: time,
  updatedAt: time,
  endedAt: maybe(time),
  versionId: maybe(z.string()),
  versionHash: maybe(z.string()),
  osType: maybe(z.enum(["Linux", "Windows"])),
  resolution: maybe(z.string()).meta({ description: "Why it is that version" }),
  machines: z.array(machine),
  open: z.boolean().meta({ description: "Whether something it made may still be there" }),
  problem: maybe(problem),
};
const keptProof = z.object({ document: z.string(), hash: z.string() });

const listed: z.ZodType<Verification> = z.object({ ...fields, proof: maybe(keptProof) });

/** Verifications, newest first. */
export const verificationList = z.object({ value: z.array(listed) });

/** One verification with everything known of it; `proof` in full once there is one. */
export const verificationView = z.object({
  ...fields,
  proof: maybe(z.union([proof, keptProof])),
  use: maybe(use),
  consoles: maybe(z.array(z.object({ machine: z.int(), text: z.string() }))),
  timeline: z.array(timelineEntry),
});

/** What starting or ending a verification answers. */
export const acceptedVerification = z.object({ id: z.string(), state, location: z.string() });
