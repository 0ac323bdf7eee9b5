import { topologyOf } from "../network/topology.ts";
import type { TemplateBody } from "../planning/facts.ts";
import { osTypeGuess } from "../template/osType.ts";
import { fieldsOf, itemsOf, textOf, vnetConfigOf } from "../template/templateBody.ts";
import type { Prices } from "./prices.ts";

/** One part of what a build costs; without `amount` where the table has no price for it. */
export interface CostLine {
  readonly what: string;
  readonly quantity: number;
  readonly unit: "hours" | "GiB";
  readonly amount?: number;
  /** Spent once for the build, or every month that its images are kept. */
  readonly per: "build" | "month";
}

/** What a build cost and what its images go on costing: an estimate from a price table, never a bill. */
export interface Cost {
  readonly currency: string;
  /** ISO date of the price table. */
  readonly pricesOf: string;
  readonly build: number;
  readonly month: number;
  readonly lines: readonly CostLine[];
  /** What is not known, and what was taken in its place. */
  readonly assumptions: readonly string[];
}

/** What a build used, as far as it is known. */
export interface Usage {
  readonly body: TemplateBody;
  /** Seconds of its run. */
  readonly runSeconds: number;
  /** Names of the run outputs it left. */
  readonly made: readonly string[];
  /** VMs that an image was proved on. */
  readonly verification?: { readonly vmSize: string; readonly seconds: number };
}

/** Every build has a container that drives it: four cores (image-builder.md §6.6); its memory is not documented. */
const container = { cores: 4, gib: 8 };
/** Image Builder's defaults (image-builder.md §2.4, §5.1); the generation of the source is not in the template, and the dearer one is taken. */
const defaultSize = "Standard_D2ds_v4";
const defaultProxySize = "Standard_A1_v2";
/** GiB that a marketplace image's disk has where the template does not say: an upper bound, since Azure bills what is used. */
const usualDisk = { Linux: 30, Windows: 127 } as const;

/** The cost of a build, line by line. */
export function costOf(usage: Usage, prices: Prices): Cost {
  const lines = [...runLines(usage, prices), ...imageLines(usage, prices)];
  const sum = (per: CostLine["per"]) =>
    rounded(
      lines.reduce((total, line) => total + (line.per === per ? (line.amount ?? 0) : 0), 0),
      2,
    );
  const { currency, date: pricesOf } = prices;
  return {
    currency,
    pricesOf,
    build: sum("build"),
    month: sum("month"),
    lines,
    assumptions: assumptionsOf(usage, lines),
  };
}

function runLines({ body, runSeconds, verification }: Usage, prices: Prices): readonly CostLine[] {
  const hours = runSeconds / 3600;
  const windows = osTypeGuess(body) === "Windows";
  const proxy = vnetConfigOf(body).proxyVmSize ?? defaultProxySize;
  const { cores, gib } = container;
  return [
    ...(hours > 0
      ? [
          vmLine("build VM", sizeOf(body), hours, windows, prices),
          ...(topologyOf(body) === "buildSubnetOnly" ? [vmLine("proxy VM", proxy, hours, false, prices)] : []),
          line("container instance", hours, "hours", cores * prices.containerCore + gib * prices.containerGiB, "build"),
        ]
      : []),
    ...(verification
      ? [vmLine("verification VM", verification.vmSize, verification.seconds / 3600, windows, prices)]
      : []),
  ];
}

function imageLines({ body, made }: Usage, prices: Prices): readonly CostLine[] {
  const gib = diskOf(body);
  return itemsOf(body.properties?.distribute)
    .map(fieldsOf)
    .filter((target) => made.includes(textOf(target.runOutputName)))
    .flatMap((target) => {
      const name = textOf(target.runOutputName);
      switch (textOf(target.type).toLowerCase()) {
        case "sharedimage":
          return [...copiesOf(target)].map(([type, count]) =>
            line(`${name}: ${count} × ${type}`, gib * count, "GiB", priceOf(prices.storage, type), "month"),
          );
        case "managedimage":
          return [line(`${name}: managed image`, gib, "GiB", prices.storage.Standard_LRS, "month")];
        case "vhd":
          return [line(`${name}: VHD`, gib, "GiB", prices.blobStorage, "month")];
        default:
          return [];
      }
    });
}

/** How many copies of each account type a gallery target keeps; without regions it is one, beside the gallery (image-builder.md §2.3). */
function copiesOf(target: Readonly<Record<string, unknown>>): ReadonlyMap<string, number> {
  const usual = textOf(target.storageAccountType) || "Standard_LRS";
  const named = itemsOf(target.targetRegions).map(fieldsOf);
  const regions = named.length > 0 ? named : itemsOf(target.replicationRegions).map(() => ({}));
  const copies = new Map<string, number>();
  for (const region of regions.length > 0 ? regions : [{}]) {
    const { storageAccountType, replicaCount } = region as Readonly<Record<string, unknown>>;
    const type = textOf(storageAccountType) || usual;
    copies.set(type, (copies.get(type) ?? 0) + (Number(replicaCount) || 1));
  }
  return copies;
}

function assumptionsOf({ body, runSeconds }: Usage, lines: readonly CostLine[]): readonly string[] {
  const { vmSize } = fieldsOf(body.properties?.vmProfile);
  return [
    ...(runSeconds > 0 ? ["every machine of the build is counted for the whole of its last run"] : []),
    ...(runSeconds > 0 && !vmSize ? [`the build VM is taken for a ${defaultSize}`] : []),
    ...(runSeconds > 0 ? [`the container instance is taken for ${container.gib} GiB of memory`] : []),
    ...(givenDisk(body) === 0 && lines.some(({ unit }) => unit === "GiB")
      ? [`an image is taken for ${diskOf(body)} GiB; Azure bills what it really holds`]
      : []),
    ...lines
      .filter(({ amount }) => amount === undefined)
      .map(({ what }) => `no price is known for ${what}: name it in GOLDSMITH_PRICES`),
  ];
}

function vmLine(what: string, size: string, hours: number, windows: boolean, prices: Prices): CostLine {
  const linux = priceOf(prices.vm, size);
  const price = linux === undefined ? undefined : linux + (windows ? coresOf(size) * prices.windowsPerCore : 0);
  return line(`${what} ${size}`, hours, "hours", price, "build");
}

function line(
  what: string,
  quantity: number,
  unit: CostLine["unit"],
  price: number | undefined,
  per: CostLine["per"],
): CostLine {
  const amount = price === undefined ? {} : { amount: rounded(quantity * price, 4) };
  return { what, quantity: rounded(quantity, 3), unit, ...amount, per };
}

function priceOf(prices: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.entries(prices).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** The number in a size's name is its cores (Microsoft's naming conventions of VM sizes). */
const coresOf = (size: string) => Number(/_[A-Z]+(\d+)/i.exec(size)?.[1] ?? 1);

const sizeOf = (body: TemplateBody) => textOf(fieldsOf(body.properties?.vmProfile).vmSize) || defaultSize;
const givenDisk = (body: TemplateBody) => Number(fieldsOf(body.properties?.vmProfile).osDiskSizeGB) || 0;
const diskOf = (body: TemplateBody) => givenDisk(body) || usualDisk[osTypeGuess(body) ?? "Linux"];
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** A cost in one sentence. */
export function costText({ currency, build, month, pricesOf }: Cost): string {
  const kept = month > 0 ? `, then ${month.toFixed(2)} ${currency} a month while its images are kept` : "";
  return `about ${build.toFixed(2)} ${currency}${kept} (prices of ${pricesOf})`;
}
