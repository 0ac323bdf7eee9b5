/** Everything about Azure that is configurable, random or not established; one documented default each. Times in seconds. */
export interface Switches {
  /** Seed of every random choice. */
  readonly seed: number;
  /** A role assignment works this long after it was written (from, to). */
  readonly grantEffectiveSeconds: readonly [number, number];
  /** A role assignment is seen by reads this long after it was written. */
  readonly grantVisibleSeconds: readonly [number, number];
  /** A deleted role assignment stops working this long after. */
  readonly revokeEffectiveSeconds: readonly [number, number];
  readonly eventDelaySeconds: readonly [number, number];
  /** Share of events that never arrive, and that arrive twice. */
  readonly eventLoss: number;
  readonly eventDoubling: number;
  readonly pageSize: number;
  /** Whether the template's identity is checked for source, gallery and script rights when a template is submitted (image-builder.md §13), or only when it is built. */
  readonly rightsCheckedAtSubmission: boolean;
  /** Whether gallery output also needs `Microsoft.Compute/images/*` on the gallery's resource group (documents: yes; practice: no). */
  readonly galleryNeedsImagesRights: boolean;
  /** Whether a template PUT takes this long to provision (from, to). */
  readonly templateProvisioningSeconds: readonly [number, number];
  /** Length of a build from run to end (from, to). */
  readonly buildSeconds: readonly [number, number];
  /** The operation record and the run event come this long after `lastRunStatus` became final. */
  readonly operationLagSeconds: number;
  /** How long Canceling lasts. */
  readonly cancelSeconds: readonly [number, number];
  /** HTTP status of the run, cancel and delete guards (`OperationNotAllowed`). */
  readonly guardStatus: 409 | 405;
  /** Whether subnets honour If-Match (rbac-network-arm.md §5.2). */
  readonly subnetsHonourIfMatch: boolean;
  /** Network operations take this long. */
  readonly networkSeconds: readonly [number, number];
  /** Whether polling an operation URL needs `locations/operations/read`. */
  readonly operationUrlsNeedRights: boolean;
  /** Whether a run raises its event when it was accepted or when it is done. */
  readonly runEventAt: "completion" | "acceptance";
  /** Whether writes by Image Builder itself (image versions) raise events. */
  readonly serviceWritesRaiseEvents: boolean;
  /** Token buckets of ARM: [size, refill per second] per principal and subscription; 15 times that across principals. */
  readonly readBucket: readonly [number, number];
  readonly writeBucket: readonly [number, number];
  readonly deleteBucket: readonly [number, number];
  /** Real milliseconds that every answer is delayed. */
  readonly latencyMs: number;
  /** Whether the caller of a template PUT needs `subnets/join/action` on the subnets it names (linked scope; image-builder.md §3.4 does not list it). */
  readonly templateWriteNeedsSubnetJoin: boolean;
  /** An image version is complete in a further region this long after it was published. */
  readonly replicationSeconds: readonly [number, number];
  /** Writes of galleries, definitions and managed images take this long. */
  readonly computeSeconds: readonly [number, number];
  /** A machine is provisioned this long after its PUT, and its agent is there this long after that. */
  readonly bootSeconds: readonly [number, number];
  readonly agentSeconds: readonly [number, number];
  /** When a machine whose guest never reports is given up. */
  readonly osProvisioningTimeoutSeconds: readonly [number, number];
  readonly runCommandSeconds: readonly [number, number];
  /** Cores of machines in a region. */
  readonly regionalCores: number;
  /** The oldest version of Compute's API that knows `imageReference.sharedGalleryImageId`. */
  readonly sharedGalleryImageSince: string;
  /** A cancelled run stays Canceling for good (as users reported). */
  readonly cancelStuck: boolean;
  /** Whether the policy decision point (checkAccess v2) answers, or refuses its caller as people reported. */
  readonly accessOracle: boolean;
  /** Whether identity, targets and VM profile can be changed (PATCH) while a run goes on; nobody says so. */
  readonly updatesDuringRuns: boolean;
  /** What the operation record of a cancelled run says. */
  readonly cancelledOperationStatus: "Canceled" | "Failed";
  /** Container instance cores of one region and subscription; every build uses four. */
  readonly containerCores: number;
  /** A trigger starts its run this long after a new source version appeared. */
  readonly triggerSeconds: readonly [number, number];
  /** So many failed runs in a row switch a trigger off. */
  readonly triggerFailureLimit: number;
  /** A new role definition is seen by reads this long after it was written. */
  readonly definitionVisibleSeconds: readonly [number, number];
  /** A deleted role assignment is still listed this long. */
  readonly revokeVisibleSeconds: readonly [number, number];
  /** Share of reads that see a new assignment or definition before its time (replicas that flap). */
  readonly earlyReadShare: number;
  /** A principal younger than this is unknown to role assignments without `principalType`. */
  readonly directoryLagSeconds: number;
  /** Status of `RoleAssignmentUpdateNotPermitted` (documents: BadRequest; one third-party test: 409). */
  readonly assignmentUpdateStatus: 400 | 409;
  /** Whether a role can be assigned only at a resource that exists. */
  readonly assignmentScopesMustExist: boolean;
  readonly roleAssignmentLimit: number;
  readonly customRoleLimit: number;
  /** Namespaces that are registered in a new subscription. */
  readonly registeredProviders: readonly string[];
  /** How long Registering and Unregistering last. */
  readonly registrationSeconds: readonly [number, number];
  /** What a second network write gets while one is under way on the same virtual network or NSG (rbac-network-arm.md §5.3). */
  readonly networkConcurrency: "conflict" | "retryable" | "retryableWithoutRetryAfter" | "supersede";
  /** Whether a write on a subnet also gives its virtual network and the other subnets a new etag. */
  readonly subnetEtagsMoveWithNetwork: boolean;
}

