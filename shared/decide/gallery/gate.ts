import type { Problem } from "../../problem.ts";
import type { TemplateBody } from "../planning/facts.ts";
import { fieldsOf, itemsOf, textOf } from "../template/templateBody.ts";

/** Tag of a version that an approver decides about: `pending`, or what was decided, and by which build. */
export const approvalTag = "goldsmithApproval";

/** Whether an approver's yes to that version is still to come, or was denied: no proof opens its gate. */
export const isWithheld = (tags: Readonly<Record<string, string>>): boolean =>
  (tags[approvalTag] ?? "") !== "" && !tags[approvalTag]?.startsWith("approved ");

/** Whether an approver is still waited for. */
export const awaitsApproval = (tags: Readonly<Record<string, string>>): boolean =>
  tags[approvalTag]?.startsWith("pending ") === true;

const isGallery = (target: unknown) => textOf(fieldsOf(target).type).toLowerCase() === "sharedimage";

/** Indexes of the gallery targets that would be published into `latest` at once. */
export function ungatedTargets(body: TemplateBody): readonly number[] {
  return itemsOf(body.properties?.distribute).flatMap((target, index) =>
    isGallery(target) && fieldsOf(target).excludeFromLatest !== true ? [index] : [],
  );
}

/** The body with every gallery target excluded from `latest`. */
export function gatedBody(body: TemplateBody): TemplateBody {
  const distribute = itemsOf(body.properties?.distribute).map((target) =>
    isGallery(target) ? { ...fieldsOf(target), excludeFromLatest: true } : target,
  );
  return { ...body, properties: { ...body.properties, distribute } };
}

/** What is in the way of a build that is to be proven or approved: nothing to hold back, or targets that may not be changed. */
export function gateProblems(body: TemplateBody, gate: "patch" | "keep"): readonly Problem[] {
  const stage = "planning";
  if (!itemsOf(body.properties?.distribute).some(isGallery))
    return [
      {
        code: "NothingToVerify",
        title: "The template publishes no image version that could be verified or approved",
        stage,
        fix: ["Ask for the build without verify and approval", "Or add a target of type SharedImage to distribute"],
      },
    ];
  const open = ungatedTargets(body);
  if (open.length === 0 || gate === "patch") return [];
  return [
    {
      code: "NotGated",
      title: "The template publishes into latest before anything is proven or approved",
      detail: `Without excludeFromLatest: true: ${open.map((index) => `/properties/distribute/${index}`).join(", ")}.`,
      stage,
      errors: open.map((index) => ({
        pointer: `/properties/distribute/${index}/excludeFromLatest`,
        detail: "must be true",
      })),
      fix: ['Write "excludeFromLatest": true into these targets', "Or let Goldsmith do that: GOLDSMITH_GATE=patch"],
    },
  ];
}

/** What a plan says of targets that will be changed. */
export function gateWarnings(body: TemplateBody, gate: "patch" | "keep"): readonly Problem[] {
  const open = ungatedTargets(body);
  if (open.length === 0 || gate === "keep") return [];
  return [
    {
      code: "WillBeGated",
      title: "The template's gallery targets are changed so that latest means nothing unproven or not approved",
      detail: `excludeFromLatest: true is written into ${open.map((index) => `/properties/distribute/${index}`).join(", ")}.`,
      stage: "planning",
    },
  ];
}
