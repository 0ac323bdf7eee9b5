import { type GitHub, GitHubRefused } from "./api.ts";

/** By this the comment of an earlier run is known. */
const mark = "<!-- goldsmith plan -->";
/** GitHub takes 65,536 characters. */
const longest = 60_000;

/** Says the plans on the pull request: one comment, which later runs write anew. False where the token may not (a fork's). */
export async function commentPlans(github: GitHub, pullRequest: number, text: string): Promise<boolean> {
  const whole = `${mark}\n${text}`;
  const body = whole.length > longest ? `${whole.slice(0, longest)}\n\n…the rest is in the job's summary.` : whole;
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
