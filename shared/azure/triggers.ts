import { templateWriteApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { listAll, partsOf } from "./rest.ts";

/** How many triggers a template has: each starts runs that this app does not. */
export async function countTriggers(arm: Connection, templateId: string): Promise<number> {
  partsOf(templateId);
  return (await listAll(arm, `${templateId}/triggers`, templateWriteApi)).length;
}
