import type { Answer, JsonObject } from "../world.ts";

const provider = "Microsoft Virtual Machine Image Builder";

function entry(name: string, resource: string, operation: string, description: string): JsonObject {
  return {
    name: `Microsoft.VirtualMachineImages/${name}`,
    isDataAction: false,
    display: { provider, resource, operation, description },
  };
}

/** What `operations` lists: every action that roles can name. */
export function listProviderOperations(): Answer {
  const templates = "imageTemplates";
  const children = (child: string, verbs: readonly string[]) =>
    verbs.map((verb) =>
      entry(`${templates}/${child}/${verb}`, child, verb, `${verb} the ${child} of an image template`),
    );
  const value = [
    entry("register/action", "VirtualMachineImages", "register/action", "Register the subscription"),
    entry("unregister/action", "VirtualMachineImages", "unregister/action", "Unregister the subscription"),
    ...["read", "write", "delete"].map((verb) =>
      entry(`${templates}/${verb}`, templates, verb, `${verb} image templates`),
    ),
    entry(`${templates}/run/action`, templates, "run/action", "Execute an image template to produce its outputs"),
    entry(
      `${templates}/cancel/action`,
      templates,
      "cancel/action",
      "Cancel the running image build of an image template",
    ),
    ...children("runOutputs", ["read"]),
    ...children("triggers", ["read", "write", "delete"]),
    entry("locations/operations/read", "locations/operations", "read", "Gets the status of an asynchronous operation"),
    entry("operations/read", "operations", "read", "Lists the operations of the resource provider"),
  ];
  return { status: 200, body: { value } };
}
