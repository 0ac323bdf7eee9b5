import type { RunStatus, TemplateBody, TemplateFacts } from "../decide/planning/facts.ts";
import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { templateReadApi } from "./apiVersions.ts";
import { textAt } from "./json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What ARM adds to a resource, and what deployment languages write around one: Image Builder's strict parser (from 2024-02-01) refuses both. */
const envelope = [
  "id",
  "name",
  "type",
  "systemData",
  "etag",
  "apiVersion",
  "dependsOn",
  "comments",
  "condition",
  "copy",
  "scope",
  "metadata",
  "resources",
  "$schema",
  "contentVersion",
];
const readOnly = ["provisioningState", "provisioningError", "lastRunStatus", "exactStagingResourceGroup"];

/** api-versions of image templates that are known (image-builder.md §1.1); a body may name one of them. */
const knownApis = ["2020-02-14", "2021-10-01", "2022-02-14", "2022-07-01", "2023-07-01", "2024-02-01", "2025-10-01"];

/** The api-version a body names, if it is a known one. */
export function apiVersionOf(body: TemplateBody): string | undefined {
  return knownApis.find((known) => known === body.apiVersion);
}

/** A body as it is sent: read-only fields and the envelope left out, everything else untouched. */
export function writable(body: TemplateBody): TemplateBody {
  const { identity, properties, ...rest } = without(body, envelope);
  return {
    ...rest,
    ...(identity === undefined ? {} : { identity: writableIdentity(fieldsOf(identity)) }),
    ...(properties === undefined ? {} : { properties: writableProperties(fieldsOf(properties)) }),
  };
}

/** Answers show each identity's principal and client id; requests name the identity only. A null (remove) stays. */
function writableIdentity(identity: Fields): Fields {
  const { userAssignedIdentities, ...rest } = without(identity, ["principalId", "tenantId"]);
  if (userAssignedIdentities === undefined) return rest;
  const named = Object.entries(fieldsOf(userAssignedIdentities)).map(([id, value]) => [id, value === null ? null : {}]);
  return { ...rest, userAssignedIdentities: Object.fromEntries(named) };
}

function writableProperties(properties: Fields): Fields {
  const { source, ...rest } = without(properties, readOnly);
  return source === undefined ? rest : { source: without(fieldsOf(source), ["exactVersion"]), ...rest };
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** A template from its JSON: the body as written, and apart from it what the service says about it. */
export function templateFacts(json: unknown): TemplateFacts {
  const resource = fieldsOf(json);
  const properties = fieldsOf(resource.properties);
  const error = fieldsOf(properties.provisioningError);
  const lastRun = runStatus(fieldsOf(properties.lastRunStatus));
  return {
    id: textOf(resource.id),
    exists: true,
    // Says how it was read, so that it is written the same way if it is created anew.
    body: { apiVersion: templateReadApi, ...writable(resource) },
    ...textAt("provisioningState", properties.provisioningState),
    ...(textOf(error.provisioningErrorCode) === "" && textOf(error.message) === ""
      ? {}
      : { provisioningError: { code: textOf(error.provisioningErrorCode), message: textOf(error.message) } }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...textAt("exactStagingResourceGroup", properties.exactStagingResourceGroup),
  };
}

function runStatus(status: Fields): RunStatus | undefined {
  const runState = textOf(status.runState);
  if (runState === "") return undefined;
  return {
    runState,
    ...textAt("runSubState", status.runSubState),
    ...textAt("startTime", timeOf(status.startTime)),
    ...textAt("endTime", timeOf(status.endTime)),
    ...textAt("message", status.message),
  };
}

/** The service writes year 1 for "not yet" (image-builder.md §1.4 i). */
function timeOf(value: unknown): string {
  const text = textOf(value);
  return text.startsWith("0001-") ? "" : text;
}
