import type { Problem } from "../../problem.ts";
import { normalize, parseId, sameId } from "../armId.ts";
import type { Facts } from "../planning/facts.ts";
import { invalidField } from "../planning/planningProblem.ts";
import { sameRegion } from "../region.ts";
import { osTypeOf } from "./osType.ts";
import { fieldsOf, itemsOf, stagingGroupOf, textOf } from "./templateBody.ts";

/** Customizers that the image's operating system does not run. */
export function stepProblems(facts: Facts): readonly Problem[] {
  const system = osTypeOf(facts);
  const foreign = system === "Linux" ? ["powershell", "windowsrestart", "windowsupdate"] : ["shell"];
  if (system === undefined) return [];
  return itemsOf(facts.template.body.properties?.customize).flatMap((step, index) => {
    const type = textOf(fieldsOf(step).type);
    if (!foreign.includes(type.toLowerCase())) return [];
    return [
      invalidField(
        "CustomizerMismatch",
        `${type} does not run on ${system}`,
        `/properties/customize/${index}/type`,
        "Use Shell for Linux and PowerShell for Windows.",
      ),
    ];
  });
}

/** A time-out that the service refuses or that breaks the build. */
export function timeoutProblems(facts: Facts): readonly Problem[] {
  const minutes = facts.template.body.properties?.buildTimeoutInMinutes ?? 0;
  const pointer = "/properties/buildTimeoutInMinutes";
  if (typeof minutes !== "number" || !Number.isInteger(minutes) || minutes < 0 || minutes > 960)
    return [
      invalidField(
        "InvalidTimeout",
        "buildTimeoutInMinutes must be a whole number from 0 to 960",
        pointer,
        "Correct it; 0 means 240.",
      ),
    ];
  if (minutes === 0 || minutes > 5) return [];
  return [
    invalidField(
      "TimeoutTooShort",
      "With a time-out of 1 to 5 minutes the service's own tokens fail",
      pointer,
      "Set 6 or more (60 or more for Windows).",
    ),
  ];
}

/** An own staging group that the service would refuse, or that it would empty of what is not its own. */
export function stagingProblems(facts: Facts): readonly Problem[] {
  const id = stagingGroupOf(facts.template.body);
  const group = id === undefined ? undefined : facts.targets[normalize(id)];
  // An existing template has its own resources there already.
  if (group?.exists !== true || facts.template.exists) return [];
  const pointer = "/properties/stagingResourceGroup";
  const problems: Problem[] = [];
  if ((group.resourceCount ?? 0) > 0)
    problems.push(
      invalidField(
        "StagingGroupNotEmpty",
        "The staging resource group is not empty",
        pointer,
        "Use an empty group, or let the service make one.",
      ),
    );
  if (group.location !== undefined && !sameRegion(group.location, facts.template.body.location ?? ""))
    problems.push(
      invalidField(
        "RegionMismatch",
        `The staging resource group is in ${group.location}, the template is not`,
        pointer,
        "Use a group in the template's region.",
      ),
    );
  const own = parseId(facts.template.id);
  const home = own && `/subscriptions/${own.subscriptionId}/resourceGroups/${own.resourceGroup}`;
  if (home !== undefined && sameId(home, group.id))
    problems.push(
      invalidField(
        "StagingGroupShared",
        "The staging resource group holds the template itself",
        pointer,
        "Use a group of its own: the service deletes what is in it.",
      ),
    );
  return problems;
}
