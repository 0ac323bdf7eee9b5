import type { Operation } from "./world.ts";

/** Makes one operation of a family: its name within the family, its path, the last part of its action, its answer. */
export type MakeOperation = (
  name: string,
  method: Operation["method"],
  path: string,
  verb: string,
  answer: Operation["answer"],
) => Operation;

/** The maker for a family of operations: `group` as in Microsoft's documents, actions below `type`, all with these api-versions. */
export function operationsOf(group: string, type: string, apiVersions: readonly string[]): MakeOperation {
  return (name, method, path, verb, answer) => ({
    name: `${group}_${name}`,
    method,
    path,
    apiVersions,
    action: `${type}/${verb}`,
    answer,
  });
}
