import { notFound } from "../compute/answers.ts";
import { asJson, text } from "../compute/paths.ts";
import { page } from "../paging.ts";
import type { Answer, Call, Resource, World } from "../world.ts";
import { existing } from "./existing.ts";
import type { Run } from "./runs.ts";
import { targetsOf, templateType } from "./template.ts";

const outputType = `${templateType}/runOutputs`;

/** Writes a run output for every target that has its image, or whose image version comes late; the next run replaces it. */
export function putOutputs(world: World, template: Resource, run: Run): void {
  targetsOf(template).forEach((target, index) => {
    const result = run.results[index];
    const coming = result?.kind === "planned" && world.store.resource(result.artifactId) !== undefined;
    if (result?.kind !== "done" && !coming) return;
    const name = text(target, "runOutputName") ?? "";
    const id = `${template.id}/runOutputs/${name}`;
    const artifactUri = result.kind === "done" ? result.artifactUri : undefined;
    const { artifactId } = result;
    const body = asJson({
      properties: { artifactId, artifactUri, provisioningState: coming ? "Updating" : "Succeeded" },
      id,
      name,
      type: outputType,
    });
    world.store.putResource({ id, type: outputType, body });
  });
}

/** The run outputs of a template. */
export function listOutputs(world: World, call: Call): Answer {
  const template = existing(world, call);
  return page(
    world,
    call,
    world.store.resources(outputType, template.id).map((output) => output.body),
  );
}

/** One run output, or the 404. */
export function getOutput(world: World, call: Call): Answer {
  existing(world, call);
  const output = world.store.resource(call.id);
  if (!output) throw notFound(call.id);
  return { status: 200, body: output.body };
}
