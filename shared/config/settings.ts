import { z } from "zod";
import { approvalsSchema, channelsSchema, keepSchema } from "./curation.ts";
import { evidenceSchema } from "./evidence.ts";
import { fenceText, guidPattern, jsonText, watchText } from "./fence.ts";
import { pricesSchema } from "./prices.ts";
import { roleScopes } from "./roleScopes.ts";
import { targetsSchema } from "./targets.ts";
import { verificationsSchema } from "./verifications.ts";

/** One setting: an environment variable, what it means, what holds when it is absent or empty, and what it may be. */
interface Row<S extends z.ZodType> {
  readonly meaning: string;
  readonly default?: string;
  readonly schema: S;
}

const row = <S extends z.ZodType>(meaning: string, schema: S, fallback?: string): Row<S> =>
  fallback === undefined ? { meaning, schema } : { meaning, schema, default: fallback };

const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `not one of: ${values.join(", ")}`);
const yesOrNo = oneOf("true", "false").transform((text) => text === "true");
const guid = z.string().regex(guidPattern, "not a GUID");
const httpsUrl = z
  .url({ protocol: /^https$/, error: "not a URL that begins with https://" })
  .transform((text) => text.replace(/\/+$/, ""));
const optionalText = z.string().optional();

const seconds = (least: number, most: number) => {
  const range = `not a whole number of seconds from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, range)
    .transform(Number)
    .refine((value) => value >= least && value <= most, range);
};

const cronField = String.raw`[\d*/,?A-Za-z-]+`;
const schedule = z
  .string()
  .regex(
    new RegExp(`^${cronField}(?: +${cronField}){4,5}$`),
    'not a schedule in NCRONTAB form, such as "0 */5 * * * *" (second minute hour day month weekday)',
  );

/** Every setting, in the order of the documentation. Values given in the environment and defaults are read by the same schema. */
export const rows = {
  GOLDSMITH_FENCE: row(
    "Where Goldsmith may grant and change, and to whom: a comma-separated list of subscriptions, resource groups and resources, or JSON {scopes,identities,roles,shareWith,pairs,owners}. Empty: nowhere.",
    fenceText,
    "",
  ),
  GOLDSMITH_OPT_IN: row(
    "tag: a target is changed only if its tag goldsmith names the principal. none: the fence is enough.",
    oneOf("tag", "none"),
    "tag",
  ),
  GOLDSMITH_MODE: row(
    "act: grants and changes are made. advise: they are only proposed, and the build goes on once somebody made them.",
    oneOf("act", "advise"),
    "act",
  ),
  GOLDSMITH_RECREATE: row(
    "failed: a template that the service refused is deleted and created anew once its rights stand. never: it is left alone.",
    oneOf("failed", "never"),
    "never",
  ),
  GOLDSMITH_SECOND_REQUEST: row(
    "A request for a template that is being built. join: it joins where nothing differs, else it waits its turn. queue: it always waits for a build of its own. refuse: it is refused.",
    oneOf("join", "queue", "refuse"),
    "join",
  ),
  GOLDSMITH_NETWORK: row(
    "change: subnet policies, delegations and security rules are set as needed. keep: what is missing is reported.",
    oneOf("change", "keep"),
    "change",
  ),
  GOLDSMITH_NETWORK_AFTER: row(
    "keep: network changes stay. restore: what a build changed is put back after the last build that uses it, if nobody changed it since.",
    oneOf("keep", "restore"),
    "keep",
  ),
  GOLDSMITH_GRANTS: row(
    "standing: rights stay for the next build. justInTime: rights to distribute and to join networks exist only while builds use them.",
    oneOf("standing", "justInTime"),
    "standing",
  ),
  GOLDSMITH_STOP: row(
    "grants: nothing is granted any more, at once. Absent: grants are made as the mode says.",
    oneOf("grants").optional(),
  ),
  GOLDSMITH_BADGES: row(
    "Who may look at badges. readers: whoever may read. anyone: also who has no key, for wikis and READMEs; a badge says how the latest build of a lineage ended, and the version it made.",
    oneOf("readers", "anyone"),
    "readers",
  ),
  GOLDSMITH_RETENTION_DAYS: row(
    "Durable history of builds, audits and deliveries that ended longer ago is deleted; builds, ledger and reports stay.",
    z
      .string()
      .regex(/^\d{1,4}$/, "not a number of days from 1 to 3650")
      .transform(Number)
      .refine((days) => days >= 1 && days <= 3650, "not a number of days from 1 to 3650"),
    "30",
  ),
  GOLDSMITH_REQUIREMENTS: row(
    "Where sources disagree on the rights needed. documented: all that Microsoft's documents ask for. minimal: what was seen to be enough.",
    oneOf("documented", "minimal"),
    "documented",
  ),
  GOLDSMITH_EVIDENCE: row(
    "What goldsmith calibrate measured, as the JSON that its --evidence wrote: requirements cite it, and with minimal it decides where it found that a right is needed. Absent: documents alone.",
    jsonText.pipe(evidenceSchema).optional(),
  ),
  GOLDSMITH_REGISTER_PROVIDERS: row(
    "true: missing resource providers are registered. false: they are reported.",
    yesOrNo,
    "false",
  ),
  GOLDSMITH_ROLES: row(
    "predefined: the definitions of the roles come with the deployment. managed: the app writes them with a second identity; docs/operations.md says what that costs.",
    oneOf("predefined", "managed"),
    "predefined",
  ),
  GOLDSMITH_ROLE_MANAGER_CLIENT_ID: row("Client id of that second identity, where roles are managed.", guid.optional()),
  GOLDSMITH_WATCH: row(
    "Subscriptions and resource groups whose templates are built by themselves, with commas between them. Absent: those of the fence.",
    watchText.optional(),
  ),
  GOLDSMITH_ENVIRONMENT: row(
    "Name of this deployment: ending of the custom roles' names, and seed of their ids.",
    z.string().regex(/^[A-Za-z0-9-]{1,40}$/, "not 1 to 40 letters, digits and dashes"),
    "default",
  ),
  GOLDSMITH_ROLE_SUBSCRIPTION: row(
    "Id of the subscription that holds the custom role definitions. Absent: that of the fence's first scope, else the app's own.",
    guid.optional(),
  ),
  GOLDSMITH_IMAGE_BUILDER_PRINCIPAL: row(
    'Object id of the service principal "Azure Virtual Machine Image Builder" in this tenant, which one kind of template needs a grant for.',
    guid.optional(),
  ),
  GOLDSMITH_SETTLE_SECONDS: row(
    "How old a grant must be before the service is asked for what takes it, until builds have measured how long grants take here. A refusal after that is tried again.",
    seconds(0, 3600),
    "60",
  ),
  GOLDSMITH_ACCESS_ORACLE: row(
    "Address of Azure's policy decision point (checkAccess v2: https://<region>.authorization.azure.net), where the app may ask it whether granted rights work. Undocumented, and said to refuse callers with custom roles. Absent: nobody is asked.",
    z
      .url({ protocol: /^https$/, error: "not an https URL" })
      .transform((text) => text.replace(/\/+$/, ""))
      .optional(),
  ),
  GOLDSMITH_PROPAGATION_SECONDS: row(
    "The longest a grant is given to take effect: until then a refusal that names it is not believed.",
    seconds(0, 7200),
    "900",
  ),
  GOLDSMITH_POLL_SECONDS: row("Time between two reads of a running build.", seconds(1, 3600), "30"),
  GOLDSMITH_RECONCILE_SCHEDULE: row(
    "When templates are looked through for what a lost event missed (NCRONTAB).",
    schedule,
    "0 */5 * * * *",
  ),
  GOLDSMITH_AUDIT_SCHEDULE: row("When standing permissions are audited (NCRONTAB).", schedule, "0 0 2 * * *"),
  GOLDSMITH_URL: row(
    "Where people reach this app, for links in messages. Absent: https:// and the host name that the platform gives.",
    z
      .url({ protocol: /^https?$/, error: "not a URL" })
      .transform((text) => text.replace(/\/+$/, ""))
      .optional(),
  ),
  GOLDSMITH_TARGETS: row(
    'Who is told: JSON list of {name, kind, events, templates?, severity?} and, by kind: eventGrid {endpoint}; webhook {secretRef or url}; teams {secretRef}; slack {secretRef}; email {endpoint, from, to}; serviceBus {endpoint, entity}. See "Who is told".',
    jsonText.pipe(targetsSchema),
    "[]",
  ),
  GOLDSMITH_CHANNELS: row(
    "Channels of image definitions that people follow: JSON {production: {approval: true, hours: 72}, canary: {}}. With approval somebody else than who asks has to agree within the hours. Empty: there are none.",
    channelsSchema,
    "{}",
  ),
  GOLDSMITH_APPROVALS: row(
    "Builds that an approver, who is not the one who asked, has to agree to before latest means what they published: JSON {hours: 72, scopes: [galleries or what is around them]}. Requests may ask for it too. Absent: nobody approves builds.",
    approvalsSchema.optional(),
  ),
  GOLDSMITH_KEEP: row(
    "How many image versions are kept: JSON list of {scope, keepLast, keepDays, keepTags}; the narrowest rule around a definition holds. Empty: no version is ever removed.",
    keepSchema,
    "[]",
  ),
  GOLDSMITH_PRICES: row(
    "Prices that results are costed with, over the list prices that come with Goldsmith: JSON {currency, date, vm: {size: per hour}, windowsPerCore, containerCore, containerGiB, storage: {account type: per GiB and month}, blobStorage}.",
    jsonText.pipe(pricesSchema),
    "{}",
  ),
  GOLDSMITH_VERIFICATIONS: row(
    "How images may be proven, by name (docs/verification.md): JSON {default: {resourceGroupId, subnets, sizes, securityType, scripts, password, regions, vms, minutes, maxCost}}. Requests choose among them. Empty: nothing is verified.",
    jsonText.pipe(verificationsSchema),
    "{}",
  ),
  GOLDSMITH_GATE: row(
    "patch: a template whose gallery targets lack excludeFromLatest is changed before a build that is to be verified or approved. keep: such a build is refused, with the reason.",
    oneOf("patch", "keep"),
    "keep",
  ),
  GOLDSMITH_ALLOW_LOOPBACK_TARGETS: row(
    "true: webhooks may be on this machine, also without TLS. For tests.",
    yesOrNo,
    "false",
  ),
  GOLDSMITH_AUTH: row(
    "Who is a caller of the HTTP API. keys: whoever has a function key may build and read, whoever has the master key may do all. entra: whoever App Service authentication signs in, by the app roles Reader, Builder and Approver; only where it is switched on.",
    oneOf("keys", "entra"),
    "keys",
  ),
  GOLDSMITH_ROLE_SCOPES: row(
    'With entra: app roles that hold in some places only, as JSON {"Builder.web": ["/subscriptions/…/resourceGroups/rg-web"]}. Such a role begins with Reader., Builder. or Approver.; one that is not listed opens nothing.',
    jsonText.pipe(roleScopes),
    "{}",
  ),
  GOLDSMITH_ISSUER: row(
    "With entra: who issues the tokens, https://login.microsoftonline.com/<tenant>/v2.0; the OpenAPI document names it to callers.",
    httpsUrl.optional(),
  ),
  GOLDSMITH_ARM_ENDPOINT: row("Azure Resource Manager of this cloud.", httpsUrl, "https://management.azure.com"),
  GOLDSMITH_ARM_SCOPE: row("Scope of its tokens. Absent: the endpoint followed by /.default.", optionalText),
  AZURE_CLIENT_ID: row("Client id of the app's user-assigned identity.", guid.optional()),
  AzureWebJobsStorage: row(
    "Connection string of the app's storage account, where it is not entered with the identity.",
    optionalText,
  ),
  AzureWebJobsStorage__accountName: row(
    "Name of the storage account, entered with the identity (public cloud).",
    z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, "not the name of a storage account")
      .optional(),
  ),
  AzureWebJobsStorage__tableServiceUri: row("The account's table endpoint, where not by name.", httpsUrl.optional()),
  AzureWebJobsStorage__blobServiceUri: row("The account's blob endpoint, where not by name.", httpsUrl.optional()),
  AzureWebJobsStorage__clientId: row(
    "Client id of the identity that enters the account. Absent: AZURE_CLIENT_ID.",
    guid.optional(),
  ),
  APPLICATIONINSIGHTS_CONNECTION_STRING: row(
    "Application Insights that spans and measures go to, entered with the app's identity; the host sends its logs there too.",
    z
      .string()
      .regex(/^(?:[A-Za-z]+=[^;]*;?)+$/, "not a connection string of Application Insights")
      .optional(),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: row(
    "Collector that spans and measures go to besides (OTLP over HTTP, JSON). The other variables of OpenTelemetry count too: OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS.",
    z.url({ protocol: /^https?$/, error: "not a URL" }).optional(),
  ),
  TASKHUB_NAME: row(
    "Name of the task hub of Durable Functions; deployments that share their tables need different ones.",
    z.string().regex(/^[A-Za-z][A-Za-z0-9]{2,44}$/, "not 3 to 45 letters and digits, a letter first"),
    "goldsmith",
  ),
} as const;

export type SettingName = keyof typeof rows;
type Shape = { -readonly [K in SettingName]: (typeof rows)[K]["schema"] };

/** All settings at once. */
export const settingsSchema = z.object(
  Object.fromEntries(Object.entries(rows).map(([name, { schema }]) => [name, schema])) as Shape,
);

/** Their values after parsing, still by the names of the environment. */
export type Parsed = z.infer<typeof settingsSchema>;
