import { lastSegment, sameId, within } from "../armId.ts";
import { hashOf } from "../hash.ts";
import { channelsOf } from "./channels.ts";
import { highestFirst, type ImageUses, type StoredImage, type StoredVersion } from "./facts.ts";
import { awaitsApproval } from "./gate.ts";

/** What is kept of the image definitions at or below a scope. */
export interface RetentionRule {
  readonly scope: string;
  /** The newest so many, at least 1. */
  readonly keepLast: number;
  /** Whatever is younger, in days. */
  readonly keepDays: number;
  /** Whatever carries a tag of these names, in any casing. */
  readonly keepTags: readonly string[];
}

/** A version that stays, and all that protects it. */
export interface Kept {
  readonly versionId: string;
  readonly because: readonly string[];
}

/** What a rule would do to one image definition. Nothing is removed while there are blockers. */
export interface RetentionPlan {
  readonly definitionId: string;
  readonly rule: RetentionRule;
  readonly keep: readonly Kept[];
  readonly remove: readonly string[];
  /** Why nothing is removed although something could be. */
  readonly blockers: readonly string[];
  /** Over what is removed, and from what. */
  readonly hash: string;
}

const day = 86_400_000;

/** The narrowest rule that holds for a definition; without one nothing of it is ever removed. */
export function ruleFor(rules: readonly RetentionRule[], definitionId: string): RetentionRule | undefined {
  const holding = rules.filter(({ scope }) => within(scope, definitionId));
  return [...holding].sort((left, right) => right.scope.length - left.scope.length)[0];
}

/** Decides version by version: it goes only if nothing protects it, and only if everybody who could use it was looked at. */
export function retentionPlan(image: StoredImage, rule: RetentionRule, used: ImageUses, now: Date): RetentionPlan {
  const protectedBy = protections(image, rule, used, now);
  const judged = image.versions.map((version) => ({ version, because: protectedBy(version) }));
  const keep = judged.flatMap(({ version, because }) =>
    because.length > 0 ? [{ versionId: version.id, because }] : [],
  );
  const loose = judged.flatMap(({ version, because }) => (because.length === 0 ? [version.id] : []));
  const blockers = used.unread.map((scope) => `who uses images in ${scope} could not be read`);
  const remove = blockers.length > 0 ? [] : loose;
  const held = blockers.length > 0 ? loose.map((versionId) => ({ versionId, because: blockers })) : [];
  return {
    definitionId: image.id,
    rule,
    keep: [...keep, ...held],
    remove,
    blockers,
    hash: hashOf({ definitionId: image.id.toLowerCase(), rule, remove: remove.map((id) => id.toLowerCase()).sort() }),
  };
}

type Judge = (version: StoredVersion) => readonly string[];

function protections(image: StoredImage, rule: RetentionRule, used: ImageUses, now: Date): Judge {
  const newest = newestOf(image.versions, rule.keepLast);
  const latest = [...image.versions].sort(highestFirst).find(({ excluded }) => !excluded);
  const channels = Object.entries(channelsOf(image.tags));
  const tags = rule.keepTags.map((name) => name.toLowerCase());
  return (version) => [
    ...(newest.has(version) ? [`one of the newest ${rule.keepLast}`] : []),
    ...(version === latest ? ["what latest means"] : []),
    ...youth(version, rule, now),
    ...Object.keys(version.tags).flatMap((name) => (tags.includes(name.toLowerCase()) ? [`tagged ${name}`] : [])),
    ...channels.flatMap(([name, at]) => (at === version.name ? [`in channel ${name}`] : [])),
    ...(awaitsApproval(version.tags) ? ["an approver decides about it"] : []),
    ...usesOf(version, image, used),
    ...(["Succeeded", "Failed"].includes(version.provisioningState)
      ? []
      : [`it is ${version.provisioningState || "in no known state"}`]),
    ...(blocked(version, now) ? ["its safety profile forbids deletion before its end of life"] : []),
  ];
}

/** The newest by number and the newest by date: a version built for an old line is new too. What has no date is never old. */
function newestOf(versions: readonly StoredVersion[], count: number): ReadonlySet<StoredVersion> {
  const byNumber = [...versions].sort(highestFirst);
  const age = ({ publishedAt }: StoredVersion) => {
    const time = Date.parse(publishedAt ?? "");
    return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
  };
  const byDate = [...byNumber].sort((left, right) => (age(left) === age(right) ? 0 : age(right) - age(left)));
  return new Set([...byNumber.slice(0, count), ...byDate.slice(0, count)]);
}

function youth({ publishedAt }: StoredVersion, { keepDays }: RetentionRule, now: Date): readonly string[] {
  const published = Date.parse(publishedAt ?? "");
  if (Number.isNaN(published)) return ["its age is not known"];
  return now.getTime() - published < keepDays * day ? [`younger than ${keepDays} days`] : [];
}

function usesOf(version: StoredVersion, image: StoredImage, { uses }: ImageUses): readonly string[] {
  return uses
    .filter(({ definitionId, versionId }) =>
      versionId === undefined ? sameId(definitionId, image.id) : sameId(versionId, version.id),
    )
    .map(
      ({ id, versionId }) =>
        `in use by ${lastSegment(id)}${versionId === undefined ? ", which may run any version" : ""}`,
    );
}

/** Azure refuses such a deletion itself; what has no end is blocked for ever. */
function blocked({ blockedUntilEnd, endOfLife }: StoredVersion, now: Date): boolean {
  const end = Date.parse(endOfLife ?? "");
  return blockedUntilEnd && (Number.isNaN(end) || end > now.getTime());
}