/** What the emulator does unless told otherwise; the reasons stand in `docs/emulator.md`. */
export const defaultSwitches: Switches = {
  seed: 1,
  grantEffectiveSeconds: [60, 300],
  grantVisibleSeconds: [0, 10],
  revokeEffectiveSeconds: [60, 300],
  eventDelaySeconds: [2, 15],
  eventLoss: 0.05,
  eventDoubling: 0.05,
  pageSize: 100,
  rightsCheckedAtSubmission: true,
  galleryNeedsImagesRights: true,
  templateProvisioningSeconds: [11, 29],
  buildSeconds: [900, 1260],
  operationLagSeconds: 65,
  cancelSeconds: [60, 180],
  guardStatus: 409,
  subnetsHonourIfMatch: true,
  networkSeconds: [1, 4],
  operationUrlsNeedRights: false,
  runEventAt: "completion",
  serviceWritesRaiseEvents: false,
  readBucket: [250, 25],
  writeBucket: [200, 10],
  deleteBucket: [200, 10],
  latencyMs: 0,
  templateWriteNeedsSubnetJoin: true,
  replicationSeconds: [120, 600],
  computeSeconds: [2, 12],
  bootSeconds: [35, 90],
  agentSeconds: [5, 30],
  osProvisioningTimeoutSeconds: [1200, 1200],
  runCommandSeconds: [5, 30],
  regionalCores: 100,
  sharedGalleryImageSince: "2021-03-01",
  cancelStuck: false,
  updatesDuringRuns: false,
  accessOracle: false,
  cancelledOperationStatus: "Canceled",
  containerCores: 100,
  triggerSeconds: [120, 900],
  triggerFailureLimit: 3,
  definitionVisibleSeconds: [0, 10],
  revokeVisibleSeconds: [0, 0],
  earlyReadShare: 0,
  directoryLagSeconds: 60,
  assignmentUpdateStatus: 400,
  assignmentScopesMustExist: true,
  roleAssignmentLimit: 4000,
  customRoleLimit: 5000,
  registeredProviders: [
    "Microsoft.Compute",
    "Microsoft.ContainerInstance",
    "Microsoft.EventGrid",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.PolicyInsights",
    "Microsoft.Storage",
    "Microsoft.VirtualMachineImages",
  ],
  registrationSeconds: [20, 90],
  networkConcurrency: "conflict",
  subnetEtagsMoveWithNetwork: true,
};
