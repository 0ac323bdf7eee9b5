/** A pull request of Azure Repos that a job runs for. */
export interface PullRequest {
  /** Its threads; the first comment of each is what it was opened with. */
  threads(): Promise<readonly Thread[]>;
  open(content: string): Promise<void>;
  edit(thread: number, comment: number, content: string): Promise<void>;
}

/** A thread of comments, as far as it is of use here. */
export interface Thread {
  readonly id: number;
  readonly isDeleted?: boolean;
  readonly comments: readonly { readonly id: number; readonly content?: string; readonly isDeleted?: boolean }[];
}

/** An answer of Azure DevOps that is none of success. */
export class AzureDevOpsRefused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`Azure DevOps answered ${status}`);
    this.status = status;
  }
}

/** REST, as services and servers since 2020 speak it: git/pull-request-threads, git/pull-request-thread-comments. */
const version = "api-version=6.0";
/** `CommentThreadStatus`: closed, so that it holds nobody's merge up. */
const closed = 4;
/** `CommentType`: text. */
const text = 1;

/** The pull request of this job, by the agent's variables; undefined where there is none, or its repository is not Azure's. */
export function pullRequestOf(env: NodeJS.ProcessEnv): PullRequest | undefined {
  const { SYSTEM_COLLECTIONURI: collection, SYSTEM_TEAMPROJECTID: project, BUILD_REPOSITORY_ID: repository } = env;
  const { SYSTEM_PULLREQUEST_PULLREQUESTID: id, BUILD_REPOSITORY_PROVIDER: provider } = env;
  if (!collection || !project || !repository || !id || provider !== "TfsGit") return undefined;
  const path = ["_apis", "git", "repositories", repository, "pullRequests", id, "threads"].map(encodeURIComponent);
  const base = `${collection.replace(/\/+$/, "")}/${encodeURIComponent(project)}/${path.join("/")}`;
  const ask = async (method: string, address: string, body?: object) => {
    const response = await fetch(`${address}?${version}`, {
      method,
      // A token that does not open the door is sent to a page to sign in.
      redirect: "manual",
      headers: {
        accept: "application/json",
        authorization: `Bearer ${env.SYSTEM_ACCESSTOKEN}`,
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok || response.status === 203) throw new AzureDevOpsRefused(response.status);
    return response;
  };
  return {
    threads: async () => ((await (await ask("GET", base)).json()) as { value: readonly Thread[] }).value,
    async open(content) {
      await ask("POST", base, { comments: [{ parentCommentId: 0, commentType: text, content }], status: closed });
    },
    async edit(thread, comment, content) {
      await ask("PATCH", `${base}/${thread}/comments/${comment}`, { content });
    },
  };
}
