import type { TemplateBody, TemplateFacts } from "../decide/planning/facts.ts";
import { templateReadApi, templateWriteApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import type { RunOutput } from "./azure.ts";
import type { Connection } from "./connection.ts";
import { textAt } from "./json.ts";
import { listAll, partsOf, plain, readResource } from "./rest.ts";
import { apiVersionOf, templateFacts, writable } from "./templateFacts.ts";

/** Image templates and their runs. Read and written as raw JSON, because the SDK's model drops what it does not know; run, cancelled, deleted and asked for outputs through the SDK. */
export function templatesOf(arm: Connection) {
  return {
    async readTemplate(id: string): Promise<TemplateFacts | undefined> {
      partsOf(id);
      const json = await readResource(arm, id, templateReadApi);
      return json === undefined ? undefined : templateFacts(json);
    },

    async listTemplates(scope: string): Promise<readonly TemplateFacts[]> {
      const path = `${plain(scope)}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
      return (await listAll(arm, path, templateReadApi)).map(templateFacts);
    },

    async createTemplate(id: string, body: TemplateBody): Promise<"started" | "exists"> {
      partsOf(id);
      const apiVersion = apiVersionOf(body) ?? templateWriteApi;
      return arm.send({ method: "PUT", path: id, apiVersion, body: writable(body) }).then(
        () => "started" as const,
        // A template cannot be overwritten (image-builder.md §2.8); other conflicts are refusals of their own.
        (error: unknown) =>
          instead(error, "exists", (failure) => failure.status === 409 && failure.code === "Conflict"),
      );
    },

    /** With the version it was read with, so that nothing of a target is lost. */
    async patchDistribute(id: string, distribute: readonly unknown[]): Promise<void> {
      partsOf(id);
      await arm.send({ method: "PATCH", path: id, apiVersion: templateReadApi, body: { properties: { distribute } } });
    },

    async deleteTemplate(id: string): Promise<"started" | "gone"> {
      let status = 0;
      const { templates, group, name } = await client(id);
      const poller = templates.delete(group, name, { onResponse: (response) => (status = response.status) });
      return poller.submitted().then(
        () => (status === 204 ? "gone" : "started"),
        (error: unknown) => {
          // A template that is created, run or cancelled right now can be deleted later.
          if (error instanceof ArmFailure && isGuard(error))
            throw new Error(`${id} cannot be deleted now: ${error.message}`);
          return instead(error, "gone", (failure) => failure.status === 404);
        },
      );
    },

    async startRun(id: string): Promise<"accepted" | "busy"> {
      const { templates, group, name } = await client(id);
      return templates
        .run(group, name)
        .submitted()
        .then(
          () => "accepted" as const,
          (error: unknown) => instead(error, "busy", isGuard),
        );
    },

    async cancelRun(id: string): Promise<"accepted" | "nothingToCancel"> {
      const { templates, group, name } = await client(id);
      return templates
        .cancel(group, name)
        .submitted()
        .then(
          () => "accepted" as const,
          (error: unknown) =>
            instead(error, "nothingToCancel", (failure) => isGuard(failure) || failure.status === 404),
        );
    },

    async readRunOutputs(id: string): Promise<readonly RunOutput[]> {
      const { templates, group, name } = await client(id);
      const outputs: RunOutput[] = [];
      for await (const { name: runOutputName, ...output } of templates.listRunOutputs(group, name))
        outputs.push({
          name: runOutputName ?? "",
          ...textAt("artifactId", output.artifactId),
          ...textAt("artifactUri", output.artifactUri),
          ...textAt("provisioningState", output.provisioningState),
        });
      return outputs;
    },
  };

  async function client(id: string) {
    const { subscriptionId, resourceGroup: group, name } = partsOf(id);
    const { virtualMachineImageTemplates: templates } = await arm.imageBuilder(subscriptionId);
    return { templates, group, name };
  }
}

/** The service's "not now": its status is not established, its codes are (image-builder.md §6.1). */
function isGuard({ status, code }: ArmFailure): boolean {
  return (status === 409 || status === 405) && ["OperationNotAllowed", "Conflict"].includes(code);
}

function instead<T>(error: unknown, answer: T, applies: (failure: ArmFailure) => boolean): T {
  if (error instanceof ArmFailure && applies(error)) return answer;
  throw error;
}
