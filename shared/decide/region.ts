/** A region's name in the one form that names are compared in: "West Europe" is westeurope. */
export function regionName(name: string): string {
  return name.toLowerCase().replaceAll(" ", "");
}

/** Whether two region names mean the same. */
export function sameRegion(a: string, b: string): boolean {
  return regionName(a) === regionName(b);
}
