/** The three numbers of an image version, or undefined where the name is none (`1.0`, `1.0.0-beta`, a number beyond 32 bits). */
export function versionNumbers(name: string): readonly [number, number, number] | undefined {
  const match = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(name);
  if (!match) return undefined;
  const numbers = [Number(match[1]), Number(match[2]), Number(match[3])] as const;
  return numbers.every((number) => number <= 2_147_483_647) ? numbers : undefined;
}

/** Orders version names by their numbers, part by part (major, minor, patch, and any further part of a marketplace version). */
export function compareVersions(left: string, right: string): number {
  const one = left.split(".");
  const two = right.split(".");
  for (let index = 0; index < Math.max(one.length, two.length); index++) {
    const difference = Number(one[index] ?? 0) - Number(two[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
