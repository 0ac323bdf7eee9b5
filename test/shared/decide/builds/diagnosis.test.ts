import { buildLogOf, diagnose, missingRight } from "../../../../shared/decide/builds/diagnosis.ts";
import { failureClasses } from "../../../../shared/decide/failures/index.ts";
import { principalId, sourceImageId, stagingId } from "../estate.ts";

const noImageWrite = `The client '${principalId}' with object id '${principalId}' does not have authorization to perform action 'Microsoft.Compute/images/write' over scope '${stagingId}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
const noJoin = `The client 'x' with object id '${principalId}' has permission to perform action 'Microsoft.Network/networkInterfaces/write' on scope '${stagingId}'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/b' (respectively) or the linked scope(s) are invalid.`;
const noSource = `Not authorized to access the resource: ${sourceImageId}. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.`;
const log =
  "/subscriptions/s/resourceGroups/IT_x/providers/Microsoft.Storage/storageAccounts/abc123/blobServices/default/containers/packerlogs/7f3c0000-0000-4000-8000-0000000000aa/customization.log";

const texts: readonly (readonly [code: string, text: string, expected: string])[] = [
  ["", "PackerBuildFailed. Please look at the log", "PackerBuildFailed"],
  ["", "Failed while waiting for packerizer: Packer build command has failed: exit status 1", "PackerBuildFailed"],
  [
    "",
    "Failed while waiting for packerizer: Timeout waiting for microservice to complete: 'context deadline exceeded'",
    "BuildTimedOut",
  ],
  ["", "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error}", "DistributionFailed"],
  [
    "InternalOperationError",
    "Internal error occurred. This is a generic error, please try again",
    "InternalOperationError",
  ],
  ["ServerError", "something", "InternalOperationError"],
  ["Unauthorized", noSource, "AuthorizationFailed"],
  [
    "",
    `Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] ${noImageWrite}}`,
    "AuthorizationFailed",
  ],
  ["LinkedAuthorizationFailed", noJoin, "AuthorizationFailed"],
  ["", "The gallery image definition could not be found: GalleryImageNotFound", "TargetNotFound"],
  [
    "BadManagedImageSource",
    "Build (Managed Image) step failed: Status=404 The Resource 'Microsoft.Compute/images/x' was not found",
    "SourceNotFound",
  ],
  [
    "",
    "The assigned managed identity cannot be used. Please remove the existing one and re-assign a new identity.",
    "IdentityUnusable",
  ],
  [
    "InternalOperationError",
    "Downloading external file (https://a/b.sh) to local file [attempt 10 of 10] failed: Error downloading 'https://a/b.sh'",
    "DownloadFailed",
  ],
  ["", "tried to download the file after 10 retries: could not download", "DownloadFailed"],
  ["RequestDisallowedByPolicy", "Resource 'x' was disallowed by policy", "BlockedByPolicy"],
  ["InvalidTemplateDeployment", "The template deployment failed", "DeploymentInvalid"],
  ["", "Azure Container Instances quota exceeded", "ContainerQuotaExceeded"],
  [
    "ContainerGroupQuotaReached",
    "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota 'ContainerGroups' exceeded",
    "ContainerQuotaExceeded",
  ],
  ["", "Azure Container Instances provider not registered for your subscription.", "ContainerInstanceNotRegistered"],
  [
    "MissingSubscriptionRegistration",
    "The subscription is not registered to use namespace 'Microsoft.KeyVault'",
    "MissingSubscriptionRegistration",
  ],
  [
    "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
    "Private link service x cannot be created in a subnet y since it has private link service network policies enabled.",
    "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
  ],
  ["SubnetMissingRequiredDelegation", "Subnet x requires delegation", "SubnetMissingRequiredDelegation"],
  [
    "",
    'WinRM connection err: unknown error Post "https://10.1.0.5:5986/wsman": context deadline exceeded',
    "ConnectionTimedOut",
  ],
  ["", "Timeout waiting for SSH. dial tcp 10.1.0.5:22: i/o timeout", "ConnectionTimedOut"],
  [
    "ValidationFailed",
    "Validation failed: Error with Hyper-V Version validation (cross-generation for multiple Hyper-V Versions is not supported)",
    "GenerationMismatch",
  ],
  ["SkuNotAvailable", "The requested VM size is not available", "SkuNotAvailable"],
  [
    "OperationNotAllowed",
    "Operation could not be completed as it results in exceeding approved Total Regional Cores quota",
    "QuotaExceeded",
  ],
  ["", "The access token has expired: JWT lifetime validation failed", "TimeoutTooShort"],
  ["NicInUseWithPrivateEndpoint", "Network interface is in use", "StagingCleanupStuck"],
  [
    "OperationNotAllowed",
    "Operation Microsoft.VirtualMachineImages/imageTemplates/run is not allowed in provisioning state: failed or run state: .",
    "RunNotAllowed",
  ],
  ["GatewayTimeout", "The gateway did not receive a response", "GatewayTimeout"],
  [
    "Conflict",
    "Update/Upgrade of image templates is currently not supported. Please change the name",
    "TemplateExists",
  ],
  ["BadStagingResourceGroup", "The staging resource group is not empty", "StagingGroupBad"],
  ["BadSourceType", "The source type is not supported", "SourceBad"],
  ["NoCustomizerScript", "inline or scriptUri", "CustomizerBad"],
  ["BadSharedImageDistribute", "no regions", "DistributeBad"],
  ["", "Validation failed: Distribute target with Runoutput name x not found in the update request.", "DistributeBad"],
  ["ValidationFailed", "Validation failed: 'ImageTemplate.properties': Missing field", "ValidationFailed"],
  ["", "sha256 checksum of the file does not match", "ChecksumMismatch"],
];

