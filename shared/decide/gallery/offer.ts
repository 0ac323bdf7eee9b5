import { lastSegment } from "../armId.ts";
import { definitionOf } from "../template/templateBody.ts";
import { type ImageFacts, securityOf } from "./imageCheck.ts";
import { type Consumer, type Instructions, useImage } from "./useImage.ts";

/** An image that somebody is to make machines from: a definition, or one version of it. */
export interface Offer extends Pick<ImageFacts, "osType" | "osState" | "architecture" | "securityType"> {
  readonly id: string;
  /** Where it is. */
  readonly region: string;
}

/** How whoever an image was shared with gets at it. */
export interface Access {
  /** What a shared gallery is called; only where it is shared directly. */
  readonly sharedAs?: string;
  readonly tenants?: Consumer["tenants"];
}

/** Ready commands for the consumer of an image; names, size and group are there to be changed. */
export function offerImage(offer: Offer, { sharedAs, tenants }: Access): Instructions & { readonly imageId: string } {
  const { id, osType, region, architecture } = offer;
  const security = securityOf(offer);
  const [, version = "latest"] = /\/versions\/([^/]+)$/i.exec(id) ?? [];
  const name = lastSegment(definitionOf(id));
  const imageId = sharedAs ? `/sharedGalleries/${sharedAs}/images/${name}/versions/${version}` : id;
  const consumer: Consumer = {
    imageId,
    osType,
    ...(offer.osState === "Specialized" ? { osState: offer.osState } : {}),
    region,
    resourceGroup: "rg-machines",
    machine: "machine-1",
    size: sizeFor(architecture, security),
    ...(security === "Standard" ? {} : { securityType: security }),
    ...(tenants ? { tenants } : {}),
  };
  return { imageId, ...useImage(consumer) };
}

function sizeFor(architecture: string, security: string): string {
  if (security === "ConfidentialVM") return "Standard_DC2as_v5";
  return architecture.toLowerCase() === "arm64" ? "Standard_D2ps_v5" : "Standard_D2s_v5";
}
