import { globSync, readFileSync } from "node:fs";
import type { GitHub } from "./api.ts";

/** What happened, as the runner's event file tells it. */
export type Happened =
  | { readonly kind: "pullRequest"; readonly number: number }
  | { readonly kind: "push"; readonly before: string; readonly after: string }
  | { readonly kind: "other" };

/** Reads the event that started the job. */
export function readEvent(env: NodeJS.ProcessEnv): Happened {
  const event = (env.GITHUB_EVENT_PATH ? JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8")) : {}) as {
    readonly pull_request?: { readonly number: number };
    readonly before?: string;
    readonly after?: string;
  };
  if (event.pull_request) return { kind: "pullRequest", number: event.pull_request.number };
  // A branch's first push has no before.
  if (event.before && event.after && !/^0+$/.test(event.before))
    return { kind: "push", before: event.before, after: event.after };
  return { kind: "other" };
}

/**
 * The templates a job is about. An id, and a file by its name, are meant as they are; a pattern means those of its files that the pull
 * request or push changed, and all of them where nobody tells what changed.
 */
export async function chosenTemplates(
  wanted: readonly string[],
  happened: Happened,
  github: GitHub | undefined,
): Promise<readonly string[]> {
  const isPattern = (text: string) => /[*?[{]/.test(text) && !text.startsWith("/subscriptions/");
  const matching = wanted.filter(isPattern).flatMap((pattern) => globSync(pattern).map(asRepositoryPath));
  const changed = matching.length > 0 && github ? await changedFiles(happened, github) : undefined;
  const chosen = changed ? matching.filter((file) => changed.has(file)) : matching;
  return [...new Set([...wanted.filter((text) => !isPattern(text)), ...chosen.sort()])];
}

const asRepositoryPath = (file: string) => file.replaceAll("\\", "/").replace(/^\.\//, "");

async function changedFiles(happened: Happened, github: GitHub): Promise<ReadonlySet<string> | undefined> {
  if (happened.kind === "other") return undefined;
  const path =
    happened.kind === "pullRequest"
      ? `/pulls/${happened.number}/files`
      : `/compare/${happened.before}...${happened.after}`;
  const files = await github.list<{ readonly filename: string }>(path);
  // Beyond these GitHub tells of no more: then all are meant.
  if (files.length >= (happened.kind === "pullRequest" ? 3000 : 300)) return undefined;
  return new Set(files.map(({ filename }) => filename));
}
