import { parseId, within } from "../decide/armId.ts";
import { readSecret } from "../notify/secret.ts";
import { type Parsed, rows } from "./settings.ts";

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a setting: JSON pointer (the setting's name first) and reason, without the value. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

export const unresolvedReference =
  "its Key Vault reference was not resolved: check that the secret exists and that the app's identity may read it";

// App Service leaves the reference itself in the variable when it cannot follow it.
export const isReference = (text: string) => text.startsWith("@Microsoft.KeyVault(");

/** Settings that still hold a reference to a secret instead of the secret. */
export function referenceFaults(values: Readonly<Record<string, string | undefined>>): Fault[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && isReference(value))
    .map(([name]) => ({ pointer: `/${name}`, detail: unresolvedReference }));
}

/** What only shows when settings are looked at together. */
export function crossFaults(values: Parsed, environment: Environment): Fault[] {
  const faults: Fault[] = [];
  const { AzureWebJobsStorage: connection, AzureWebJobsStorage__accountName: account } = values;
  const bothUris = values.AzureWebJobsStorage__tableServiceUri && values.AzureWebJobsStorage__blobServiceUri;
  if (connection && !/^UseDevelopmentStorage=true|(?:AccountName|TableEndpoint)=/im.test(connection))
    faults.push({ pointer: "/AzureWebJobsStorage", detail: "not a storage connection string" });
  if (!connection && !account && !bothUris)
    faults.push({
      pointer: "/AzureWebJobsStorage",
      detail:
        "no storage account is set: give AzureWebJobsStorage__accountName, or both AzureWebJobsStorage__tableServiceUri and AzureWebJobsStorage__blobServiceUri, or a connection string",
    });
  if (values.GOLDSMITH_PROPAGATION_SECONDS < values.GOLDSMITH_SETTLE_SECONDS)
    faults.push({ pointer: "/GOLDSMITH_PROPAGATION_SECONDS", detail: "shorter than GOLDSMITH_SETTLE_SECONDS" });
  if (values.GOLDSMITH_ACCESS_ORACLE !== undefined && !isAzures(values.GOLDSMITH_ACCESS_ORACLE, values))
    faults.push({
      pointer: "/GOLDSMITH_ACCESS_ORACLE",
      detail: "neither a host of authorization.azure.net (or .us, .cn) nor where ARM is: a token is sent there",
    });
  const manager = values.GOLDSMITH_ROLE_MANAGER_CLIENT_ID;
  if (values.GOLDSMITH_ROLES === "managed" && manager === undefined)
    faults.push({ pointer: "/GOLDSMITH_ROLE_MANAGER_CLIENT_ID", detail: "not set, although roles are managed" });
  if (manager !== undefined && manager.toLowerCase() === values.AZURE_CLIENT_ID?.toLowerCase())
    faults.push({ pointer: "/GOLDSMITH_ROLE_MANAGER_CLIENT_ID", detail: "the app's own identity, not a second one" });
  // App Service says so itself; were it off, anybody could write the header that names the caller.
  if (values.GOLDSMITH_AUTH === "entra" && /^false$/i.test(environment.WEBSITE_AUTH_ENABLED ?? ""))
    faults.push({ pointer: "/GOLDSMITH_AUTH", detail: "entra, but App Service authentication is switched off" });
  if (roleSubscription(values, environment) === undefined)
    faults.push({
      pointer: "/GOLDSMITH_ROLE_SUBSCRIPTION",
      detail: "not set, and neither the fence nor the platform names a subscription",
    });
  return faults;
}

/** A token of the app's goes there, so that it must be Microsoft's, or the emulator's. */
function isAzures(text: string, { GOLDSMITH_ARM_ENDPOINT }: Parsed): boolean {
  const { hostname, origin } = new URL(text);
  return /\.authorization\.azure\.(?:net|us|cn)$/.test(hostname) || origin === new URL(GOLDSMITH_ARM_ENDPOINT).origin;
}

/** Machines are made only inside the fence, and never among what templates and images live in: the group is emptied of what verifications made. In another tenant the consumer's own rights are the fence. */
export function verificationFaults(values: Parsed): Fault[] {
  return Object.entries(values.GOLDSMITH_VERIFICATIONS).flatMap(
    ([name, { resourceGroupId, sizes, maxCost, scripts, password, tenants }]): Fault[] => {
      const at = (field: string, detail: string) => ({ pointer: `/GOLDSMITH_VERIFICATIONS/${name}/${field}`, detail });
      const inside = (id: string) => values.GOLDSMITH_FENCE.scopes.some((scope) => within(scope, id));
      const unpriced = maxCost !== undefined && sizes.some(({ pricePerHour }) => pricePerHour === undefined);
      return [
        ...(inside(resourceGroupId) || tenants
          ? []
          : [at("resourceGroupId", "in none of the scopes of GOLDSMITH_FENCE")]),
        ...scripts.flatMap(({ blob }, index) =>
          blob === undefined || inside(blob.accountId)
            ? []
            : [at(`scripts/${index}/blob/accountId`, "in none of the scopes of GOLDSMITH_FENCE")],
        ),
        ...(password === undefined || inside(password.vaultId) || tenants
          ? []
          : [at("password/vaultId", "in none of the scopes of GOLDSMITH_FENCE")]),
        ...(unpriced ? [at("sizes", "maxCost needs the pricePerHour of every size")] : []),
      ];
    },
  );
}

/** What is approved is written with the app's own rights: inside the fence. */
export function approvalFaults({ GOLDSMITH_APPROVALS: approvals, GOLDSMITH_FENCE: { scopes } }: Parsed): Fault[] {
  return (approvals?.scopes ?? []).flatMap((scope, index) =>
    scopes.some((around) => within(around, scope))
      ? []
      : [{ pointer: `/GOLDSMITH_APPROVALS/scopes/${index}`, detail: "in none of the scopes of GOLDSMITH_FENCE" }],
  );
}

/** Where the role definitions live. App Service tells a site `WEBSITE_OWNER_NAME=<subscription>+<webspace>`. */
export function roleSubscription(values: Parsed, environment: Environment): string | undefined {
  const first = parseId(values.GOLDSMITH_FENCE.scopes[0] ?? "")?.subscriptionId;
  return values.GOLDSMITH_ROLE_SUBSCRIPTION ?? first ?? environment.WEBSITE_OWNER_NAME?.split("+")[0];
}

/** What is allowed but probably not meant, a sentence each. */
export function warningsOf(values: Parsed, environment: Environment): string[] {
  const webhooks = values.GOLDSMITH_TARGETS.filter((target) => target.kind === "webhook");
  const secrets = values.GOLDSMITH_TARGETS.flatMap((target) => ("secretRef" in target ? [target.secretRef] : []));
  const known = new Set([...Object.keys(rows), ...secrets]);
  const unknown = Object.keys(environment).filter((name) => name.startsWith("GOLDSMITH_") && !known.has(name));
  const unsigned = webhooks.filter(({ secretRef }) => {
    const secret = readSecret(environment[secretRef ?? ""]?.trim() ?? "");
    return secretRef === undefined || ("secrets" in secret && secret.secrets.length === 0);
  });
  return [
    ...unknown.sort().map((name) => `${name} is not a setting of this version and is ignored.`),
    ...unsigned.map(({ name }) => `The target ${name} has no signing secret: its receiver cannot tell who sends.`),
    ...(values.GOLDSMITH_FENCE.scopes.length === 0 ? ["GOLDSMITH_FENCE is empty: nothing is granted or changed."] : []),
  ];
}
