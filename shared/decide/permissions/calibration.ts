import type { Answer, Measurement, Question } from "./measured.ts";
import { roleSpec } from "./roles.ts";

/** Roles that the probes of a calibration are made of: what a gallery as the only target takes, according to the documents. */
const probedRoles = ["galleryPublisher", "imageWriter"] as const;
type ProbedRole = (typeof probedRoles)[number];

/** One identity with a template of its own: all rights, none, or all but some. */
export interface Probe {
  readonly name: string;
  /** Actions by role key; an absent role is not assigned. */
  readonly grants: Readonly<Partial<Record<ProbedRole, readonly string[]>>>;
  /** What it is there to find out. */
  readonly about: "control" | "nothing" | "withoutImages" | { readonly role: ProbedRole; readonly action: string };
}

const all = (key: ProbedRole) => roleSpec(key).actions;
const everything = { galleryPublisher: all("galleryPublisher"), imageWriter: all("imageWriter") };

/** The probes that settle which rights the service needs: one with everything, one with nothing, then one action (or the disputed role) less each. */
export function probes(): readonly Probe[] {
  const less = all("galleryPublisher").map((action, index): Probe => {
    const left = all("galleryPublisher").filter((one) => one !== action);
    return {
      name: `less${index}`,
      grants: { ...everything, galleryPublisher: left },
      about: { role: "galleryPublisher", action },
    };
  });
  return [
    { name: "control", grants: everything, about: "control" },
    { name: "nothing", grants: {}, about: "nothing" },
    { name: "noimages", grants: { galleryPublisher: everything.galleryPublisher }, about: "withoutImages" },
    ...less,
  ];
}

/** What the service made of something: taken, refused for a right, or neither can be told. */
export type Verdict =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "other"; readonly text: string };

/** How a probe fared: submitted, and where that was taken, built. */
export interface Observation {
  readonly probe: Probe;
  readonly submitted: Verdict;
  /** Absent where nothing was built. */
  readonly built?: Verdict;
}

/** Reads a failure's text: only one that speaks of authorization says anything about rights. */
export function verdictOn(text: string | undefined): Verdict {
  if (text === undefined) return { kind: "taken" };
  const denied =
    /AuthorizationFailed|Not authorized|does not have authorization|does not have permission|Unauthorized/i;
  return { kind: denied.test(text) ? "refused" : "other", text };
}

/** An answer before it is dated. */
export type Judged = Omit<Measurement, "at">;
const open = (question: Question, how: string): Judged => ({ question, answer: null, how });
const settled = (question: Question, answer: Answer, how: string): Judged => ({ question, answer, how });

/** What the probes show about rights. Nothing is believed where the control, which has every right, did not get through: then something else is wrong. */
export function judgeRights(seen: readonly Observation[]): readonly Judged[] {
  const control = seen.find(({ probe }) => probe.about === "control");
  const through = control?.built?.kind === "taken";
  const why = `The control, which has every right, did not build: ${textOf(control)}`;
  return [
    atSubmission(
      seen.find(({ probe }) => probe.about === "nothing"),
      control,
    ),
    ...seen.flatMap((one) => {
      const question = questionOf(one.probe);
      if (question === undefined) return [];
      return [through ? needOf(question, one) : open(question, why)];
    }),
  ];
}

function questionOf({ about }: Probe): Question | undefined {
  if (about === "withoutImages") return "galleryNeedsImagesRights";
  return typeof about === "object" ? `action/${about.role}/${about.action}` : undefined;
}

// The control's submission must have been taken, or the refusal may have another reason than the missing rights.
function atSubmission(nothing: Observation | undefined, control: Observation | undefined): Judged {
  const question = "rightsCheckedAtSubmission";
  if (control?.submitted.kind !== "taken")
    return open(question, `The control was not taken either: ${textOf(control)}`);
  if (nothing === undefined || nothing.submitted.kind === "other")
    return open(question, `A template without rights was not taken, for another reason: ${textOf(nothing)}`);
  return nothing.submitted.kind === "refused"
    ? settled(question, true, "A template whose identity has no rights failed to provision for want of them.")
    : settled(question, false, "A template whose identity has no rights was provisioned.");
}

function needOf(question: Question, one: Observation): Judged {
  const last = one.built ?? one.submitted;
  const stage = one.built ? "build" : "submission";
  if (last.kind === "refused") return settled(question, true, `Without it the ${stage} was refused.`);
  if (last.kind === "taken" && one.built) return settled(question, false, "Without it an image version was published.");
  return open(question, `Without it the ${stage} ended otherwise: ${textOf(one)}`);
}

function textOf(one: Observation | undefined): string {
  const last = one?.built ?? one?.submitted;
  if (last === undefined) return "it was not tried";
  return last.kind === "taken" ? "it was taken, and nothing was built" : last.text.slice(0, 300);
}

/** What two writes of a subnet show: `stale` is the status of the one with an etag that was no longer true. */
export function judgeIfMatch(stale: number): Judged {
  const question = "subnetsHonourIfMatch";
  if (stale === 412) return settled(question, true, "A PUT with an outdated etag was refused with 412.");
  if (stale < 300) return settled(question, false, "A PUT with an outdated etag was accepted.");
  return open(question, `A PUT with an outdated etag was answered with ${stale}.`);
}

/** What a subnet's etag did while another subnet of its network was written. */
export function judgeEtags(before: string, after: string): Judged {
  const moved = before !== after;
  const how = `A write on one subnet ${moved ? "changed" : "left"} the etag of another.`;
  return before === ""
    ? open("subnetEtagsMoveWithNetwork", "The subnet has no etag.")
    : settled("subnetEtagsMoveWithNetwork", moved, how);
}

/** A status that was provoked; a success where a refusal was expected is an answer too, but only where it may be (`taken`). */
export function judgeStatus(question: Question, status: number | undefined, done: string, taken = false): Judged {
  if (status === undefined || status >= 500 || status === 429)
    return open(question, `${done} was answered with ${status ?? "nothing"}.`);
  if (status < 300 && !taken) return open(question, `${done} was accepted (${status}).`);
  return settled(question, status, `${done} was answered with ${status}.`);
}

/** The final status of an operation record, as text. */
export function judgeOperation(status: string | undefined): Judged {
  const question = "cancelledOperationStatus";
  return status === undefined || status === "" || /^InProgress$/i.test(status)
    ? open(question, "The operation record of a cancelled run could not be read to its end.")
    : settled(question, status, `The operation record of a cancelled run ended as ${status}.`);
}

/** When a grant (or its end) was first seen to work, between two tries; seconds after the write. */
export function judgeSpread(
  question: "grantSeconds" | "revokeSeconds",
  tries: { readonly before: number; readonly at: number } | undefined,
  why: string,
): Judged {
  if (tries === undefined) return open(question, why);
  const [before, at] = [Math.round(tries.before), Math.round(tries.at)];
  return settled(
    question,
    at,
    `Not yet ${before} s after ${question === "grantSeconds" ? "the write" : "the deletion"}, but ${at} s after it.`,
  );
}
