import type { FailureClass } from "./failureClass.ts";

/** What the service says of itself, and its words for "something failed". Last, because its other texts carry these words too. */
export const service: readonly FailureClass[] = [
  {
    code: "BuildTimedOut",
    title: "The build took longer than buildTimeoutInMinutes",
    stage: "running",
    pattern: /waiting for microservice to complete.*context deadline exceeded|build.*timed out|BuildTimeout/i,
    vague: true,
    example: {
      message:
        "Failed while waiting for packerizer: Timeout waiting for microservice to complete: 'context deadline exceeded'",
    },
    fix: [
      "Raise buildTimeoutInMinutes (at most 960) and create the template anew.",
      "Look in the log for a step that waits, for instance for input (apt-get without -y).",
    ],
  },
  {
    code: "StagingCleanupStuck",
    title: "The staging resources cannot be deleted",
    stage: "cleaning",
    pattern: /NicInUseWithPrivateEndpoint|InUse\w*CannotBeDeleted|CannotBeDeleted\w*/i,
    example: { code: "NicInUseWithPrivateEndpoint", message: "Network interface is in use" },
    fix: ["Delete in this order: private endpoint, private link service, load balancer, network interface."],
  },
  {
    code: "GatewayTimeout",
    title: "The service did not answer in time; it may have accepted all the same",
    stage: "running",
    pattern: /GatewayTimeout|\b504\b/i,
    example: { code: "GatewayTimeout", message: "The gateway did not receive a response" },
    fix: ["Read the template before asking again."],
  },
  {
    code: "InternalOperationError",
    title: "The service failed without saying why",
    stage: "running",
    pattern:
      /Internal(?:Execution|Operation|DiskManagement)?Error\b|Internal error occurred|ServerError|Internal ?Server ?Error/i,
    log: /(?:ERROR:.*|Code="?|"code":\s*"|errored.*)\w{0,40}Internal(?:Execution|Operation|Server)?Error\b|internal execution error|ERROR:\s+-> ServiceUnavailable/i,
    // It is run again, so whatever else is known comes first.
    tells: "how",
    vague: true,
    example: { code: "InternalOperationError", message: "Internal error occurred. This is a generic error." },
    fix: [
      "Build again once, after a while.",
      "If it happens again, look for missing rights and policies on the staging group, and for another template that uses it.",
    ],
  },
  {
    code: "DeploymentInvalid",
    title: "Azure refused to make the build's machines: the reason stands in its own words",
    stage: "running",
    signs: /InvalidTemplateDeployment|DeploymentFail(?:ed|ure)\b/i,
    log: /ERROR:\s+-> \w+|Deployment failed with a status of/,
    tells: "that",
    vague: true,
    example: { code: "InvalidTemplateDeployment", message: "The template deployment failed." },
    fix: [
      "Look at the failed deployments of the staging group: the innermost error names the cause.",
      "Most often it is an Azure Policy, a quota or a size that the region does not offer.",
    ],
  },
  {
    code: "CustomizingFailed",
    title: "The build failed while the build VM was being customized, and its log does not say why",
    stage: "customizing",
    vague: true,
    example: { message: "During the image build a failure has occurred.", log: "Connected to SSH!\nfolder not found" },
    fix: ["Read the end of the customization log; the step that failed is the last one it names."],
  },
  {
    code: "PackerBuildFailed",
    title: "The image build failed, and neither the service nor the log that was read says why",
    stage: "running",
    pattern: /PackerBuildFailed|waiting for packerizer|During the image build,? a failure has occurred/i,
    tells: "that",
    vague: true,
    example: { code: "PackerBuildFailed", message: "During the image build a failure has occurred." },
    fix: ["Read the whole customization log; the step that failed is the last one it names."],
  },
];
