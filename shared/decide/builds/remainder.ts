import type { Artifact } from "../../build.ts";
import { lastSegment, normalize } from "../armId.ts";
import { hashOf } from "../hash.ts";
import type { TemplateBody } from "../planning/facts.ts";
import { regionName } from "../region.ts";
import { fieldsOf, itemsOf, textOf } from "../template/templateBody.ts";

/** A template that makes what a run left out, from what it made: the service repeats no single distribution (image-builder.md §13). */
export interface Remainder {
  readonly templateId: string;
  readonly body: TemplateBody;
}

/** Names of the targets that left nothing. */
export function missingTargets(body: TemplateBody | undefined, artifacts: readonly Artifact[]): readonly string[] {
  const wanted = itemsOf(body?.properties?.distribute).map(nameOf);
  return wanted.filter((name) => name !== "" && !artifacts.some(({ runOutputName }) => runOutputName === name));
}

const nameOf = (target: unknown) => textOf(fieldsOf(target).runOutputName);

/**
 * The template for the targets that a run left out: same place, identity, network and machine, built from an image it made,
 * without steps (they are in the image). Undefined where nothing is left out, or nothing was made that a template can begin with.
 */
export function remainderOf(
  build: { readonly id: string; readonly templateId: string; readonly lineage: string },
  body: TemplateBody,
  artifacts: readonly Artifact[],
): Remainder | undefined {
  const missing = missingTargets(body, artifacts);
  const source = sourceFrom(artifacts, body.location ?? "");
  if (missing.length === 0 || !source) return undefined;
  const { vmProfile, buildTimeoutInMinutes, distribute } = fieldsOf(body.properties);
  const targets = itemsOf(distribute).filter((target) => missing.includes(nameOf(target)));
  return {
    templateId: `${build.templateId.slice(0, build.templateId.lastIndexOf("/"))}/${nameFor(build)}`,
    body: {
      ...(body.location ? { location: body.location } : {}),
      // The lineage of the first build goes on, whatever the tags said: they follow templates around.
      tags: { ...body.tags, "goldsmith-lineage": build.lineage },
      ...(body.identity ? { identity: body.identity } : {}),
      properties: {
        source,
        distribute: targets,
        ...(vmProfile ? { vmProfile } : {}),
        ...(buildTimeoutInMinutes ? { buildTimeoutInMinutes } : {}),
      },
    },
  };
}

/** A template's name holds 64 characters; the build's id makes it its own. */
const nameFor = ({ id, templateId }: { readonly id: string; readonly templateId: string }) =>
  `${lastSegment(templateId).slice(0, 48)}-rest-${hashOf(id).slice(-8)}`;

/** An image version where the template's region has it, else a managed image; a VHD is no source. */
function sourceFrom(artifacts: readonly Artifact[], location: string): object | undefined {
  const version = artifacts.find(
    ({ kind, regions }) =>
      kind === "imageVersion" &&
      (!regions?.length || regions.some(({ name }) => regionName(name) === regionName(location))),
  );
  if (version) return { type: "SharedImageVersion", imageVersionId: version.id };
  const image = artifacts.find(({ kind }) => kind === "managedImage");
  return image && { type: "ManagedImage", imageId: image.id };
}

/** The same by hand, for whoever has the rights: two commands. */
export function commandsFor({ templateId, body }: Remainder): readonly string[] {
  const json = JSON.stringify(body).replaceAll("'", "'\\''");
  const id = normalize(templateId) === templateId.toLowerCase() ? templateId : normalize(templateId);
  return [
    `az rest --method put --url '${id}?api-version=2024-02-01' --body '${json}'`,
    `az resource invoke-action --ids '${id}' --action Run --api-version 2024-02-01`,
  ];
}
