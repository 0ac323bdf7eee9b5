import { diagnose } from "../../../../shared/decide/builds/diagnosis.ts";
import { retryPause } from "../../../../shared/decide/builds/retry.ts";
import { failureClasses } from "../../../../shared/decide/failures/index.ts";
import { blind } from "./blind.ts";
import { blindAgain } from "./blindAgain.ts";
import { blindFourth } from "./blindFourth.ts";
import { blindThird } from "./blindThird.ts";
import { catalogue } from "./catalogue.ts";
import { heldOut, type LabelledFailure } from "./heldOut.ts";

/** What each class of the classifier calls the causes that people found. `unknown`: its text says that the cause is not known. */
const causes: Readonly<Record<string, string>> = {
  PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled: "subnet policy for private link",
  SubnetMissingRequiredDelegation: "subnet lacks delegation",
  ContainerInstanceNotRegistered: "provider not registered",
  MissingSubscriptionRegistration: "provider not registered",
  ContainerQuotaExceeded: "container quota",
  IsolatedBuildFailed: "isolated build",
  QuotaExceeded: "core quota",
  SkuNotAvailable: "VM size not available",
  AllocationOverconstrained: "VM size not available",
  AllocationFailed: "VM size not available",
  SharedKeysForbidden: "shared keys forbidden",
  BlockedByPolicy: "refused by policy",
  PurchasePlanMissing: "purchase plan",
  OSProvisioningTimedOut: "source image does not boot",
  ServicePrincipalLacksRight: "the service's principal lacks a right",
  TimeoutTooShort: "time-out below six minutes",
  NetworkResourceNotFound: "identity lacks a right",
  IdentityUnusable: "identity cannot be used",
  AuthorizationFailed: "identity lacks a right",
  ChecksumMismatch: "file is another",
  DownloadFailed: "script or file cannot be fetched",
  GeneralizeFailed: "generalizing failed",
  RestartTimedOut: "restart took too long",
  BuildVmExhausted: "build VM too small",
  HardenedImage: "hardened source",
  CustomizerFailed: "a customizer failed",
  ConnectionTimedOut: "build VM unreachable",
  SlowFileTransfer: "file too large for its customizer",
  ConnectionLost: "connection lost",
  GenerationMismatch: "generation mismatch",
  SecurityTypeMismatch: "security type mismatch",
  DistributionTimedOut: "distribution timed out",
  SourceNotFound: "source not found",
  TargetNotFound: "gallery image missing",
  ImageVersionExists: "version stands already",
  ReplicationRefused: "replication refused",
  ImageExists: "image stands already",
  OtherOperation: "another operation under way",
  CustomizingFailed: "a customizer failed",
  // What a script did wrong is told apart for the fix; people call it one thing.
  FilePlaceRefused: "a customizer failed",
  PackageManagerBusy: "a customizer failed",
  PackageUnavailable: "a customizer failed",
  CertificateRefused: "a customizer failed",
  AddressRefused: "a customizer failed",
  AddressUnreachable: "a customizer failed",
  RestartWanted: "a customizer failed",
  WindowsUpdateFailed: "a customizer failed",
  ScriptLacksPrivilege: "a customizer failed",
  ScriptFaulty: "a customizer failed",
  BuildVmDied: "build VM too small",
  AzureUnreachable: "Azure unreachable",
  NeverConnected: "build VM unreachable",
  FeatureNotEnabled: "feature not enabled",
  PublicAccessDisabled: "public access disabled",
  NameTaken: "name taken",
  ExtensionFailed: "extension failed",
  LimitReached: "limit reached",
  ArchitectureMismatch: "architecture mismatch",
  SizeUnfit: "VM size unfit",
  Throttled: "throttled",
  NotGeneralized: "not generalized",
  ResourceMissing: "resource missing",
  DeploymentInvalid: "unknown",
  AddressLimitReached: "quota of public addresses",
  SubnetFull: "subnet full",
  SubnetNotFound: "subnet not found",
  DiskTooSmall: "disk smaller than the source's",
  Locked: "locked",
  SubscriptionDisabled: "subscription disabled",
  RegionLacksType: "not offered in the region",
  DistributionFailed: "unknown",
  TemplateExists: "template stands already",
  RunNotAllowed: "not runnable now",
  StagingGroupBad: "staging group unusable",
  SourceBad: "source not accepted",
  CustomizerBad: "step not accepted",
  DistributeBad: "target not accepted",
  ValidationFailed: "template not accepted",
  BuildTimedOut: "build timed out",
  StagingCleanupStuck: "clean-up stuck",
  GatewayTimeout: "error inside the service",
  InternalOperationError: "error inside the service",
  PackerBuildFailed: "unknown",
  UnknownFailure: "unknown",
};

