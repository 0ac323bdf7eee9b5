/** Names of regions are equal with or without blanks, in any casing: `East US 2` is `eastus2`. */
export function sameRegion(left: string, right: string): boolean {
  return regionName(left) === regionName(right);
}

/** `East US 2` as `eastus2`. */
export function regionName(region: string): string {
  return region.replaceAll(" ", "").toLowerCase();
}
