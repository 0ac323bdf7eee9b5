import type { Problem } from "../../problem.ts";
import { normalize } from "../armId.ts";
import type { Facts } from "../planning/facts.ts";
import { fenceProblem, optInProblems } from "../planning/fence.ts";
import type { Policy } from "../planning/policy.ts";
import { definitionOf, galleryOf, targetsOf } from "../template/templateBody.ts";
import { type BuildShare, grantedTo, shareOf } from "./share.ts";

/** What is in the way of sharing what a build will publish: nothing to share, the fence, a gallery that has not opted in. Known before anything is done. */
export function buildShareProblems(
  { template, targets }: Pick<Facts, "template" | "targets">,
  wanted: readonly BuildShare[],
  policy: Policy,
): readonly Problem[] {
  const definitions = targetsOf(template.body).flatMap((target) =>
    target.kind === "SharedImage" ? [definitionOf(target.galleryImageId)] : [],
  );
  if (definitions.length === 0) return [nothingToShare];
  const found = definitions.flatMap((definitionId) =>
    wanted.flatMap((grantee) => {
      const share = shareOf(definitionId, grantee);
      const galleryId = galleryOf(definitionId);
      const outside = fenceProblem(share, policy);
      const gallery = { id: galleryId, tags: targets[normalize(galleryId)]?.tags };
      return outside ? [outside] : optInProblems(policy, gallery, grantedTo(share));
    }),
  );
  return found.map((problem) => ({ ...problem, stage: "planning" }));
}

const nothingToShare: Problem = {
  code: "NothingToShare",
  title: "The template publishes no image version that could be shared",
  stage: "planning",
  fix: ["Ask for the build without share", "Or add a target of type SharedImage to distribute"],
};
