import { array, at, object, text } from "../compute/paths.ts";
import { nameOf } from "../ids.ts";
import type { Json, Resource, World } from "../world.ts";
import { notAuthorized } from "./refusals.ts";

/** Every file that the service fetches for a template when it is submitted. */
export function filesOf(template: Resource): readonly string[] {
  const properties = object(template.body, "properties");
  const steps = [...array(properties, "customize"), ...array(properties, "validate", "inVMValidations")];
  const workload = text(properties, "optimize", "workload", "scriptUri");
  const files = steps.flatMap((step) => [text(step, "scriptUri"), text(step, "sourceUri")]);
  return [...files, workload].filter((file): file is string => Boolean(file));
}

const readBlobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";

/**
 * Why the service cannot fetch `file`, if so. Files in Azure Storage are read with the template's identity, unless the
 * address carries a signature; elsewhere nothing is fetched, a host that cannot exist (`*.invalid`) stands for an unreachable one.
 */
export function fileProblem(world: World, template: Resource, principalId: string, file: string, checkRights: boolean) {
  const address = new URL(file);
  if (address.hostname.endsWith(".invalid")) return unreachable(file);
  const blob = blobOf(world, address);
  if (!blob) return undefined;
  const account = world.store
    .resources("Microsoft.Storage/storageAccounts")
    .find((one) => nameOf(one.id).toLowerCase() === blob.account);
  if (!account || isClosed(world, account, template)) return unreachable(file);
  const scope = `${account.id}/blobServices/default/containers/${blob.container}`;
  const signed = address.searchParams.has("sig");
  if (
    signed ||
    !checkRights ||
    world.rights.decide(principalId, readBlobs, scope, { dataAction: true }).kind === "allowed"
  )
    return undefined;
  return { ...notAuthorized(file.split("?")[0] ?? file), provisioningErrorCode: "Other" };
}

/** The account and container that an address names: in Azure's form, or in the emulator's own (`{endpoint}/{account}/{container}/…`). */
function blobOf(world: World, address: URL): { readonly account: string; readonly container: string } | undefined {
  const parts = address.pathname.split("/").slice(1);
  const inAzure = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net$/.exec(address.hostname)?.[1];
  if (inAzure) return { account: inAzure, container: parts[0] ?? "" };
  return address.origin === world.endpoint
    ? { account: (parts[0] ?? "").toLowerCase(), container: parts[1] ?? "" }
    : undefined;
}

/** A storage account behind a firewall is only open to builds with a container subnet of their own (image-builder.md §5.4). */
function isClosed(world: World, account: Resource, template: Resource): boolean {
  if (text(account.body, "properties", "publicNetworkAccess") === "Disabled") return true;
  const denied = text(account.body, "properties", "networkAcls", "defaultAction") === "Deny";
  const subnetId = text(template.body, "properties", "vmProfile", "vnetConfig", "containerInstanceSubnetId");
  const rules = array(account.body, "properties", "networkAcls", "virtualNetworkRules");
  const admits = (rule: Json) =>
    subnetId !== undefined && String(at(rule, "id")).toLowerCase() === subnetId.toLowerCase();
  return denied && !(rules.some(admits) && hasStorageEndpoint(world.store.resource(subnetId ?? "")));
}

/** Without a service endpoint an account does not know what comes from a subnet as the subnet's. */
function hasStorageEndpoint(subnet: Resource | undefined): boolean {
  return array(subnet?.body, "properties", "serviceEndpoints").some((one) =>
    /^Microsoft\.Storage(\.Global)?$/i.test(text(one, "service") ?? ""),
  );
}

/** The text is the troubleshooting page's. */
function unreachable(file: string) {
  const shown = file.split("?")[0] ?? file;
  return {
    code: "InternalOperationError",
    provisioningErrorCode: "Other",
    message: `Downloading external file (${shown}) to local file (xxxxx.0.customizer.fp) [attempt 10 of 10] failed: Error downloading '${shown}' to 'xxxxx.0.customizer.fp'..`,
  };
}
