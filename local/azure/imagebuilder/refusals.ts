import { AzureError } from "../world.ts";

/** A submission the service refuses at once: 400 `ValidationFailed` (image-builder.md §2.8). */
export function validationFailed(message: string): AzureError {
  return new AzureError(400, "ValidationFailed", `Validation failed: ${message}`);
}

/** `where` is a place such as `ImageTemplate.properties.source`; the text is a recorded one. */
export function badValue(where: string, field: string, value: unknown): AzureError {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return validationFailed(
    `'${where}': Field '${field}' has a bad value: '${shown}'. Please review  http://aka.ms/azvmimagebuildertmplref  for details on fields requirements in the Image Builder Template.`,
  );
}

/** The text is a recorded one (azvmimagebuilder#39). */
export function missingField(where: string, field: string): AzureError {
  return validationFailed(
    `'${where}': Missing field '${field}'. Please review http://aka.ms/azvmimagebuildertmplref for details on fields required in the Image Builder Template.`,
  );
}

const advice = "For more details, go to https://aka.ms/azvmimagebuilderts.";

/** What the template's identity may not reach (azvmimagebuilder#60 and the troubleshooting page). */
export function notAuthorized(resource: string): { readonly code: "Unauthorized"; readonly message: string } {
  return {
    code: "Unauthorized",
    message: `Not authorized to access the resource: ${resource}. Please check the user assigned identity has the correct permissions. ${advice}`,
  };
}

/** The 403 of a call that the template's identity made to another provider, as build errors quote it. */
export function noAuthorization(principalId: string, action: string, scope: string): string {
  return `The client '${principalId}' with object id '${principalId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
}

/** Run, cancel and delete while the template is not ready for them; `status` is a switch (image-builder.md §6.1). */
export function notAllowed(status: number, operation: string, provisioning: string, run: string): AzureError {
  return new AzureError(
    status,
    "OperationNotAllowed",
    `Operation Microsoft.VirtualMachineImages/imageTemplates/${operation} is not allowed in provisioning state: ${provisioning} or run state: ${run}.`,
  );
}

/** A PUT over a template that exists (image-builder.md §2.8). */
export function alreadyThere(): AzureError {
  return new AzureError(
    409,
    "Conflict",
    "Update/Upgrade of image templates is currently not supported. Please change the name of the template you are submitting. If you have previously tried to submit a template and it failed to provision, you must delete it first and then resubmit. For more information, go to https://aka.ms/azvmimagebuilderts.",
  );
}
