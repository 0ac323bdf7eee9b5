import { readFileSync } from "node:fs";
import { AzureDevOpsRefused, type PullRequest, pullRequestOf } from "./azureDevOps/pullRequest.ts";
import { capped, harmless } from "./text.ts";

/**
 * Says a plan on the pull request of an Azure DevOps job: `azureDevOps.mjs plan.md` (infra/pipelines/goldsmith.yml). It never fails the
 * job: the plan is in the run's summary as well.
 */
const [file = ""] = process.argv.slice(2);
/** By this the thread of an earlier run is known. Azure Repos shows HTML comments, but no link that nobody uses. */
const mark = "[//]: # (goldsmith plan)";

const pullRequest = pullRequestOf(process.env);
if (!pullRequest) console.log("No pull request of Azure Repos: the plan is in the summary only.");
else if (!process.env.SYSTEM_ACCESSTOKEN) warn("The step has no SYSTEM_ACCESSTOKEN");
else await say(pullRequest, capped(`${mark}\n\n${readFileSync(file, "utf8")}`, "the run's summary")).catch(tell);

/** One thread, whose comment later runs write anew. */
async function say({ threads, open, edit }: PullRequest, content: string): Promise<void> {
  for (const { id, isDeleted, comments } of await threads()) {
    const [first] = comments;
    if (!isDeleted && first && !first.isDeleted && first.content?.startsWith(mark)) return edit(id, first.id, content);
  }
  return open(content);
}

function tell(error: unknown): void {
  const denied = error instanceof AzureDevOpsRefused && error.status < 500 && error.status !== 429;
  const why = denied ? "the build service needs Contribute to pull requests on the repository" : "run it again";
  warn(`${error instanceof Error ? error.message : String(error)}: ${why}`);
}

function warn(why: string): void {
  console.log(
    harmless(`The plan could not be said on the pull request, and is in the summary: ${why}`).replace(
      /^/,
      "##vso[task.logissue type=warning]",
    ),
  );
}
