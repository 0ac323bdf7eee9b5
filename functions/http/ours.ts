import { within } from "../../shared/decide/armId.ts";
import { Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";

/** Templates are created and run with this app's own rights, so a caller may name only those the operator let it work on. */
export function mustBeOurs({ settings }: Deps, templateId: string): void {
  const { watch, policy } = settings;
  if ([...policy.fence.scopes, ...watch].some((scope) => within(scope, templateId))) return;
  throw new Refused({
    code: "OutsideFence",
    title: "The template lies where this Goldsmith may not work",
    status: 403,
    scope: templateId,
    fix: ["Have the operator add its resource group to GOLDSMITH_FENCE or GOLDSMITH_WATCH"],
  });
}
