import { capped } from "../text.ts";
import { type GitHub, GitHubRefused } from "./api.ts";

/** By this the comment of an earlier run is known. */
const mark = "<!-- goldsmith plan -->";

/** Says the plans on the pull request: one comment, which later runs write anew. False where the token may not (a fork's). */
export async function commentPlans(github: GitHub, pullRequest: number, text: string): Promise<boolean> {
  const body = capped(`${mark}\n${text}`, "the job's summary");
  try {
    const comments = await github.list<{ readonly id: number; readonly body?: string }>(
      `/issues/${pullRequest}/comments`,
    );
    const own = comments.find((comment) => comment.body?.startsWith(mark));
    if (own) await github.send("PATCH", `/issues/comments/${own.id}`, { body });
    else await github.send("POST", `/issues/${pullRequest}/comments`, { body });
    return true;
  } catch (error) {
    if (error instanceof GitHubRefused && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}
