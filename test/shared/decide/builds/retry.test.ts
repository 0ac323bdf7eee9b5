import { diagnose } from "../../../../shared/decide/builds/diagnosis.ts";
import { retryPause } from "../../../../shared/decide/builds/retry.ts";

const pauses = (code: string) => [1, 2, 3, 4].map((tried) => retryPause({ code, title: "" }, tried));

test("a quota that others use is waited for, longer each time, and given up after three times", () => {
  expect(pauses("ContainerQuotaExceeded")).toEqual([600, 1200, 1800, undefined]);
});

test("a generic error is tried again once", () => {
  expect(pauses("InternalOperationError")).toEqual([300, undefined, undefined, undefined]);
});

test.each(["PackerBuildFailed", "AuthorizationFailed", "BuildTimedOut", "UnknownFailure", "QuotaExceeded"])(
  "%s is permanent",
  (code) => {
    expect(pauses(code)).toEqual([undefined, undefined, undefined, undefined]);
  },
);

test("the service's own words lead to the policy", () => {
  const problem = diagnose({ message: "Azure Container Instances quota exceeded", stage: "running" });
  expect(retryPause(problem, 1)).toBe(600);
  expect(retryPause(undefined, 1)).toBeUndefined();
});
