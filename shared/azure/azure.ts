import type { RequestNote } from "../build.ts";
import type { ImageUses, LostGroup, StoredImage } from "../decide/gallery/facts.ts";
import type { ImageFacts, Permission, SizeFacts } from "../decide/gallery/imageCheck.ts";
import type { Offer } from "../decide/gallery/offer.ts";
import type { Effect, Share, SharingFacts } from "../decide/gallery/share.ts";
import type {
  Facts,
  GrantFacts,
  RoleFacts,
  SubnetFacts,
  TemplateBody,
  TemplateFacts,
} from "../decide/planning/facts.ts";
import type { Change } from "../decide/planning/plan.ts";
import type { ImageWish } from "../verification.ts";
import type { AccessAnswer, AccessQuestion } from "./accessOracle.ts";
import type { HowToRead } from "./readFacts.ts";
import type { Assignment } from "./roleAssignments.ts";

type ShareGallery = Extract<Share, { kind: "shareGallery" }>;
type SubnetChange = Extract<Change, { kind: "setSubnetPolicy" | "delegateSubnet" }>;
type EnsureRole = Extract<Change, { kind: "ensureRoleDefinition" }>;
type AddRule = Extract<Change, { kind: "addSecurityRule" }>;

export interface RunOutput {
  readonly name: string;
  readonly artifactId?: string;
  readonly artifactUri?: string;
  readonly provisioningState?: string;
}