test.each(texts)("%s: %s means %s", (code, message, expected) => {
  const problem = diagnose({ code, message, scope: "/x" });
  expect(problem.code).toBe(expected);
  expect(problem.title).not.toMatch(/does not know/);
  expect(problem.detail).toBe(message);
  expect(problem.fix?.length).toBeGreaterThan(0);
  expect(problem.stage).toBeTruthy();
});

test.each(failureClasses.map((one) => [one.code, one] as const))(
  "%s: its own example shows it",
  (code, { example }) => {
    const told = example.log ? { message: "PackerBuildFailed", log: example.log } : { message: example.message ?? "" };
    expect(diagnose({ ...told, ...(example.code ? { code: example.code } : {}) }).code).toBe(code);
  },
);

test("what nobody knows is called unknown and keeps its words, code, stage and scope", () => {
  expect(diagnose({ message: "the cat sat on the keyboard", stage: "running", scope: "/t" })).toMatchObject({
    code: "UnknownFailure",
    title: "The service reported a failure that this app does not know",
    detail: "the cat sat on the keyboard",
    stage: "running",
    scope: "/t",
  });
  expect(diagnose({ code: "Novelty", message: "" }).code).toBe("Novelty");
  expect(diagnose({ code: "Novelty", message: "" }).detail).toBeUndefined();
});

describe("a missing right", () => {
  test("is read from an authorization failure", () => {
    expect(missingRight(noImageWrite)).toEqual({
      action: "Microsoft.Compute/images/write",
      scope: stagingId,
      principalId,
    });
  });

  test("on a linked scope is the linked one, not the one that stands", () => {
    expect(missingRight(noJoin)).toMatchObject({
      action: "Microsoft.Network/virtualNetworks/subnets/join/action",
      scope: "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/b",
    });
  });

  test("is known by its resource alone where the service says no more", () => {
    expect(missingRight(noSource)).toEqual({ action: "", scope: sourceImageId });
    const blob = "Not authorized to access the resource: https://scripts01.blob.core.windows.net/s/a.sh. Please check";
    expect(missingRight(blob)).toEqual({ action: "", scope: "https://scripts01.blob.core.windows.net/s/a.sh" });
  });

  test.each(["", "PackerBuildFailed", "permission denied: /etc/shadow", "Script exited with non-zero status: 1"])(
    "is not read into %p",
    (message) => expect(missingRight(message)).toBeUndefined(),
  );

  test("goes into the problem with action, scope and principal", () => {
    expect(diagnose({ message: noImageWrite, scope: "/template" })).toMatchObject({
      action: "Microsoft.Compute/images/write",
      scope: stagingId,
      principalId,
    });
  });
});

test.each([
  `packer failed. Log: ${log}. Use this operationId 7f3c to search packer logs`,
  "Image Build log location: https://abc123.blob.core.windows.net/packerlogs/7f3c0000-0000-4000-8000-0000000000aa/customization.log. OperationId: 7f3c",
])("the build log is found in %s", (message) => {
  const blob = "packerlogs/7f3c0000-0000-4000-8000-0000000000aa/customization.log";
  expect(buildLogOf(message)).toEqual({ account: "abc123", blob });
  expect(diagnose({ message }).fix?.at(-1)).toContain(blob);
});

test("a very long text does not swell the problem", () => {
  expect(diagnose({ message: "x".repeat(50_000) }).detail).toHaveLength(2000);
});
