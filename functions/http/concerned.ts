import type { Reach } from "./caller.ts";
import type { Asked } from "./route.ts";

/** A request about a template: one that stands, or one that is to be. */
interface AboutTemplate {
  readonly templateId?: string | undefined;
  readonly template?: { readonly resourceGroupId: string; readonly name: string } | undefined;
}

/** The id of the template that a body names. */
export const templateIn = ({ templateId, template }: AboutTemplate): string =>
  template
    ? `${template.resourceGroupId}/providers/Microsoft.VirtualMachineImages/imageTemplates/${template.name}`
    : (templateId ?? "");

/** For routes whose body names a template. */
export const concernedTemplate = ({ body }: Pick<Asked<AboutTemplate, unknown>, "body">): Reach => [templateIn(body)];

/** For routes of one build: its template. A build that is not there concerns nothing: the route says so itself. */
export async function concernsBuild({ deps, params }: Asked<unknown, unknown>): Promise<Reach> {
  const build = await deps.store.builds.get(params.id ?? "");
  return build ? [build.templateId] : [];
}
