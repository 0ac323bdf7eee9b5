import { typeOf } from "../decide/armId.ts";

/** Image templates are read with the newest version: an older one hides what came later, so a template that uses it would look changed, and would lose it when it is created anew. */
export const templateReadApi = "2025-10-01";
/** Image templates are written, run and cancelled with the version that others use too, unless a body names a known one. */
export const templateWriteApi = "2024-02-01";
/** The version of `@azure/arm-network` 39. The newest known on purpose: a subnet read with an older one lacks what came later, and a PUT of that could clear it. */
export const networkApi = "2026-01-01";
export const galleryApi = "2023-07-03";
export const platformApi = "2024-03-01";
/** Machines and their run commands; disks have versions of their own. */
export const computeApi = "2024-07-01";
export const disksApi = "2024-03-02";
export const providersApi = "2021-04-01";
export const vaultApi = "2023-07-01";
export const storageApi = "2023-05-01";
export const containersApi = "2023-05-01";
export const groupsApi = "2021-04-01";

const byType: Readonly<Record<string, string>> = {
  "microsoft.compute/galleries": galleryApi,
  "microsoft.compute/galleries/images": galleryApi,
  "microsoft.compute/galleries/images/versions": galleryApi,
  "microsoft.compute/images": "2024-03-01",
  "microsoft.managedidentity/userassignedidentities": "2023-01-31",
  "microsoft.network/networksecuritygroups": networkApi,
  "microsoft.network/routetables": networkApi,
  "microsoft.network/virtualnetworks": networkApi,
  "microsoft.storage/storageaccounts": storageApi,
};

/** The api-version to read a resource, resource group or subscription with; undefined for types this app never reads. */
export function apiVersionFor(id: string): string | undefined {
  const type = typeOf(id);
  if (type !== undefined) return byType[type];
  const depth = id.split("/").length;
  if (depth === 5) return groupsApi;
  return depth === 3 ? "2022-12-01" : undefined;
}
