/** Where the command runs and how it shall speak: read once, at the start. */
export interface Terms {
  readonly url?: string;
  readonly key?: string;
  readonly audience?: string;
  /** What a command starts is begun once under this key. */
  readonly idempotencyKey?: string;
  readonly output: "json" | "table";
  /** `bar`: one line that is redrawn; `lines`: one per event; `github` and `azureDevOps`: lines with their commands; `none`. */
  readonly progress: "bar" | "lines" | "github" | "azureDevOps" | "none";
  /** Somebody sits in front of it. */
  readonly interactive: boolean;
  readonly emulator: boolean;
  /** Subscription to work in from this process, as whoever is signed in. */
  readonly azure?: string;
  /** With `azure`: grant and change, not only advise. */
  readonly act: boolean;
  readonly data: string;
  readonly speed: number;
}

/** The flags of every command, as commander reads them. */
export interface CommonFlags {
  readonly url?: string;
  readonly key?: string;
  readonly audience?: string;
  readonly idempotencyKey?: string;
  readonly output?: "json" | "table";
  readonly progress?: "auto" | "lines" | "none";
  readonly emulator?: boolean;
  readonly azure?: string;
  readonly act?: boolean;
  readonly data?: string;
  readonly speed?: number;
}

/** What nobody said depends on where it runs. */
export function readTerms(flags: CommonFlags, env: NodeJS.ProcessEnv): Terms {
  const interactive = process.stderr.isTTY === true && process.stdin.isTTY === true;
  const { url, key, audience, idempotencyKey } = flags;
  return {
    ...(url ? { url } : {}),
    ...(key ? { key } : {}),
    ...(audience ? { audience } : {}),
    ...(idempotencyKey ? { idempotencyKey } : {}),
    output: flags.output ?? "table",
    progress: progressOf(flags.progress ?? "auto", env),
    interactive,
    emulator: flags.emulator ?? false,
    ...(flags.azure ? { azure: flags.azure } : {}),
    act: flags.act ?? false,
    data: flags.data ?? usualData,
    speed: flags.speed ?? 60,
  };
}

/** Where an embedded Goldsmith keeps what it knows, if nobody says. */
const usualData = ".goldsmith/cli";

/** A command as it is to be typed to meet the same Goldsmith. */
export function commandOf({ url, emulator, azure, act, data }: Terms, words: string): string {
  if (url) return `goldsmith ${words}`;
  const which = azure ? ["--azure", azure, ...(act ? ["--act"] : [])] : emulator ? ["--emulator"] : [];
  const where = data === usualData ? [] : ["--data", /^[\w./-]+$/.test(data) ? data : JSON.stringify(data)];
  return ["goldsmith", words, ...which, ...where].join(" ");
}

function progressOf(wanted: "auto" | "lines" | "none", env: NodeJS.ProcessEnv): Terms["progress"] {
  if (wanted === "none") return "none";
  if (env.GITHUB_ACTIONS) return "github";
  if (env.TF_BUILD) return "azureDevOps";
  if (wanted === "lines" || env.CI) return "lines";
  if (process.stderr.isTTY !== true) return "none";
  return env.TERM === "dumb" ? "lines" : "bar";
}