function diagnosed({ code, message, subState, log }: LabelledFailure) {
  const words = { ...(code ? { code } : {}), ...(log ? { log: log.join("\n") } : {}) };
  return diagnose({ ...words, message, stage: subState ?? "running" });
}

/** A code of the service's own that no class has is passed on, with "a failure that this app does not know". */
const causeOf = (failure: LabelledFailure) => causes[diagnosed(failure).code] ?? "unknown";
const right = (failure: LabelledFailure) => causeOf(failure) === failure.cause;
const wrong = (failures: readonly LabelledFailure[]) =>
  failures
    .filter((failure) => !right(failure))
    .map((failure) => `${failure.source}: ${diagnosed(failure).code} is not ${failure.cause}`);

test("there are at least eighty failures, half of them held out", () => {
  expect(heldOut.length).toBeGreaterThanOrEqual(40);
  expect(heldOut.length + catalogue.length).toBeGreaterThanOrEqual(80);
});

test("every failure of the catalogue is told by its cause", () => {
  expect(wrong(catalogue)).toEqual([]);
});

test("of the failures that were held out, at least nine in ten are told by their cause", () => {
  const mistakes = wrong(heldOut);
  console.info(`held out: ${heldOut.length - mistakes.length} of ${heldOut.length} right\n${mistakes.join("\n")}`);
  expect(mistakes.length).toBeLessThanOrEqual(heldOut.length * 0.1);
});

/** Before the rules were mended by them, 8 of 31, (by the rules mended by those 31) 6 of 16 and (by those made anew by families) 52 of 67 were told right: docs/builds.md. */
test.each([
  ["the blind set", blind, 31],
  ["the second blind set", blindAgain, 16],
  ["the third blind set", blindThird, 67],
])("of %s, by which the rules were mended since, as many are told by their cause", (_, set, told) => {
  expect(set.length - wrong(set).length).toBeGreaterThanOrEqual(told);
  // What is not told is called unknown.
  expect(set.filter((failure) => !right(failure)).map(causeOf)).toEqual(
    set.filter((failure) => !right(failure)).map(() => "unknown"),
  );
});

test("of the fourth blind set, by which no rule was ever mended, at least nine in ten are told by their cause", () => {
  const mistakes = wrong(blindFourth);
  console.info(`blind: ${blindFourth.length - mistakes.length} of ${blindFourth.length} right\n${mistakes.join("\n")}`);
  expect(mistakes.length).toBeLessThanOrEqual(blindFourth.length * 0.1);
});

test("every class has its cause here", () => {
  expect(failureClasses.map(({ code }) => code).filter((code) => !causes[code])).toEqual([]);
});

test("none is called transient that is not, so none is run again in vain", () => {
  const transient = [...heldOut, ...catalogue, ...blind, ...blindAgain, ...blindThird, ...blindFourth].filter(
    (failure) => retryPause(diagnosed(failure), 1) !== undefined,
  );
  expect(transient.filter(({ again }) => !again).map(({ source }) => source)).toEqual([]);
  expect(transient.length).toBeGreaterThan(0);
});

test("what nobody can know is called unknown, never something else", () => {
  const unknown = [...heldOut, ...catalogue].filter(({ cause }) => cause === "unknown");
  expect(unknown.length).toBeGreaterThanOrEqual(6);
  expect(wrong(unknown)).toEqual([]);
});
