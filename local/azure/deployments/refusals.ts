import { AzureError, type JsonObject } from "../world.ts";

/** A template that cannot be deployed, found before anything was written. */
export function invalidTemplate(reason: string): AzureError {
  return new AzureError(400, "InvalidTemplate", `Deployment template validation failed: '${reason}'.`);
}

/** What a deployment shows that a resource refused to. */
export function deploymentFailed(details: readonly JsonObject[]): JsonObject {
  return {
    code: "DeploymentFailed",
    message:
      "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
    details,
  };
}
