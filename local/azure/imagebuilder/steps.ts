import { array, at, object, text } from "../compute/paths.ts";
import { drawMs } from "../random.ts";
import type { Json, Resource, World } from "../world.ts";
import type { Step } from "./runs.ts";
import { targetsOf } from "./template.ts";

/** What share of a build each stage takes, before stages that a template lacks fall away. */
const shares = {
  Queued: 0.04,
  Building: 0.2,
  Customizing: 0.36,
  Optimizing: 0.08,
  Validating: 0.12,
  Distributing: 0.32,
} as const;

/** The steps of a run of this template: their lengths add up to a build length drawn from the switch, plus what its scripts sleep. */
export function planSteps(world: World, template: Resource): readonly Step[] {
  const properties = object(template.body, "properties");
  const sourceOnly = at(properties, "validate", "sourceValidationOnly") === true;
  const optimizes = ["vmBoot", "workload"].some((part) => text(properties, "optimize", part, "state") === "Enabled");
  const validates = array(properties, "validate", "inVMValidations").length > 0;
  const targets = sourceOnly ? [] : targetsOf(template);
  const draft: Step[] = [
    { state: "Queued", seconds: shares.Queued },
    { state: "Building", seconds: shares.Building },
    ...(sourceOnly ? [] : [{ state: "Customizing", seconds: shares.Customizing } as const]),
    ...(optimizes && !sourceOnly ? [{ state: "Optimizing", seconds: shares.Optimizing } as const] : []),
    ...(validates ? [{ state: "Validating", seconds: shares.Validating } as const] : []),
    ...targets.map(
      (_, target) => ({ state: "Distributing", seconds: shares.Distributing / targets.length, target }) as const,
    ),
  ];
  const total = drawMs(world.random, world.switches.buildSeconds) / 1000;
  const sum = draft.reduce((seconds, step) => seconds + step.seconds, 0);
  const slept = sleepIn(array(properties, "customize"));
  return draft.map((step) => ({
    ...step,
    seconds: (step.seconds / sum) * total + (step.state === "Customizing" ? slept : 0),
  }));
}

/** The seconds that inline commands say they sleep (`sleep 90`, `Start-Sleep -Seconds 90`). */
function sleepIn(customize: readonly Json[]): number {
  const commands = customize.flatMap((step) => array(step, "inline").map(String));
  const seconds = commands.map((command) =>
    Number(/^\s*(?:sudo\s+)?(?:start-sleep\s+(?:-s\w*\s+)?|sleep\s+)(\d+)s?\s*$/i.exec(command)?.[1] ?? 0),
  );
  return seconds.reduce((sum, one) => sum + one, 0);
}
