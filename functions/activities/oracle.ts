import type { AccessQuestion } from "../../shared/azure/accessOracle.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { planDocument } from "../documents.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

type Asked = {
  readonly buildId: string;
  /** ISO; when the youngest grant that is waited for was made. */
  readonly youngest: string;
};

/** Asking, where there is somebody to ask, whether rights work that the service will want at once. */
export const oracleActivities = ({ azure, store }: Deps) => ({
  /** `allowed`: they work. `silent`: go by their age. */
  async askOracle({ buildId, youngest }: Asked) {
    if (await store.seen.has("cancel", buildId)) return { cancelAsked: true, says: "silent" as const };
    const plan = await store.documents.get<Plan>(planDocument(buildId));
    const answer = await azure.askAccess(questionsOf(plan));
    const age = Math.round((Date.now() - Date.parse(youngest)) / 1000);
    if (answer.kind === "allowed") tell(`the access oracle says that the rights work, at an age of ${age} s`);
    if (answer.kind === "silent")
      tell(`the access oracle gives no answer (${answer.why}): grants are tried at the age said before`);
    return { cancelAsked: false, says: answer.kind };
  },
});

/** What is needed when the template is submitted or run; rights to distribute ripen meanwhile. */
function questionsOf(plan: Plan | undefined): readonly AccessQuestion[] {
  const early = (plan?.requirements ?? []).filter(({ neededAt }) => neededAt !== "distribution");
  return early.map(({ principalId, scope, actions, dataActions }) => ({ principalId, scope, actions, dataActions }));
}
