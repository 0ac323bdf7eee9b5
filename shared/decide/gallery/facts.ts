/** An image version as far as keeping and promoting it goes. */
export interface StoredVersion {
  readonly id: string;
  /** Three numbers with dots. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState: string;
  /** Whether `latest` may not mean it, in any region. */
  readonly excluded: boolean;
  /** ISO; absent where Azure does not say. */
  readonly publishedAt?: string;
  /** ISO; only a word to people, unless `blockedUntilEnd`. */
  readonly endOfLife?: string;
  /** Its safety profile forbids deletion before its end of life. */
  readonly blockedUntilEnd: boolean;
}

/** An image definition with its versions. */
export interface StoredImage {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: readonly StoredVersion[];
}

/** A machine or scale set made from an image; with no `versionId` it may be any version of the definition. */
export interface ImageUse {
  readonly id: string;
  readonly definitionId: string;
  readonly versionId?: string;
}

/** Who uses images, as far as it could be read; a subscription in `unread` may hide anybody. */
export interface ImageUses {
  readonly uses: readonly ImageUse[];
  readonly unread: readonly string[];
}

/** A staging group that Image Builder made, whose template is not there any more. */
export interface LostGroup {
  readonly id: string;
  readonly templateId: string;
}

/** Orders names of versions by their three numbers. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number));
  const differing = [0, 1, 2].find((index) => a?.[index] !== b?.[index]);
  return differing === undefined ? 0 : (a?.[differing] ?? 0) - (b?.[differing] ?? 0);
}

/** Orders versions by their names, highest first. */
export const highestFirst = (left: Pick<StoredVersion, "name">, right: Pick<StoredVersion, "name">): number =>
  compareVersions(right.name, left.name);
