/** Headers of an answer; names in any casing. */
export interface AnswerHeaders {
  get(name: string): string | undefined;
}

/** One error of ARM's envelope, or of what is nested in it. */
export interface ArmErrorPart {
  readonly code: string;
  readonly message: string;
}

/** An answer of ARM that is not a success (or none at all: status 0), with what its envelope says. Texts are Azure's own and not yet masked. */
export class ArmFailure extends Error {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly status: number;
  readonly code: string;
  /** The nested errors, outermost first. */
  readonly details: readonly ArmErrorPart[];
  /** Seconds that the answer asks to wait. */
  readonly retryAfter: number | undefined;
  readonly correlationId: string | undefined;

  constructor(about: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly parts: readonly [ArmErrorPart, ...ArmErrorPart[]];
    readonly headers?: AnswerHeaders;
  }) {
    const [outer, ...details] = about.parts;
    super(outer.message);
    this.name = "ArmFailure";
    this.method = about.method;
    this.path = about.path;
    this.status = about.status;
    this.code = outer.code;
    this.details = details;
    this.retryAfter = about.headers && retryAfterOf(about.headers);
    this.correlationId = about.headers?.get("x-ms-correlation-request-id");
  }

  /** Whether this error or one nested in it has one of these codes. */
  says(...codes: readonly string[]): boolean {
    const wanted = codes.map((code) => code.toLowerCase());
    return [this.code, ...this.details.map((detail) => detail.code)].some((code) =>
      wanted.includes(code.toLowerCase()),
    );
  }
}

/** What an error body says: the envelope `{error:{…}}`, or flat as Image Builder sent it before 2021-10-01; a code made from the status where it is neither. */
export function errorParts(
  status: number,
  bodyText: string | null | undefined,
): readonly [ArmErrorPart, ...ArmErrorPart[]] {
  const [outer, ...nested] = partsIn(parsed(bodyText ?? ""));
  if (outer) return [outer, ...nested];
  return [{ code: `Http${status}`, message: `Azure answered ${status} without saying why.` }];
}

/** Envelopes nest; deployments even nest one as JSON text in a message. */
function partsIn(body: unknown, depth = 0): readonly ArmErrorPart[] {
  if (typeof body !== "object" || body === null || depth > 5) return [];
  const { error } = body as { error?: unknown };
  if (typeof error === "object" && error !== null) return partsIn(error, depth + 1);
  const { code, message, details, innererror } = body as Record<string, unknown>;
  const quoted =
    typeof message === "string" && message.trimStart().startsWith("{") ? partsIn(parsed(message), depth + 1) : [];
  const text = typeof message === "string" ? message : "";
  const own = typeof code === "string" && code !== "" ? [{ code, message: quoted.length > 0 ? "" : text }] : [];
  const more = [...(Array.isArray(details) ? details : []), innererror];
  return [...own, ...quoted, ...more.flatMap((detail) => partsIn(detail, depth + 1))];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    return undefined;
  }
}

function retryAfterOf(headers: AnswerHeaders): number | undefined {
  const text = headers.get("retry-after");
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const wait = Math.ceil((Date.parse(text) - Date.now()) / 1000);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
