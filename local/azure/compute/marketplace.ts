import type { World } from "../world.ts";
import { compareVersions } from "./order.ts";

/** An image of the marketplace: what a template's `PlatformImage` source can name. */
export interface PlatformImage {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
  readonly osType: "Linux" | "Windows";
  readonly hyperVGeneration: "V1" | "V2";
  readonly sizeGB: number;
  readonly versions: readonly string[];
}

const linux = (publisher: string, offer: string, sku: string, hyperVGeneration: "V1" | "V2", ...versions: string[]) =>
  ({ publisher, offer, sku, osType: "Linux", hyperVGeneration, sizeGB: 30, versions }) as const;
const windows = (publisher: string, offer: string, sku: string, hyperVGeneration: "V1" | "V2", ...versions: string[]) =>
  ({ publisher, offer, sku, osType: "Windows", hyperVGeneration, sizeGB: 127, versions }) as const;

/** A choice of what the marketplace has; more can be put into the store (`putPlatformImage`). */
const catalogue: readonly PlatformImage[] = [
  linux("Canonical", "UbuntuServer", "16.04-LTS", "V1", "16.04.202109281"),
  linux("Canonical", "UbuntuServer", "18.04-LTS", "V1", "18.04.201808140", "18.04.202305220", "18.04.202401161"),
  linux("Canonical", "UbuntuServer", "18_04-lts-gen2", "V2", "18.04.202305220", "18.04.202401161"),
  linux("Canonical", "0001-com-ubuntu-server-focal", "20_04-lts", "V1", "20.04.202410020", "20.04.202505200"),
  linux("Canonical", "0001-com-ubuntu-server-focal", "20_04-lts-gen2", "V2", "20.04.202410020", "20.04.202505200"),
  linux("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "V1", "22.04.202509090", "22.04.202610140"),
  linux("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "V2", "22.04.202509090", "22.04.202610140"),
  linux("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-arm64", "V2", "22.04.202509090", "22.04.202610140"),
  linux("Canonical", "ubuntu-24_04-lts", "server", "V2", "24.04.202509100", "24.04.202610090", "24.04.202611050"),
  linux("Canonical", "ubuntu-24_04-lts", "server-gen1", "V1", "24.04.202509100", "24.04.202610090", "24.04.202611050"),
  linux("Debian", "debian-11", "11", "V1", "0.20250901.2219", "0.20260814.2567"),
  linux("Debian", "debian-11", "11-gen2", "V2", "0.20250901.2219", "0.20260814.2567"),
  linux("Debian", "debian-12", "12", "V1", "0.20250911.2229", "0.20261012.2626"),
  linux("Debian", "debian-12", "12-gen2", "V2", "0.20250911.2229", "0.20261012.2626"),
  linux("RedHat", "RHEL", "8-lvm-gen2", "V2", "8.10.2025071512", "8.10.2026081810"),
  linux("RedHat", "RHEL", "9-lvm-gen2", "V2", "9.6.2025070111", "9.7.2026052015"),
  linux("SUSE", "sles-15-sp6", "gen2", "V2", "2025.08.12", "2026.07.03"),
  linux("almalinux", "almalinux-x86_64", "9-gen2", "V2", "9.6.202505290", "9.7.202605140"),
  linux("MicrosoftCblMariner", "azure-linux-3", "azure-linux-3-gen2", "V2", "3.20250910.01", "3.20261008.01"),
  windows("MicrosoftWindowsServer", "WindowsServer", "2019-Datacenter", "V1", "17763.7678.250804", "17763.8027.261010"),
  windows(
    "MicrosoftWindowsServer",
    "WindowsServer",
    "2019-datacenter-gensecond",
    "V2",
    "17763.7678.250804",
    "17763.8027.261010",
  ),
  windows("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter", "V1", "20348.4052.250804", "20348.5020.261010"),
  windows(
    "MicrosoftWindowsServer",
    "WindowsServer",
    "2022-datacenter-g2",
    "V2",
    "20348.4052.250804",
    "20348.5020.261010",
  ),
  windows(
    "MicrosoftWindowsServer",
    "WindowsServer",
    "2022-datacenter-azure-edition",
    "V2",
    "20348.4052.250804",
    "20348.5020.261010",
  ),
  windows(
    "MicrosoftWindowsServer",
    "WindowsServer",
    "2025-datacenter-g2",
    "V2",
    "26100.4946.250810",
    "26100.7012.261010",
  ),
  windows("MicrosoftWindowsDesktop", "windows-11", "win11-24h2-avd", "V2", "26100.4946.250810", "26100.7012.261010"),
  windows(
    "MicrosoftWindowsDesktop",
    "office-365",
    "win11-24h2-avd-m365",
    "V2",
    "26100.4946.250811",
    "26100.7012.261012",
  ),
];

const storeKind = "platformImage";
const keyOf = (publisher: string, offer: string, sku: string) => `${publisher}/${offer}/${sku}`;

/** Adds an image to the emulated marketplace, or replaces one: a new version, say, that fires triggers. */
export function putPlatformImage(world: World, image: PlatformImage): void {
  world.store.put(storeKind, keyOf(image.publisher, image.offer, image.sku), image);
}

/** Everything the emulated marketplace has. */
export function platformImages(world: World): readonly PlatformImage[] {
  const added = world.store.list<PlatformImage>(storeKind).map(([, image]) => image);
  const replaced = new Set(added.map((image) => keyOf(image.publisher, image.offer, image.sku).toLowerCase()));
  return [
    ...catalogue.filter((image) => !replaced.has(keyOf(image.publisher, image.offer, image.sku).toLowerCase())),
    ...added,
  ];
}

/** One image, by names in any casing. */
export function platformImage(world: World, publisher: string, offer: string, sku: string): PlatformImage | undefined {
  const wanted = keyOf(publisher, offer, sku).toLowerCase();
  return platformImages(world).find((image) => keyOf(image.publisher, image.offer, image.sku).toLowerCase() === wanted);
}

/** The version that `asked` names: itself where it exists, the highest for `latest`. */
export function platformVersion(image: PlatformImage, asked: string): string | undefined {
  if (asked.toLowerCase() !== "latest") return image.versions.find((version) => version === asked);
  return image.versions.toSorted(compareVersions).at(-1);
}
