/** Rows of the facts that no document settles and that a sandbox can (`goldsmith calibrate`): what is asked. */
export const questions = {
  rightsCheckedAtSubmission: "Are the identity's rights on the gallery checked when a template is submitted?",
  galleryNeedsImagesRights: "Does output into a gallery alone take images/* on the gallery's group?",
  subnetsHonourIfMatch: "Does a PUT of a subnet honour If-Match?",
  subnetEtagsMoveWithNetwork: "Does a write on one subnet give the others a new etag?",
  guardStatus: "With which status is a run refused while one is under way?",
  repeatedPutStatus: "With which status is the same template refused, or taken, a second time?",
  assignmentUpdateStatus: "With which status is another principal refused under an assignment's name?",
  cancelledOperationStatus: "What does the operation record of a cancelled run say?",
  grantSeconds: "How many seconds after its write does a grant work?",
  revokeSeconds: "How many seconds after its deletion does a grant stop working?",
} as const;

/** A question above, or `action/<role key>/<action>`: does the service need this action of the role? */
export type Question = keyof typeof questions | `action/${string}`;
export type Answer = boolean | number | string;

/** One question that a sandbox was asked; `answer` is null where it stayed open, and `how` says why. */
export interface Measurement {
  readonly question: Question;
  readonly answer: Answer | null;
  /** What was done and seen, in a sentence or two. */
  readonly how: string;
  /** ISO, UTC. */
  readonly at: string;
}

/** What `goldsmith calibrate` leaves, and GOLDSMITH_EVIDENCE takes. */
export interface EvidenceDocument {
  readonly version: 1;
  readonly subscriptionId: string;
  readonly location: string;
  readonly measurements: readonly Measurement[];
}

/** A question and its answer, for people. */
export function inWords({ question, answer }: Pick<Measurement, "question" | "answer">): string {
  const asked: Readonly<Record<string, string>> = questions;
  const text = asked[question] ?? `Is ${question.split("/").slice(2).join("/")} needed?`;
  const said = typeof answer === "boolean" ? (answer ? "yes" : "no") : (answer ?? "stayed open");
  return `${text} ${said}`;
}

/** The measured answer to a question; undefined where it was never asked or stayed open. */
export function measured(evidence: EvidenceDocument | undefined, question: Question): Measurement | undefined {
  return evidence?.measurements.find((one) => one.question === question && one.answer !== null);
}

/** How a requirement cites what was measured. */
export const citation = ({ subscriptionId, location }: EvidenceDocument, { at }: Pick<Measurement, "at">): string =>
  `measured on ${at.slice(0, 10)} in subscription ${subscriptionId} (${location})`;
