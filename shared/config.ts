import type { z } from "zod";
import type { AzureSettings } from "./azure/azure.ts";
import {
  approvalFaults,
  crossFaults,
  type Environment,
  type Fault,
  referenceFaults,
  roleSubscription,
  verificationFaults,
  warningsOf,
} from "./config/checks.ts";
import type { ChannelSettings } from "./config/curation.ts";
import { isPlace } from "./config/fence.ts";
import { type Parsed, rows, settingsSchema } from "./config/settings.ts";
import { targetFaults } from "./config/targetFaults.ts";
import type { VerificationProfile } from "./config/verifications.ts";
import type { Prices } from "./decide/builds/prices.ts";
import type { ApprovalPolicy } from "./decide/gallery/approval.ts";
import type { RetentionRule } from "./decide/gallery/retention.ts";
import type { EvidenceDocument } from "./decide/permissions/measured.ts";
import type { Policy } from "./decide/planning/policy.ts";
import { ownIdentity } from "./identity.ts";
import type { NotifySettings } from "./notify/index.ts";
import { Refused } from "./problem.ts";
import type { StoreSettings } from "./store/account.ts";

/** All the app is told by its environment, read once at its start. */
export interface Settings {
  readonly azure: AzureSettings;
  readonly store: StoreSettings;
  readonly notify: NotifySettings;
  /** Where people reach this app, without a slash at the end. */
  readonly url?: string;
  /** What a plan may do; builds carry a copy. */
  readonly policy: Policy;
  /** How patient builds are, in seconds; builds carry a copy. */
  readonly pace: { readonly settle: number; readonly propagation: number; readonly poll: number };
  readonly recreate: "failed" | "never";
  /** What becomes of a request for a template that is being built. */
  readonly secondRequest: "join" | "queue" | "refuse";
  /** What becomes of network changes after a build. */
  readonly networkAfter: "keep" | "restore";
  /** How long the rights live that a build needs only while it runs. */
  readonly grants: "standing" | "justInTime";
  /** How images may be proven, by name. */
  readonly verifications: Readonly<Record<string, VerificationProfile>>;
  /** Whether templates are changed so that what they publish is excluded from latest until it is proven. */
  readonly gate: "patch" | "keep";
  /** The kill switch. */
  readonly stop?: "grants";
  readonly badges: "readers" | "anyone";
  readonly retentionDays: number;
  readonly channels: Readonly<Record<string, ChannelSettings>>;
  /** Which builds an approver has to agree to; nobody approves builds where absent. */
  readonly approvals?: ApprovalPolicy;
  /** Which image versions are kept. */
  readonly keep: readonly RetentionRule[];
  /** What results are costed with. */
  readonly prices: Prices;
  /** Subscriptions and resource groups whose templates are built on events and reconciled. */
  readonly watch: readonly string[];
  /** NCRONTAB. */
  readonly auditSchedule: string;
  readonly reconcileSchedule: string;
  readonly taskHub: string;
  /** How callers of the HTTP API are told apart. */
  readonly auth: "keys" | "entra";
  /** Who issues the tokens of callers, for the contract. */
  readonly issuer?: string;
  /** App roles that hold in some places only, and where; other values than Reader, Builder and Approver open nothing. */
  readonly roleScopes: Readonly<Record<string, readonly string[]>>;
  /** Where spans and measures go; nowhere while both are absent. */
  readonly telemetry: { readonly connectionString?: string; readonly otlpEndpoint?: string };
  /** What is allowed but probably not meant, a sentence each. */
  readonly warnings: readonly string[];
}

/** Every setting for the documentation; an empty default means that it may be absent. */
export const settingsTable: readonly { readonly name: string; readonly default: string; readonly meaning: string }[] =
  Object.entries(rows).map(([name, row]) => ({ name, default: row.default ?? "", meaning: row.meaning }));

/** Reads all settings, or throws one `Refused` that names each wrong one and what it should be; no value is ever repeated. */
export function readSettings(environment: Environment): Settings {
  const values = Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, environment[name]?.trim() || row.default]),
  );
  const unresolved = referenceFaults(values);
  if (unresolved.length > 0) throw refusal(unresolved);
  const read = settingsSchema.safeParse(values);
  if (!read.success) throw refusal(read.error.issues.map(asFault));
  const faults = [
    ...crossFaults(read.data, environment),
    ...targetFaults(read.data, environment),
    ...verificationFaults(read.data),
    ...approvalFaults(read.data),
  ];
  if (faults.length > 0) throw refusal(faults);
  return settingsOf(read.data, environment);
}

