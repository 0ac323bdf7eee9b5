import { text } from "../compute/paths.ts";
import type { Resource } from "../world.ts";
import type { Run, RunFailure } from "./runs.ts";
import { stagingOf } from "./staging.ts";

/** Where a run's log lies, as an id below the storage account of the staging group. */
function logPath(template: Resource, run: Run, file = "customization.log"): string {
  const group = text(template.body, "properties", "exactStagingResourceGroup") ?? "";
  return `${group}/providers/Microsoft.Storage/storageAccounts/${stagingOf(template)?.accountName ?? ""}/blobServices/default/containers/packerlogs/${run.runId}/${file}`;
}

/** The failure of a customizer, a validator or of Packer itself; the text is a recorded one (azure-powershell#24244). */
export function packerFailed(template: Resource, run: Run, file?: string): RunFailure {
  return {
    code: "PackerBuildFailed",
    message: `During the image build a failure has occurred. Packer build logs are at location ${logPath(template, run, file)}. Please navigate to this location using portal or other tools to download logs for identifying which build/customization step failed. Use this operationId ${run.packerId} to search packer logs. For more troubleshooting steps go to https://aka.ms/azvmimagebuilderts.`,
  };
}

/** The build outlasted `buildTimeoutInMinutes`; the text is the troubleshooting page's. */
export function timedOut(run: Run): RunFailure {
  const message = `Deployment failed. Correlation ID: ${run.correlationId}. Failed in building/customizing image: Failed while waiting for packerizer: Timeout waiting for microservice to complete: 'context deadline exceeded'`;
  return {
    code: "InternalOperationError",
    message,
    log: ["Cancelling build after receiving terminated", "context deadline exceeded"],
  };
}

/** The time was over while a version replicated, which goes on all the same; the text is the troubleshooting page's. */
export function distributionTimedOut(run: Run, target: number): RunFailure {
  return {
    code: "InternalOperationError",
    message: `Failed in distributing 1 images out of total ${Math.max(1, Object.keys(run.results).length)}: {[Error 0] [Distribute ${target}] Error publishing MDI to Azure Compute Gallery. Error: Error waiting on Azure Compute Gallery future. Error: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded}`,
  };
}
