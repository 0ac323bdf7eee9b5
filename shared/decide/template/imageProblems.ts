import type { Problem } from "../../problem.ts";
import { normalize, parseId } from "../armId.ts";
import type { Facts, TargetFacts } from "../planning/facts.ts";
import type { PlanPart } from "../planning/planBuild.ts";
import { invalidField } from "../planning/planningProblem.ts";
import { sameRegion } from "../region.ts";
import { stagingProblems, stepProblems, timeoutProblems } from "./settingProblems.ts";
import { definitionOf, fieldsOf, itemsOf, sourceOf, targetsOf, textOf } from "./templateBody.ts";

/** What about source, targets, steps and limits of a template the service would refuse minutes later (image-builder.md §2). */
export function imageProblems(facts: Facts): PlanPart {
  return {
    changes: [],
    blockers: [
      ...sourceProblems(facts),
      ...targetProblems(facts),
      ...stepProblems(facts),
      ...timeoutProblems(facts),
      ...stagingProblems(facts),
    ],
    warnings: [...planTerms(facts), ...autoRun(facts)],
  };
}

function sourceProblems(facts: Facts): readonly Problem[] {
  const source = sourceOf(facts.template.body);
  if (source.kind !== "ManagedImage") return [];
  const here = parseId(facts.template.id)?.subscriptionId.toLowerCase();
  const there = parseId(source.imageId)?.subscriptionId.toLowerCase();
  const pointer = "/properties/source/imageId";
  if (there !== undefined && there !== here)
    return [
      invalidField(
        "SourceElsewhere",
        "A managed image must be in the template's subscription",
        pointer,
        "Publish it to a gallery and use that version as source.",
      ),
    ];
  const region = facts.targets[normalize(source.imageId)]?.location;
  if (region === undefined || sameRegion(region, facts.template.body.location ?? "")) return [];
  return [
    invalidField(
      "RegionMismatch",
      `The source image is in ${region}, the template is not`,
      pointer,
      "Copy the image, or publish it to a gallery that replicates to the template's region.",
    ),
  ];
}

function sourceFacts(facts: Facts): TargetFacts | undefined {
  const source = sourceOf(facts.template.body);
  if (source.kind === "ManagedImage") return facts.targets[normalize(source.imageId)];
  return source.kind === "SharedImageVersion"
    ? facts.targets[normalize(definitionOf(source.imageVersionId))]
    : undefined;
}

function targetProblems(facts: Facts): readonly Problem[] {
  const source = sourceFacts(facts);
  const targets = targetsOf(facts.template.body);
  const names = targets.map((target) => target.runOutputName.toLowerCase());
  return targets.flatMap((target) => {
    const pointer = `/properties/distribute/${target.index}`;
    const problems: Problem[] = [];
    if (names.indexOf(target.runOutputName.toLowerCase()) !== target.index)
      problems.push(
        invalidField(
          "RunOutputTwice",
          `Two targets are called "${target.runOutputName}"`,
          `${pointer}/runOutputName`,
          "Give every target a runOutputName of its own.",
        ),
      );
    if (target.kind !== "SharedImage") return problems;
    const definition = facts.targets[normalize(definitionOf(target.galleryImageId))];
    return [
      ...problems,
      ...definitionProblems(source, definition, pointer),
      ...regionProblems(facts, definition, target.index),
    ];
  });
}

function definitionProblems(
  source: TargetFacts | undefined,
  definition: TargetFacts | undefined,
  pointer: string,
): readonly Problem[] {
  const differs = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && a.toLowerCase() !== b.toLowerCase();
  const problems: Problem[] = [];
  if (differs(source?.osType, definition?.osType))
    problems.push(
      invalidField(
        "SystemMismatch",
        `The source is ${source?.osType}, the image definition is for ${definition?.osType}`,
        pointer,
        "Publish into an image definition for the source's operating system.",
      ),
    );
  if (differs(source?.hyperVGeneration, definition?.hyperVGeneration))
    problems.push(
      invalidField(
        "GenerationMismatch",
        `The source is generation ${source?.hyperVGeneration}, the image definition ${definition?.hyperVGeneration}`,
        pointer,
        "Publish into an image definition of the source's generation.",
      ),
    );
  return problems;
}

// The version is made where the definition lies and copied from there (image-builder-json): a list of regions without it is refused.
function regionProblems(facts: Facts, definition: TargetFacts | undefined, index: number): readonly Problem[] {
  const item = fieldsOf(itemsOf(facts.template.body.properties?.distribute)[index]);
  const newer = itemsOf(item.targetRegions).map((region) => textOf(fieldsOf(region).name));
  const regions = newer.length > 0 ? newer : itemsOf(item.replicationRegions).map(textOf);
  const home = definition?.location;
  if (home === undefined || regions.length === 0 || regions.some((region) => sameRegion(region, home))) return [];
  return [
    invalidField(
      "HomeRegionMissing",
      `The target's regions lack ${home}, where the image definition is`,
      `/properties/distribute/${index}`,
      `Add ${home} to the target's regions.`,
    ),
  ];
}

function planTerms(facts: Facts): readonly Problem[] {
  const source = sourceOf(facts.template.body);
  if (source.kind !== "PlatformImage" || source.plan === undefined) return [];
  const { name, product, publisher } = source.plan;
  return [
    {
      code: "TermsNeeded",
      title: "The source has a purchase plan whose terms somebody must have accepted",
      stage: "planning",
      fix: [
        `Once per subscription: az vm image terms accept --publisher ${publisher} --offer ${product} --plan ${name}`,
      ],
    },
  ];
}

function autoRun(facts: Facts): readonly Problem[] {
  const state = textOf(fieldsOf(facts.template.body.properties?.autoRun).state);
  if (state.toLowerCase() !== "enabled") return [];
  return [
    {
      code: "AutoRun",
      title: "The service starts a build by itself when the template is created",
      detail: "Rights must stand before the template is created, and must stay.",
      stage: "planning",
    },
  ];
}
