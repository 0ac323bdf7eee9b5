import type { Switches } from "../../local/azure/switches.ts";

/** A way through the whole app that shows what a switch does (`switches.slow.test.ts`). */
export type Journey = "ask" | "build" | "cancel" | "change" | "contend" | "takeBack";

/** Positions of switches that one journey is made under; what is not named stands at the emulator's default. */
export interface Truth {
  readonly journey: Journey;
  readonly what: string;
  readonly switches: Partial<Switches>;
}

/** Where a switch shows; those that are not named show when a template without rights becomes an image. */
export const journeyOf: Partial<Record<keyof Switches, Journey>> = {
  cancelStuck: "cancel",
  cancelledOperationStatus: "cancel",
  accessOracle: "ask",
  updatesDuringRuns: "change",
  networkConcurrency: "contend",
  revokeEffectiveSeconds: "takeBack",
  revokeVisibleSeconds: "takeBack",
};

/** Spans of time and shares that nobody has established: both ends are to be seen, besides the default. */
export const ends: Partial<Switches>[] = [
  { grantEffectiveSeconds: [0, 0] },
  { grantEffectiveSeconds: [540, 540] },
  { grantVisibleSeconds: [0, 0] },
  { grantVisibleSeconds: [540, 540] },
  { earlyReadShare: 0.5 },
  { operationLagSeconds: 0 },
  { operationLagSeconds: 300 },
  { revokeEffectiveSeconds: [0, 0] },
  { revokeEffectiveSeconds: [540, 540] },
  { revokeVisibleSeconds: [540, 540] },
];

/** What else can be set, and why no position of it is a truth that the app could depend on. */
export const noTruths: Partial<Record<keyof Switches, string>> = {
  seed: "chance itself",
  eventDelaySeconds: "an event is a hint; starting.test.ts loses all of them",
  eventLoss: "starting.test.ts",
  eventDoubling: "starting.test.ts",
  pageSize: "documented: any size; the builds below see pages of two",
  templateProvisioningSeconds: "documented: it takes a while; the builds below see two minutes",
  buildSeconds: "known only when it is over; watching.test.ts",
  cancelSeconds: "documented: it takes a while",
  networkSeconds: "documented: it takes a while; the contended networks below see half a minute",
  readBucket: "documented figures; test/local/azure/core/throttle.test.ts, largeAudit.test.ts",
  writeBucket: "as readBucket",
  deleteBucket: "as readBucket",
  latencyMs: "real time",
  replicationSeconds: "the build is over before it",
  computeSeconds: "documented: it takes a while",
  containerCores: "a quota, refused in words: test/local/azure/imagebuilder/refusals.test.ts",
  triggerSeconds: "the app makes no triggers",
  triggerFailureLimit: "as triggerSeconds",
  definitionVisibleSeconds: "only managed roles are written; managedRoles.slow.test.ts",
  directoryLagSeconds: "the app names the principal's type; test/local/azure/authorization/assignments.test.ts",
  roleAssignmentLimit: "a limit, refused in words: test/local/azure/authorization/assignments.test.ts",
  customRoleLimit: "a limit, refused in words",
  registeredProviders: "what a subscription has; planChecks.test.ts",
  registrationSeconds: "documented: it takes a while",
  bootSeconds: "of machines that verify an image; verifying tolerates any",
  agentSeconds: "as bootSeconds",
  osProvisioningTimeoutSeconds: "as bootSeconds",
  runCommandSeconds: "as bootSeconds",
  regionalCores: "a quota, refused in words",
  sharedGalleryImageSince: "which api-version knows a field; the app asks by the newest",
};

export const truths: readonly Truth[] = [
  {
    journey: "build",
    what: "rights are checked in the build only, and gallery output takes none on images",
    switches: { rightsCheckedAtSubmission: false, galleryNeedsImagesRights: false },
  },
  {
    journey: "build",
    what: "whoever writes a template needs no right to join its subnet, status URLs take rights, and roles are assigned where nothing stands",
    switches: { templateWriteNeedsSubnetJoin: false, operationUrlsNeedRights: true, assignmentScopesMustExist: false },
  },
  {
    journey: "build",
    what: "guards answer 405, runs raise their event at acceptance, and the service's writes raise events too",
    switches: { guardStatus: 405, runEventAt: "acceptance", serviceWritesRaiseEvents: true },
  },
  {
    journey: "build",
    what: "subnets honour no If-Match, and their etags stand alone",
    switches: { subnetsHonourIfMatch: false, subnetEtagsMoveWithNetwork: false },
  },
  {
    journey: "build",
    what: "grants are seen at once and work after nine minutes",
    switches: { grantVisibleSeconds: [0, 0], grantEffectiveSeconds: [540, 540], operationLagSeconds: 0 },
  },
  {
    journey: "build",
    what: "grants are seen after nine minutes, now and then before, and work at once",
    switches: { grantVisibleSeconds: [540, 540], grantEffectiveSeconds: [0, 0], earlyReadShare: 0.5 },
  },
  {
    journey: "build",
    what: "the service is slow, lists come in pages of two, and a changed assignment is refused with 409",
    switches: {
      templateProvisioningSeconds: [120, 120],
      operationLagSeconds: 300,
      pageSize: 2,
      assignmentUpdateStatus: 409,
    },
  },
  {
    journey: "cancel",
    what: "the record of its run says Canceled",
    switches: { cancelledOperationStatus: "Canceled" },
  },
  { journey: "cancel", what: "the record of its run says Failed", switches: { cancelledOperationStatus: "Failed" } },
  { journey: "cancel", what: "its run stays Canceling until support ends it", switches: { cancelStuck: true } },
  ...[true, false].map(
    (accessOracle): Truth => ({
      journey: "ask",
      what: `the access oracle ${accessOracle ? "answers" : "refuses whoever asks"}`,
      switches: { accessOracle },
    }),
  ),
  ...[true, false].map(
    (updatesDuringRuns): Truth => ({
      journey: "change",
      what: `the service ${updatesDuringRuns ? "takes" : "refuses"} changes of a template that runs`,
      switches: { updatesDuringRuns },
    }),
  ),
  ...(["conflict", "retryable", "retryableWithoutRetryAfter", "supersede"] as const).map(
    (networkConcurrency): Truth => ({
      journey: "contend",
      what: `the second write gets ${networkConcurrency}`,
      switches: { networkConcurrency },
    }),
  ),
  {
    journey: "takeBack",
    what: "a right taken back is gone at once",
    switches: { revokeEffectiveSeconds: [0, 0], revokeVisibleSeconds: [0, 0] },
  },
  {
    journey: "takeBack",
    what: "a right taken back works and is listed for nine minutes more",
    switches: { revokeEffectiveSeconds: [540, 540], revokeVisibleSeconds: [540, 540] },
  },
];
