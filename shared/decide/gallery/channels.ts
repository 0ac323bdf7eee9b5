import type { Problem } from "../../problem.ts";
import { lastSegment, sameId } from "../armId.ts";
import { highestFirst, type ImageUses, type StoredImage, type StoredVersion } from "./facts.ts";
import { approvalTag, isWithheld } from "./gate.ts";

/** Channels are tags of the image definition: `goldsmith-channel-<name>` names a version. */
const prefix = "goldsmith-channel-";

/** The tag that a channel is. */
export const channelTag = (channel: string): string => `${prefix}${channel.toLowerCase()}`;

/** Which version each channel of a definition means. */
export function channelsOf(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(tags).filter(([name]) => name.toLowerCase().startsWith(prefix));
  return Object.fromEntries(entries.map(([name, version]) => [name.slice(prefix.length).toLowerCase(), version]));
}

/** What moving a channel means. */
export interface Move {
  readonly kind: "promote" | "rollBack";
  readonly channel: string;
  /** Name of the version. */
  readonly version: string;
}

/** What is done for a move: the tag, and versions that `latest` shall not mean any more. */
export interface MovePlan {
  readonly from?: string;
  readonly exclude: readonly string[];
  /** Machines and scale sets that run what is rolled back; they stay where they are. */
  readonly machines: readonly string[];
}

/** Plans a move, or says what is wrong with it. A roll back excludes every newer version, and names who runs one. */
export function planMove(image: StoredImage, move: Move, used: ImageUses): MovePlan | Problem {
  const target = image.versions.find(({ name }) => name === move.version);
  const problem = targetProblem(image, target, move);
  if (problem || !target) return problem ?? missing(image, move);
  const from = channelsOf(image.tags)[move.channel.toLowerCase()];
  const ordered = [...image.versions].sort(highestFirst);
  const newer = move.kind === "rollBack" ? ordered.filter((version) => highestFirst(version, target) < 0) : [];
  const machines = used.uses.filter(({ versionId }) => versionId && newer.some(({ id }) => sameId(id, versionId)));
  return {
    ...(from === undefined ? {} : { from }),
    exclude: newer.filter(({ excluded }) => !excluded).map(({ id }) => id),
    machines: machines.map(({ id }) => id),
  };
}

function targetProblem(image: StoredImage, target: StoredVersion | undefined, move: Move): Problem | undefined {
  if (!target) return missing(image, move);
  if (target.tags[revokedTag])
    return refusal("VersionRevoked", `${target.name} was revoked: ${target.tags[revokedTag]}`, target.id, [
      "Promote another version",
    ]);
  if (isWithheld(target.tags))
    return refusal("VersionNotApproved", `${target.name} is not approved: ${target.tags[approvalTag]}`, target.id, [
      "Have an approver decide about its build",
      "Or promote another version",
    ]);
  if (target.provisioningState !== "Succeeded")
    return refusal("VersionNotReady", `${target.name} is ${target.provisioningState}`, target.id, [
      "Wait until it is Succeeded",
      "Or promote another version",
    ]);
  return undefined;
}

/** Says why a version was revoked. */
export const revokedTag = "goldsmithRevoked";

const missing = ({ id, versions }: StoredImage, { version }: Move) =>
  refusal("VersionNotFound", `${lastSegment(id)} has no version ${version}`, id, [
    `Name one of: ${
      [...versions]
        .sort(highestFirst)
        .slice(0, 10)
        .map(({ name }) => name)
        .join(", ") || "none is there"
    }`,
  ]);

const refusal = (code: string, title: string, scope: string, fix: readonly string[]): Problem => ({
  code,
  title,
  status: 422,
  scope,
  fix,
});
