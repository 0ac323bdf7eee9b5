import type { TokenCredential } from "@azure/core-auth";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { ArmFailure } from "./armFailure.ts";
import type { AzureSettings } from "./azure.ts";
import { connect } from "./connection.ts";

const oracleApi = "2021-06-01-preview";
const oracleScope = "https://authorization.azure.net/.default";

/** What one principal would do at one scope. */
export interface AccessQuestion {
  readonly principalId: string;
  readonly scope: string;
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
}

/** `silent`: it gave no answer that one could go by, and `why`. */
export type AccessAnswer =
  | { readonly kind: "allowed" }
  | { readonly kind: "notYet" }
  | { readonly kind: "silent"; readonly why: string };

/**
 * Asks Azure's policy decision point whether another principal's rights work (checkAccess v2, rbac-network-arm.md §2.7). It is
 * undocumented, and was seen to refuse callers whose roles are custom ones: whatever it does not answer is silence, no failure.
 */
export function accessOracle({ accessOracle: endpoint, ...place }: AzureSettings, given?: TokenCredential) {
  const oracle = endpoint && connect({ ...place, armEndpoint: endpoint, armScope: oracleScope }, given);
  const ask = async ({ principalId, scope, ...asked }: AccessQuestion): Promise<AccessAnswer> => {
    if (!oracle) return { kind: "silent", why: "there is none" };
    const one = (isData: boolean) => (id: string) => ({ Id: id, IsDataAction: isData, Attributes: {} });
    const actions = [...asked.actions.map(one(false)), ...asked.dataActions.map(one(true))];
    // It is asked for operations; a role that names them with a wildcard says more than it can be asked.
    if (actions.some(({ Id }) => Id.includes("*"))) return { kind: "silent", why: "it cannot be asked for a wildcard" };
    const { body } = await oracle.send({
      method: "POST",
      path: "/providers/Microsoft.Authorization/checkAccess",
      apiVersion: oracleApi,
      body: { Subject: { Attributes: { ObjectId: principalId } }, Actions: actions, Resource: { Id: scope } },
    });
    const decided = itemsOf(fieldsOf(body).value).map(fieldsOf);
    const of = (id: string) =>
      decided.find(({ actionId }) => textOf(actionId).toLowerCase() === id.toLowerCase())?.accessDecision;
    const decisions = actions.map(({ Id }) => textOf(of(Id)).toLowerCase());
    if (decisions.includes("")) return { kind: "silent", why: "it did not decide on every right" };
    return { kind: decisions.every((decision) => decision === "allowed") ? "allowed" : "notYet" };
  };
  return async (questions: readonly AccessQuestion[]): Promise<AccessAnswer> => {
    try {
      const answers = await Promise.all(questions.map(ask));
      const rank = ["silent", "notYet", "allowed"];
      return answers.reduce((worst, one) => (rank.indexOf(one.kind) < rank.indexOf(worst.kind) ? one : worst), {
        kind: "allowed",
      });
    } catch (error) {
      return {
        kind: "silent",
        why: error instanceof ArmFailure ? `it answered ${error.status}` : "it was not reached",
      };
    }
  };
}
