/** How the host treats instances of another version (host.json `durableTask`, as in the Durable extension). */
export interface VersionRules {
  /** Given to new instances, and what this host compares others with; null = versions are not looked at. */
  readonly own: string | null;
  readonly match: "None" | "Strict" | "CurrentOrOlder";
  /** `Reject` leaves the instance alone for a host that fits; `Fail` fails it. */
  readonly otherwise: "Reject" | "Fail";
}

/** Whether this host may run an instance of a version; an instance without one counts as the oldest. */
export function versionFits(version: string | null, { own, match }: VersionRules): boolean {
  if (own === null || match === "None") return true;
  if (match === "Strict") return (version ?? "") === own;
  return compareVersions(version ?? "", own) <= 0;
}

/** Compares part by part, numbers as numbers: `1.10` comes after `1.9`. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split("."));
  for (let at = 0; at < Math.max(left!.length, right!.length); at++) {
    const [one, two] = [left![at] ?? "", right![at] ?? ""];
    const difference =
      /^\d+$/.test(one) && /^\d+$/.test(two) ? Number(one) - Number(two) : one < two ? -1 : one > two ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return 0;
}
