import { parseId } from "../armId.ts";
import type { Change, Plan } from "../planning/plan.ts";

/** API versions that exported changes are written with: those this app uses itself. */
export const apiVersions = { roleAssignments: "2022-04-01", network: "2024-05-01", providers: "2021-04-01" } as const;

/** A change that gives a role. */
export type Assignment = Extract<Change, { kind: "assignRole" }>;

/** What an assignment is for, in one line: it becomes its description. At most 1024 characters fit. */
export function reasonOf(plan: Plan, change: Assignment): string {
  const reasons = plan.requirements.filter((need) => change.requirements.includes(need.id)).map((need) => need.because);
  return oneLine(`Goldsmith: ${[...new Set(reasons)].join("; ")}`).slice(0, 1024);
}

/** Text without line breaks or other control characters, so that it cannot leave a comment or a quoted line. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

/** First lines of every export: what it is from, and which plan. */
export function headerOf(plan: Plan): readonly string[] {
  return [`Changes that Goldsmith plans for ${oneLine(plan.templateId)}`, `Plan ${plan.hash}`];
}

/** Said where there is nothing to do. */
export const nothingToDo = "Nothing is to be changed.";

/** Subscription, group and name of a resource, as commands want them apart. */
export function partsOf(id: string): { readonly subscription: string; readonly group: string; readonly name: string } {
  const parsed = parseId(id);
  return {
    subscription: parsed?.subscriptionId ?? "",
    group: parsed?.resourceGroup ?? "",
    name: parsed?.names.at(-1) ?? "",
  };
}