function settingsOf(values: Parsed, environment: Environment): Settings {
  const { scopes } = values.GOLDSMITH_FENCE;
  const armEndpoint = values.GOLDSMITH_ARM_ENDPOINT;
  const identity = values.AZURE_CLIENT_ID === undefined ? {} : { clientId: values.AZURE_CLIENT_ID };
  const manager = values.GOLDSMITH_ROLES === "managed" ? values.GOLDSMITH_ROLE_MANAGER_CLIENT_ID : undefined;
  return {
    azure: {
      armEndpoint,
      armScope: values.GOLDSMITH_ARM_SCOPE ?? `${armEndpoint}/.default`,
      ...identity,
      ...(values.GOLDSMITH_ACCESS_ORACLE === undefined ? {} : { accessOracle: values.GOLDSMITH_ACCESS_ORACLE }),
      ...(manager === undefined ? {} : { roleManagerClientId: manager }),
    },
    store: storeOf(values),
    notify: {
      targets: values.GOLDSMITH_TARGETS,
      allowLoopbackTargets: values.GOLDSMITH_ALLOW_LOOPBACK_TARGETS,
      credential: ownIdentity(values.AZURE_CLIENT_ID),
    },
    ...urlOf(values, environment),
    policy: policyOf(values, environment),
    pace: {
      settle: values.GOLDSMITH_SETTLE_SECONDS,
      propagation: values.GOLDSMITH_PROPAGATION_SECONDS,
      poll: values.GOLDSMITH_POLL_SECONDS,
    },
    recreate: values.GOLDSMITH_RECREATE,
    secondRequest: values.GOLDSMITH_SECOND_REQUEST,
    networkAfter: values.GOLDSMITH_NETWORK_AFTER,
    grants: values.GOLDSMITH_GRANTS,
    verifications: values.GOLDSMITH_VERIFICATIONS,
    gate: values.GOLDSMITH_GATE,
    ...(values.GOLDSMITH_STOP === undefined ? {} : { stop: values.GOLDSMITH_STOP }),
    badges: values.GOLDSMITH_BADGES,
    retentionDays: values.GOLDSMITH_RETENTION_DAYS,
    channels: values.GOLDSMITH_CHANNELS,
    ...(values.GOLDSMITH_APPROVALS === undefined ? {} : { approvals: values.GOLDSMITH_APPROVALS }),
    keep: values.GOLDSMITH_KEEP,
    prices: values.GOLDSMITH_PRICES,
    watch: values.GOLDSMITH_WATCH ?? scopes.filter(isPlace),
    auditSchedule: values.GOLDSMITH_AUDIT_SCHEDULE,
    reconcileSchedule: values.GOLDSMITH_RECONCILE_SCHEDULE,
    taskHub: values.TASKHUB_NAME,
    auth: values.GOLDSMITH_AUTH,
    ...(values.GOLDSMITH_ISSUER === undefined ? {} : { issuer: values.GOLDSMITH_ISSUER }),
    roleScopes: values.GOLDSMITH_ROLE_SCOPES,
    telemetry: {
      ...(values.APPLICATIONINSIGHTS_CONNECTION_STRING
        ? { connectionString: values.APPLICATIONINSIGHTS_CONNECTION_STRING }
        : {}),
      ...(values.OTEL_EXPORTER_OTLP_ENDPOINT ? { otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT } : {}),
    },
    warnings: warningsOf(values, environment),
  };
}

/** App Service tells a site its host name. */
function urlOf(values: Parsed, environment: Environment): Pick<Settings, "url"> {
  const url = values.GOLDSMITH_URL ?? (environment.WEBSITE_HOSTNAME && `https://${environment.WEBSITE_HOSTNAME}`);
  return url ? { url } : {};
}

/** As much of the evidence as builds carry: what was answered, without the story. */
const settled = ({ measurements, ...place }: EvidenceDocument): EvidenceDocument => ({
  ...place,
  measurements: measurements.filter(({ answer }) => answer !== null).map((one) => ({ ...one, how: "" })),
});

function policyOf(values: Parsed, environment: Environment): Policy {
  const principal = values.GOLDSMITH_IMAGE_BUILDER_PRINCIPAL;
  return {
    fence: values.GOLDSMITH_FENCE,
    optIn: values.GOLDSMITH_OPT_IN,
    requirementSet: values.GOLDSMITH_REQUIREMENTS,
    ...(values.GOLDSMITH_EVIDENCE === undefined ? {} : { evidence: settled(values.GOLDSMITH_EVIDENCE) }),
    network: values.GOLDSMITH_NETWORK,
    mode: values.GOLDSMITH_MODE,
    environment: values.GOLDSMITH_ENVIRONMENT,
    roleSubscriptionId: roleSubscription(values, environment) ?? "",
    registerProviders: values.GOLDSMITH_REGISTER_PROVIDERS,
    roles: values.GOLDSMITH_ROLES,
    ...(principal === undefined ? {} : { imageBuilderPrincipalId: principal }),
  };
}

function storeOf(values: Parsed): StoreSettings {
  if (values.AzureWebJobsStorage) return { kind: "connectionString", connectionString: values.AzureWebJobsStorage };
  const account = values.AzureWebJobsStorage__accountName;
  const clientId = values.AzureWebJobsStorage__clientId ?? values.AZURE_CLIENT_ID;
  return {
    kind: "identity",
    tableServiceUri: values.AzureWebJobsStorage__tableServiceUri ?? `https://${account}.table.core.windows.net`,
    blobServiceUri: values.AzureWebJobsStorage__blobServiceUri ?? `https://${account}.blob.core.windows.net`,
    credential: ownIdentity(clientId),
  };
}

function asFault({ path, message }: z.core.$ZodIssue): Fault {
  return {
    pointer: path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
    detail: message,
  };
}

function refusal(errors: readonly Fault[]): Refused {
  const names = [...new Set(errors.map(({ pointer }) => pointer.split("/")[1] ?? ""))];
  return new Refused({
    code: "InvalidSettings",
    title: errors.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`).join("; "),
    status: 500,
    errors,
    fix: names.map(
      (name) =>
        `Set ${name}. ${rows[name as keyof typeof rows]?.meaning ?? "The setting is named by GOLDSMITH_TARGETS."}`,
    ),
  });
}