/** What is changed about an image version. */
export interface VersionMark {
  readonly excluded?: boolean;
  /** ISO. */
  readonly endOfLife?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ImageVersionFacts {
  readonly id: string;
  /** ISO; when it was published. */
  readonly publishedAt: string;
  /** Whether `latest` may not mean it, anywhere or in some region. */
  readonly excluded: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState: string;
  readonly regions: readonly { readonly name: string; readonly state: string; readonly progress: number }[];
}

/** A machine that is to be made from an image. Secrets are here for one request, never in a history. */
export interface MachineSpec {
  readonly vmId: string;
  readonly nicId: string;
  readonly diskId: string;
  readonly region: string;
  readonly size: string;
  readonly securityType?: string;
  readonly image: { readonly id: string } | { readonly sharedGalleryImageId: string };
  readonly osType: "Linux" | "Windows";
  readonly computerName: string;
  readonly adminUsername: string;
  readonly adminPassword?: string;
  readonly sshPublicKey?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A machine as its instance view shows it. */
export interface MachineReading {
  /** `creating`, `succeeded`, `failed` … */
  readonly provisioning: string;
  readonly running: boolean;
  readonly agentReady: boolean;
  readonly agentVersion?: string;
  /** What it was made from. */
  readonly imageId: string;
  readonly exactVersion: string;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** A script that runs or ran in a machine. */
export interface ScriptReading {
  readonly over: boolean;
  readonly state: string;
  readonly exitCode: number;
  /** Standard output, then error. */
  readonly output: string;
}

/** The consumer in another tenant: one app in both, signed in with the app's managed identity. */
export interface TenantPlace {
  readonly clientId: string;
  readonly tenantId: string;
  readonly imageTenantIds: readonly string[];
}

/** A secret to be written. */
export interface SecretWish {
  readonly value: string;
  readonly expires: Date;
  readonly tags: Readonly<Record<string, string>>;
}

/** Machines that prove images. `make…` and `remove` may be asked twice; `settling` and `started` mean: ask again. */
export interface Machines {
  /** The image behind a wish, as this consumer finds it in a region; undefined where he does not. */
  readImage(wish: ImageWish, region: string, subscriptionId: string): Promise<ImageFacts | undefined>;
  readSubnet(id: string): Promise<SubnetFacts | undefined>;
  readSizes(subscriptionId: string, region: string): Promise<readonly SizeFacts[]>;
  /** What the consumer itself may do at a scope. */
  readPermissions(scope: string): Promise<readonly Permission[]>;
  /** A virtual network with one subnet `machines`, closed to the Internet. */
  makeNetwork(id: string, region: string, tags: Readonly<Record<string, string>>): Promise<"settling" | "stands">;
  makeInterface(
    wanted: Pick<MachineSpec, "nicId" | "region" | "tags"> & { readonly subnetId: string },
  ): Promise<"settling" | "stands">;
  makeMachine(spec: MachineSpec): Promise<"started" | "stood">;
  readMachine(vmId: string): Promise<MachineReading | undefined>;
  startScript(
    vmId: string,
    script: { readonly name: string; readonly text: string; readonly minutes: number; readonly region: string },
  ): Promise<void>;
  readScript(vmId: string, name: string): Promise<ScriptReading | undefined>;
  /** The newest value of a secret, by `{vault id}/secrets/{name}`; undefined where there is none. */
  readSecret(id: string): Promise<string | undefined>;
  /** Writes a secret that ends by itself; `remove` takes it away. */
  writeSecret(id: string, secret: SecretWish): Promise<void>;
  /** The serial console so far; undefined where it cannot be had. */
  readConsole(vmId: string): Promise<string | undefined>;
  remove(id: string): Promise<"started" | "gone">;
}

/**
 * Azure as the app sees it: our types out, one request or a few in. Refusals (400, 401, 403, 404 where it matters, 409
 * that no retry cures, policy, quota) are thrown as `Refused`; everything that may succeed later is thrown as a plain
 * `Error` without secrets. Nothing here waits: long operations are started, then read.
 */
export interface Azure {
  /** Undefined where it does not exist. */
  readTemplate(id: string): Promise<TemplateFacts | undefined>;
  /** Whether the list of its subscription's templates, read for this question, lacks it. False says nothing. The plan that follows takes the same list to see who else uses the identity. */
  lacksTemplate(id: string): Promise<boolean>;
  /** All templates of a subscription or resource group. */
  listTemplates(scope: string): Promise<readonly TemplateFacts[]>;
  /** Whether another principal's rights work, where there is somebody to ask. Never throws. */
  askAccess(questions: readonly AccessQuestion[]): Promise<AccessAnswer>;
  /** Everything a plan needs (`factsWanted`), read once; what may not be read is a fact in `unread`. */
  readFacts(template: TemplateFacts, roleIds: readonly string[], how?: HowToRead): Promise<Facts>;
  /** The facts of many templates from few reads: whatever can be listed is listed once. In the order of `templates`. */
  readEstate(templates: readonly TemplateFacts[], roleIds: readonly string[]): Promise<readonly Facts[]>;
  /** The app's own role assignments at and above a scope. */
  ownGrants(scope: string): Promise<readonly GrantFacts[]>;
  readRole(id: string): Promise<RoleFacts | undefined>;
  /** PUT by derived name with `principalType` (a service principal where it does not say); `RoleAssignmentExists` counts once a list shows it. */
  assignRole(change: Assignment & { readonly principalType?: string }, description: string): Promise<"made" | "stood">;
  /** Assignments of one principal at, above and below a scope, without those of its groups. */
  grantsOf(scope: string, principalId: string): Promise<readonly GrantFacts[]>;
  /** Undefined while it cannot be seen. */
  readGrant(scope: string, name: string): Promise<GrantFacts | undefined>;
  readSubnet(id: string): Promise<SubnetFacts | undefined>;
  /**
   * Raw read-modify-write of one property with `If-Match`; `stood` where it is right already and settled. `intend` is told what
   * was there, as the ledger keeps it, before anything is written. A 412 or a lock is a fault (read again, try again).
   */
  changeSubnet(change: SubnetChange, intend?: (before: string) => Promise<void>): Promise<"started" | "stood">;
  /** `absent`: it was just read that no rule has that name, so it is not read again. */
  addSecurityRule(change: AddRule, absent?: boolean): Promise<"started" | "stood">;
  /** Which of these rules of one security group do not stand settled (yet), with one read. */
  missingRules(nsgId: string, changes: readonly AddRule[]): Promise<readonly AddRule[]>;
  /** Writes a role's definition with the second identity, unless it stands as wanted; refused where there is none. `started`: written, but not every replica reads as wanted yet. */
  ensureRole(change: EnsureRole): Promise<"made" | "stood" | "started">;
  registerProvider(subscriptionId: string, namespace: string): Promise<void>;
  /** Whether a started change is there and settled (provisioningState Succeeded and the property reads as wanted). */
  changeStands(change: Change): Promise<boolean>;
  /** Takes back what was made, if it is still as it was made (else `ChangedSince` is refused). `started`: under way, ask again. `gone`: it is as before. */
  undo(change: Effect, before: string | undefined): Promise<"started" | "gone">;
  /** How many triggers start runs of a template by themselves. */
  countTriggers(templateId: string): Promise<number>;
  /** PUT; `exists` where a template of that name is there already (409). */
  createTemplate(id: string, body: TemplateBody): Promise<"started" | "exists">;
  /** `gone` when it is not there (any more); `started` when its deletion was accepted. */
  deleteTemplate(id: string): Promise<"started" | "gone">;
  /** POST run, never repeated by the SDK. `busy` is the run guard (409/405). */
  startRun(id: string): Promise<"accepted" | "busy">;
  cancelRun(id: string): Promise<"accepted" | "nothingToCancel">;
  readRunOutputs(id: string): Promise<readonly RunOutput[]>;
  /** What the build in a staging group has logged so far; undefined while (or once) its container is not there. */
  readBuildLog(stagingGroupId: string): Promise<string | undefined>;
  /** Container instance cores of the template's region; undefined where Azure does not say. */
  containerCores(template: Pick<TemplateFacts, "id" | "body">): Promise<Facts["containerCores"] | undefined>;
  /** What the run that ended after `since` (ISO) left in the staging group's storage account; undefined where nothing is. Throws where the account cannot be entered. */
  readStoredLog(stagingGroupId: string, since: string): Promise<string | undefined>;
  /** What a template's source means right now: an exact version, or the image itself. Undefined where it cannot be found out. */
  exactSource(template: TemplateFacts): Promise<string | undefined>;
  readImageVersion(id: string): Promise<ImageVersionFacts | undefined>;
  /** Changes an image version's tags and whether `latest` may mean it, in one write; tags that are not named stay. */
  markVersion(id: string, change: VersionMark): Promise<void>;
  /** An image definition with all its versions; undefined where it is not there. */
  readStoredImage(id: string): Promise<StoredImage | undefined>;
  /** Who uses images of galleries in these subscriptions; one that may not be read as a whole is `unread`. */
  readImageUses(subscriptionIds: readonly string[]): Promise<ImageUses>;
  /** Starts the deletion of an image version; `gone` where it is not there (any more). */
  deleteVersion(id: string): Promise<"started" | "gone">;
  /** Writes these tags of a resource and leaves the others alone. */
  mergeTags(id: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Staging groups of Image Builder whose template is gone. */
  readLostGroups(subscriptionId: string): Promise<readonly LostGroup[]>;
  /** A gallery with whom it is shared with directly; undefined where it is not there. */
  readSharing(galleryId: string): Promise<SharingFacts | undefined>;
  /** Shares a gallery directly. `started`: ask again; `stood`: it is there, and settled. */
  shareGallery(share: ShareGallery): Promise<"started" | "stood">;
  /** Assignments of the two roles that images are shared with, at, above and below a scope. */
  readersOf(scope: string): Promise<readonly GrantFacts[]>;
  /** The images that an id stands for (all of a gallery, or one); none where it is not there. */
  readOffers(imageId: string): Promise<readonly Offer[]>;
  /** The tenant that the app is signed in to, and its galleries are in. */
  ownTenantId(): Promise<string>;
  /** Writes the targets of a template anew: the one part of it that can be changed (image-builder.md §2.8). */
  patchDistribute(id: string, distribute: readonly unknown[]): Promise<void>;
  /** The text of a blob, read with the app's identity at the account's own endpoint; `path` is container and blob. Undefined where it is not there. */
  readBlob(accountId: string, path: string): Promise<string | undefined>;
  /** Machines in the app's own tenant, or as a consumer in another one. */
  machines(place?: TenantPlace): Machines;
  /** Runs `work` and tells which ARM requests it made, also when it throws (then through `onNotes`). */
  traced<T>(work: () => Promise<T>, onNotes: (notes: readonly RequestNote[]) => void): Promise<T>;
}

/** Where Azure is; public cloud by default. */
export interface AzureSettings {
  /** `https://management.azure.com`; the emulator's address in the local default. */
  readonly armEndpoint: string;
  /** Token scope, `https://management.azure.com/.default` for the public cloud. */
  readonly armScope: string;
  /** Client id of the app's user-assigned identity, if it has one. */
  readonly clientId?: string;
  /** Where Azure's policy decision point is asked whether granted rights work; only where the operator says that there is one. */
  readonly accessOracle?: string;
  /** Client id of the second identity, which writes role definitions; only where roles are managed. */
  readonly roleManagerClientId?: string;
}
