import { ArmFailure, errorParts } from "../../../shared/azure/armFailure.ts";
import { problemOf, toThrown } from "../../../shared/azure/errors.ts";
import { Refused } from "../../../shared/problem.ts";

const failure = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new ArmFailure({
    method: "PUT",
    path: "/subscriptions/s",
    status,
    headers: { get: (name) => headers[name] },
    parts: errorParts(status, typeof body === "string" ? body : JSON.stringify(body)),
  });
const error = (code: string, message = "x", more: object = {}) => ({ error: { code, message, ...more } });

it("reads wrapped, flat, nested and quoted envelopes", () => {
  expect(errorParts(409, JSON.stringify(error("Conflict", "m")))).toEqual([{ code: "Conflict", message: "m" }]);
  expect(errorParts(409, '{"code":"Conflict","message":"m"}')).toEqual([{ code: "Conflict", message: "m" }]);
  const nested = error("DeploymentFailed", "outer", {
    details: [{ code: "Conflict", message: JSON.stringify(error("SecurityRuleConflict", "inner")) }],
    innererror: { code: "Deep", message: "deeper" },
  });
  expect(errorParts(409, JSON.stringify(nested)).map((part) => part.code)).toEqual([
    "DeploymentFailed",
    "Conflict",
    "SecurityRuleConflict",
    "Deep",
  ]);
  for (const text of ["", "<html>", "[]", "null", '{"error":"invalid_grant"}'])
    expect(errorParts(502, text)).toEqual([{ code: "Http502", message: "Azure answered 502 without saying why." }]);
});

describe("may succeed later", () => {
  it.each([
    [408, error("RequestTimeout")],
    [412, error("PreconditionFailed")],
    [429, error("SubscriptionRequestsThrottled")],
    [429, error("RetryableError", "x", { details: [{ code: "ReferencedResourceNotProvisioned", message: "y" }] })],
    [500, error("InternalServerError")],
    [504, error("GatewayTimeout")],
    [409, error("AnotherOperationInProgress")],
    [409, error("Canceled", "x", { details: [{ code: "CanceledAndSupersededDueToAnotherOperation", message: "y" }] })],
    [400, error("PrincipalNotFound")],
    [401, error("ExpiredAuthenticationToken")],
    [404, error("RoleDefinitionDoesNotExist")],
  ])("%d %j", (status, body) => {
    const thrown = toThrown(failure(status, body));
    expect(thrown).not.toBeInstanceOf(Refused);
    expect(thrown.message).toContain(`PUT /subscriptions/s: ${status} ${body.error.code}`);
  });
});

describe("is refused", () => {
  it.each([
    [400, error("ValidationFailed")],
    [400, error("UnmatchedPrincipalType")],
    [401, error("InvalidAuthenticationToken")],
    [403, error("RequestDisallowedByPolicy")],
    [404, error("SubscriptionNotFound")],
    [409, error("ScopeLocked")],
    [409, error("RoleAssignmentLimitExceeded")],
  ])("%d %j", (status, body) => {
    expect(toThrown(failure(status, body))).toMatchObject({ problem: { code: body.error.code, status } });
  });
});

it("names action, linked scope and principal of a linked refusal", () => {
  const text =
    "The client 'app' with object id 'oid' has permission to perform action 'Microsoft.Network/virtualNetworks/subnets/write' on scope '/subscriptions/s/a'; however, it does not have permission to perform action(s) 'Microsoft.Network/routeTables/join/action' on the linked scope(s) '/subscriptions/s/routeTables/r' (respectively) or the linked scope(s) are invalid.";
  expect(problemOf(failure(403, error("LinkedAuthorizationFailed", text)))).toMatchObject({
    action: "Microsoft.Network/routeTables/join/action",
    scope: "/subscriptions/s/routeTables/r",
    principalId: "oid",
  });
});

it("says how long Azure asks to wait, in seconds or as a date", () => {
  expect(toThrown(failure(429, error("TooManyRequests"), { "retry-after": "17" })).message).toContain(
    "asks to wait 17 s",
  );
  const date = new Date(Date.now() + 30_000).toUTCString();
  expect(toThrown(failure(503, error("Busy"), { "retry-after": date })).message).toMatch(/asks to wait (29|30) s/);
  expect(toThrown(failure(429, error("TooManyRequests"))).message).not.toContain("wait");
});

it("keeps a refusal as it is and masks what others throw", () => {
  const refused = new Refused({ code: "Ours", title: "t" });
  expect(toThrown(refused)).toBe(refused);
  expect(toThrown(new TypeError("see https://a.b/c?sig=1")).message).toBe("TypeError: see https://a.b/c");
});
