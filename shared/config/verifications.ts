import { z } from "zod";
import { parseId } from "../decide/armId.ts";
import { guidPattern } from "./fence.ts";

const groupId = z
  .string()
  .refine(
    (id) => /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(id) && parseId(id) !== undefined,
    "not the id of a resource group",
  );
const subnetId = z
  .string()
  .refine(
    (id) => /\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i.test(id) && parseId(id) !== undefined,
    "not the id of a subnet",
  );
const accountId = z
  .string()
  .refine(
    (id) => /\/Microsoft\.Storage\/storageAccounts\/[^/]+$/i.test(id) && parseId(id) !== undefined,
    "not the id of a storage account",
  );
const guid = z.string().regex(guidPattern, "not a GUID");
const name = z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "a name is 1 to 40 letters, digits and dashes");
const regionName = z.string().regex(/^[a-z0-9]+$/, "a region's short name, such as westeurope");

const size = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_]+$/, "not the name of a VM size"),
  /** In the currency of `maxCost`. */
  pricePerHour: z.number().positive().exactOptional(),
});

const vaultId = z
  .string()
  .refine(
    (id) => /\/Microsoft\.KeyVault\/vaults\/[^/]+$/i.test(id) && parseId(id) !== undefined,
    "not the id of a key vault",
  );

/** Where the password of Windows machines is; without `secret` one is made for each machine, and removed with it. */
const password = z.strictObject({
  vaultId,
  secret: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,127}$/, "a secret's name is 1 to 127 letters, digits and dashes")
    .exactOptional(),
});

/** Letters that a script may have, wherever it lies. */
export const longestScript = 100_000;

const script = z
  .strictObject({
    name,
    text: z.string().min(1).max(longestScript).exactOptional(),
    /** A blob of an account in the fence, read with the app's identity; `path` is container and blob. */
    blob: z.strictObject({ accountId, path: z.string().regex(/^[^/?#]+\/[^?#]+$/, "container/blob") }).exactOptional(),
    /** A regular expression that the output must match, besides the exit code 0. */
    output: z.string().max(1000).refine(isExpression, "not a regular expression").exactOptional(),
    minutes: z.number().int().min(1).max(60).default(10),
  })
  .refine(({ text, blob }) => (text === undefined) !== (blob === undefined), {
    message: "a script has either text or blob",
  });

/** The consumer in another tenant than the gallery: one multi-tenant app that exists in both, with the app's managed identity as its federated credential. */
const tenants = z.strictObject({
  clientId: guid,
  /** The tenant of the profile's resource group. */
  tenantId: guid,
  /** The tenants of the galleries, three at most: so many auxiliary tokens a request may carry. */
  imageTenantIds: z.array(guid).min(1).max(3),
});

const profile = z.strictObject({
  resourceGroupId: groupId,
  /** Subnets that stand, one a region; or a network that is made for each verification. */
  subnets: z
    .union([z.literal("temporary"), z.array(subnetId).min(1)], `"temporary" or a list of subnet ids`)
    .default("temporary"),
  /** In the order of preference: the first one that fits the image is taken. */
  sizes: z.array(size).min(1),
  securityType: z.enum(["Standard", "TrustedLaunch", "ConfidentialVM"]).exactOptional(),
  password: password.exactOptional(),
  scripts: z.array(script).max(20).default([]),
  regions: z
    .union([z.enum(["one", "all"]), z.array(regionName).min(1)], `"one", "all" or a list of regions`)
    .default("one"),
  /** Machines in each region. */
  vms: z.number().int().min(1).max(10).default(1),
  /** For all of it: boot, scripts. */
  minutes: z.number().int().min(5).max(240).default(45),
  maxCost: z.number().positive().exactOptional(),
  tenants: tenants.exactOptional(),
});

/** What an operator lets be verified, and where, by name. */
export type VerificationProfile = z.infer<typeof profile>;

/** The profiles of `GOLDSMITH_VERIFICATIONS` by name; `default` is taken where a request names none. */
export const verificationsSchema: z.ZodType<Readonly<Record<string, VerificationProfile>>> = z.record(name, profile);

function isExpression(text: string): boolean {
  try {
    new RegExp(text, "m");
    return true;
  } catch {
    return false;
  }
}
