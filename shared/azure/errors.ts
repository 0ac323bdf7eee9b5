import { type Problem, Refused } from "../problem.ts";
import { ArmFailure } from "./armFailure.ts";
import { masked } from "./masked.ts";

/** Locks, superseded writes and lagging replicas (rbac-network-arm.md §1.3, §2.4, §5.3): the same request may succeed later, whatever its status. */
const passing = [
  "AnotherOperationInProgress",
  "CanceledAndSupersededDueToAnotherOperation",
  "ConcurrentOperationInProgress",
  "ExpiredAuthenticationToken",
  "PreconditionFailed",
  "PrincipalNotFound",
  "ReferencedResourceNotProvisioned",
  "RetryableError",
  "RetryableErrorDueToAnotherOperation",
  "RoleAssignmentNotFound",
  "RoleDefinitionDoesNotExist",
];

/** What to do about refusals that people meet, by code. */
const fixes: Readonly<Record<string, readonly string[]>> = {
  AuthorizationFailed: [
    "Give the principal the missing action at that scope, or at one above it",
    "Wait up to ten minutes after granting",
  ],
  LinkedAuthorizationFailed: [
    "Give the principal the missing action at the linked scope",
    "Wait up to ten minutes after granting",
  ],
  MissingSubscriptionRegistration: ["Register the resource provider in the subscription"],
  RequestDisallowedByPolicy: ["Ask the owner of the policy for an exemption, or change what the policy objects to"],
  RoleAssignmentLimitExceeded: ["Remove role assignments that nobody needs: a subscription holds 4,000"],
  RoleAssignmentUpdateNotPermitted: [
    "Delete the role assignment of that name: it belongs to a principal or scope that was replaced",
  ],
  ScopeLocked: ["Remove the lock, or let its owner make the change"],
};

/** What the app throws for whatever went wrong on the way to Azure: `Refused` where trying again cannot help, else an `Error` that names request, status and code, but no secret. */
export function toThrown(error: unknown): Error {
  if (error instanceof Refused) return error;
  if (error instanceof ArmFailure) return maySucceedLater(error) ? fault(error) : new Refused(problemOf(error));
  return new Error(masked(error instanceof Error ? `${error.name}: ${error.message}` : String(error)));
}

/** Whether the same request may succeed later. */
function maySucceedLater(failure: ArmFailure): boolean {
  const { status } = failure;
  if (status < 400 || status === 408 || status === 412 || status === 429 || status >= 500) return true;
  return failure.says(...passing);
}

function fault(failure: ArmFailure): Error {
  const { method, path, status, code, retryAfter } = failure;
  const wait = retryAfter === undefined ? "" : `; it asks to wait ${retryAfter} s`;
  const nested = failure.details
    .filter((detail) => detail.code !== code)
    .map((detail) => `${detail.code}: ${detail.message}`);
  const words = [failure.message, ...nested].filter((text) => text !== "").join(" ");
  return new Error(masked(`${method} ${path}: ${status || "no answer"} ${code}${wait}. ${words}`));
}

/** A refusal as people and programs read it. */
export function problemOf(failure: ArmFailure): Problem {
  const { code, status, correlationId } = failure;
  const messages = [failure.message, ...failure.details.map((detail) => detail.message)].filter((text) => text !== "");
  const denied = deniedIn(messages.join(" "));
  const fix = fixes[code];
  return {
    code,
    title: masked(titleOf(failure)),
    detail: masked(messages.join(" ") || `${failure.method} ${failure.path}`),
    status,
    scope: denied.scope ?? failure.path,
    ...(denied.principalId === undefined ? {} : { principalId: denied.principalId }),
    ...(denied.action === undefined ? {} : { action: denied.action }),
    ...(fix === undefined ? {} : { fix }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}

function titleOf({ code, message, details, method, path }: ArmFailure): string {
  if (code === "AuthorizationFailed" || code === "LinkedAuthorizationFailed")
    return `Azure does not allow ${method} ${path}`;
  const text =
    [message, ...details.map((detail) => detail.message)].find((words) => words !== "") ?? `${method} ${path}`;
  const [sentence = text] = text.split(/(?<=[^.][.!?])\s/, 1);
  return sentence.length <= 200 ? sentence : `${sentence.slice(0, 199)}…`;
}

/** Action, scope and principal that a 403 names. Of a linked refusal the linked pair counts: the other one was permitted (rbac-network-arm.md §2.4). */
function deniedIn(text: string): { readonly action?: string; readonly scope?: string; readonly principalId?: string } {
  const principalId = /with object id '([^']+)'/i.exec(text)?.[1];
  const linked =
    /does not have permission to perform actions?(?:\(s\))? '([^']+)' on the linked scopes?(?:\(s\))? '([^',]+)/i.exec(
      text,
    );
  const plain = /perform action '([^']+)' over scope '([^']+)'/i.exec(text);
  const [, action, scope] = linked ?? plain ?? [];
  return {
    ...(action === undefined ? {} : { action: action.split(",")[0]! }),
    ...(scope === undefined ? {} : { scope: scope.trim() }),
    ...(principalId === undefined ? {} : { principalId }),
  };
}
