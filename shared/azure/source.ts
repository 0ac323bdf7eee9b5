import { parseId } from "../decide/armId.ts";
import { hashOf } from "../decide/hash.ts";
import type { TemplateFacts } from "../decide/planning/facts.ts";
import { fieldsOf, sourceOf } from "../decide/template/templateBody.ts";
import { apiVersionFor } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { newestPlatformVersion, resolveLatest } from "./images.ts";
import { readResource } from "./rest.ts";

/** What a template's source means right now: `latest` resolved, a managed image by its content (it has no versions, but can be replaced). Undefined where it is not there. */
export async function exactSource(arm: Connection, { id, body }: TemplateFacts): Promise<string | undefined> {
  const source = sourceOf(body);
  const region = body.location ?? "";
  switch (source.kind) {
    case "PlatformImage": {
      const { publisher, offer, sku, version } = source;
      const subscriptionId = parseId(id)?.subscriptionId ?? "";
      const exact = /^latest$/i.test(version)
        ? await newestPlatformVersion(arm, subscriptionId, region, source)
        : version;
      return exact && `${publisher}:${offer}:${sku}:${exact}`;
    }
    case "SharedImageVersion":
      return /\/versions\/latest$/i.test(source.imageVersionId)
        ? resolveLatest(arm, source.imageVersionId, region)
        : source.imageVersionId;
    case "ManagedImage": {
      const image = await readResource(arm, source.imageId, apiVersionFor(source.imageId) ?? "");
      if (image === undefined) return undefined;
      const { storageProfile } = fieldsOf(fieldsOf(image).properties);
      return `${source.imageId}#${hashOf(storageProfile).slice(-12)}`;
    }
    case "unknown":
      return undefined;
  }
}
