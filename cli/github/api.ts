/** GitHub's REST API, as the runner names it, with the job's token. */
export interface GitHub {
  /** All items of a list, page after page. */
  list<T>(path: string): Promise<readonly T[]>;
  send(method: "POST" | "PATCH", path: string, body: object): Promise<void>;
}

/** An answer of GitHub that is none of success. */
export class GitHubRefused extends Error {
  readonly status: number;
  constructor(status: number, path: string) {
    super(`GitHub answered ${status} to ${path}`);
    this.status = status;
  }
}

/** Pages of a list at most: GitHub itself ends lists of files at 3,000. */
const mostPages = 30;

/** Speaks to GitHub about the repository of the job; `undefined` where there is no token. */
export function connectGitHub(env: NodeJS.ProcessEnv, token: string): GitHub | undefined {
  const { GITHUB_API_URL: url, GITHUB_REPOSITORY: repository } = env;
  if (!url || !repository || !token) return undefined;
  const base = `${url.replace(/\/+$/, "")}/repos/${repository}`;
  const ask = async (method: string, address: string, body?: object) => {
    const response = await fetch(address, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "x-github-api-version": "2022-11-28",
        "user-agent": "goldsmith",
        ...(body ? { "content-type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch((error: Error) => {
      throw new Error(`GitHub does not answer: ${error.cause instanceof Error ? error.cause.message : error.message}`);
    });
    if (!response.ok) throw new GitHubRefused(response.status, address.slice(base.length));
    return response;
  };
  return {
    async list<T>(path: string) {
      const found: T[] = [];
      for (let page = 1; page <= mostPages; page++) {
        const address = `${base}${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`;
        const answer = (await (await ask("GET", address)).json()) as T[] | { readonly files?: T[] };
        const items = Array.isArray(answer) ? answer : (answer.files ?? []);
        found.push(...items);
        if (items.length < 100) break;
      }
      return found;
    },
    async send(method, path, body) {
      await ask(method, `${base}${path}`, body);
    },
  };
}
