import { nameOf } from "../ids.ts";
import { objectOf, textOf } from "../json.ts";
import {
  AzureError,
  type Call,
  type Json,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";

/** Versions of `Microsoft.Network` that are taken. */
export const networkVersions: readonly string[] = [
  ...[
    "2015-06-15",
    "2018-01-01",
    "2018-08-01",
    "2018-11-01",
    "2019-11-01",
    "2020-04-01",
    "2020-05-01",
    "2020-06-01",
    "2020-07-01",
    "2020-08-01",
    "2020-11-01",
    "2021-02-01",
    "2021-03-01",
  ],
  ...[
    "2021-05-01",
    "2021-08-01",
    "2022-01-01",
    "2022-05-01",
    "2022-07-01",
    "2022-09-01",
    "2022-11-01",
    "2023-02-01",
    "2023-04-01",
  ],
  ...[
    "2023-05-01",
    "2023-06-01",
    "2023-09-01",
    "2023-11-01",
    "2024-01-01",
    "2024-03-01",
    "2024-05-01",
    "2024-07-01",
    "2024-10-01",
  ],
  ...["2025-01-01", "2025-03-01", "2025-05-01", "2025-07-01", "2025-09-01", "2026-01-01"],
];

export const networkType = "Microsoft.Network/virtualNetworks";
export const subnetType = "Microsoft.Network/virtualNetworks/subnets";
export const securityGroupType = "Microsoft.Network/networkSecurityGroups";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network";

/** The paths of a top-level network type: in a group, in a subscription, and one of them. */
export function pathsOf(type: string, parameter: string) {
  return {
    one: `${group}/${type}/{${parameter}}`,
    inGroup: `${group}/${type}`,
    inSubscription: `/subscriptions/{subscriptionId}/providers/Microsoft.Network/${type}`,
  };
}

/** An operation of the network provider. */
export function networkOperation(
  name: string,
  method: Operation["method"],
  path: string,
  action: string,
  answer: Operation["answer"],
): Operation {
  return { name, method, path, apiVersions: networkVersions, action, answer };
}

/** A new etag, as the network provider writes them. */
export function newEtag(world: World): string {
  return `W/"${world.guid()}"`;
}

/** The provider's own 404, for children: neither code nor text are the gateway's (rbac-network-arm.md §5.1). */
export function childMissing(id: string): AzureError {
  return new AzureError(404, "NotFound", `Resource ${id} not found.`, { details: [] });
}

/** The gateway's 404, for tracked resources. */
export function resourceMissing(call: Call, type: string, name: string): AzureError {
  return new AzureError(
    404,
    "ResourceNotFound",
    `The Resource '${type}/${name}' under resource group '${call.params.resourceGroupName ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { headers: { "x-ms-failure-cause": "gateway" } },
  );
}

/** The gateway's 404 for a child of something that is not there. */
export function parentMissing(call: Call, type: string, parentId: string): AzureError {
  const verb = call.method === "GET" ? "read" : call.method === "DELETE" ? "delete" : "write";
  return new AzureError(
    404,
    "ParentResourceNotFound",
    `Failed to perform '${verb}' on resource(s) of type '${type.replace("Microsoft.Network/", "")}', because the parent resource '${parentId}' could not be found.`,
    { headers: { "x-ms-failure-cause": "gateway" } },
  );
}

/** Throws the 412 of an `If-Match` that names another etag than the resource has (rbac-network-arm.md §5.2). */
export function checkIfMatch(call: Call, id: string, standing: Resource | undefined): void {
  const wanted = call.headers["if-match"];
  const noneWanted = call.headers["if-none-match"];
  const etag = textOf(standing?.body.etag);
  if (noneWanted === "*" && standing) throw preconditionFailed(id, "*", etag ?? "");
  if (wanted === undefined || (wanted === "*" && standing) || wanted === etag) return;
  throw preconditionFailed(id, wanted, etag ?? "");
}

function preconditionFailed(id: string, wanted: string, etag: string): AzureError {
  return new AzureError(412, "PreconditionFailed", "Precondition failed.", {
    details: [
      {
        code: "PreconditionFailedEtagMismatch",
        message: `Etag provided in if-match header ${wanted} does not match etag ${etag} of resource ${id} in NRP data store.`,
      },
    ],
  });
}

/** A read's answer: the etag of the body is also the header's. */
export function readAnswer(body: JsonObject) {
  const etag = textOf(body.etag);
  return { status: 200, headers: etag ? { etag } : {}, body };
}

/** `properties` of a body with one member set. */
export function withProvisioningState(body: JsonObject, provisioningState: string): JsonObject {
  return { ...body, properties: { ...objectOf(body.properties), provisioningState } };
}

/** The id in a reference `{id}`, or undefined for null and for none. */
export function referenced(value: Json | undefined): string | undefined {
  return textOf(objectOf(value).id);
}

/** A refusal of what the body says. */
export function invalid(code: string, message: string): AzureError {
  return new AzureError(400, code, message, { details: [] });
}

/** What `Resource X referenced by resource Y was not found` says. */
export function referenceMissing(id: string, by: string): AzureError {
  return invalid(
    "InvalidResourceReference",
    `Resource ${id} referenced by resource ${by} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );
}

/** The name that a body gives to a child, or the last segment of its id. */
export function childName(body: JsonObject): string {
  return textOf(body.name) ?? nameOf(textOf(body.id) ?? "");
}
