import type { Approval, Decision } from "../../approval.ts";
import type { Origin } from "../../build.ts";
import type { Problem } from "../../problem.ts";
import { within } from "../armId.ts";
import type { TemplateBody } from "../planning/facts.ts";
import { fieldsOf, itemsOf, textOf } from "../template/templateBody.ts";

/** What an operator wants approved: builds that publish into one of these scopes, and those whose request asks for it. */
export interface ApprovalPolicy {
  readonly hours: number;
  readonly scopes: readonly string[];
}

/** Whether a template publishes to where the operator wants an approval. */
export const wantsApproval = (body: TemplateBody, { scopes }: ApprovalPolicy): boolean =>
  itemsOf(body.properties?.distribute).some((target) => {
    const image = textOf(fieldsOf(target).galleryImageId);
    return image !== "" && scopes.some((scope) => within(scope, image));
  });

/** Something that waits, or waited, for a decision. */
export interface Waiting {
  /** In words, with an article: `the build`, `the move`. */
  readonly what: string;
  readonly state: string;
  readonly waits: boolean;
  /** Who asked for it, where that is known. */
  readonly askedBy?: string | undefined;
  /** ISO. */
  readonly decideBy?: string | undefined;
  readonly standing?: Decision;
  /** Where more is to be seen. */
  readonly seeAt: string;
}

/** Why somebody (`who`: undefined where callers cannot be told apart) may not decide now; undefined if he may. */
export function decisionProblem(waiting: Waiting, who: string | undefined, now: string): Problem | undefined {
  const { what, state, waits, askedBy, decideBy, standing, seeAt } = waiting;
  if (who !== undefined && who === askedBy)
    return {
      code: "OwnApproval",
      title: `Whoever asks for ${what} does not decide about it`,
      status: 403,
      fix: ["Have another approver decide"],
    };
  const over = standing?.kind ?? (decideBy !== undefined && now > decideBy ? "expired" : undefined);
  if (waits && !over) return undefined;
  return {
    code: "NothingToDecide",
    title: `${what.charAt(0).toUpperCase()}${what.slice(1)} is not waiting for a decision: ${over ?? state}`,
    status: 409,
    fix: [`GET ${seeAt} tells more`],
  };
}

/** How a build that was not approved says so; what it published stays excluded from `latest`. */
export function notApproved({ kind, who, reason }: Decision): Problem {
  const by = who === undefined ? "" : ` Decided by ${who}.`;
  const said = reason === undefined ? "" : ` ${reason}`;
  return {
    ...refusals[kind === "approved" ? "expired" : kind],
    detail: `What it published stays excluded from latest.${by}${said}`,
  };
}

const again = "Ask for the build again once what stood against it is mended";
const refusals: Readonly<Record<Exclude<Decision["kind"], "approved">, Problem>> = {
  rejected: {
    code: "ApprovalRejected",
    title: "An approver rejected what was built",
    stage: "approving",
    fix: [again],
  },
  expired: {
    code: "ApprovalExpired",
    title: "Nobody approved in time what was built",
    stage: "approving",
    fix: ["Ask for the build again, and tell an approver", "Or promote the version that stands by a channel"],
  },
  cancelled: {
    code: "ApprovalCancelled",
    title: "The build was cancelled while it waited for an approval",
    stage: "approving",
    fix: [again],
  },
};

/** Who is waited for and what that person does; in a message and in the timeline. */
export function approvalSteps(
  buildId: string,
  { decideBy = "" }: Approval,
  origin: Partial<Origin> = {},
): readonly string[] {
  const person = origin.kind === "http" ? origin.who : undefined;
  const who = person === undefined ? "an approver" : `an approver who is not ${person}`;
  const until = decideBy.slice(0, 16).replace("T", " ");
  return [
    `Approve or reject it by ${until} UTC, as ${who}: goldsmith approve ${buildId}, or goldsmith reject ${buildId}`,
    "Undecided, what it published stays out of latest",
  ];
}
