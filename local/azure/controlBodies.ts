import { z } from "zod";

/** Body of `POST /emulator/clock`. */
export const clockBody = z.strictObject({
  /** Emulated seconds per real second. */
  speed: z.number().positive().optional(),
  /** Goes forward by this much at once. */
  jumpSeconds: z.number().min(0).default(0),
});

/** Body of `POST /emulator/subscriptions`: a further subscription of the tenant. `onboarded`: as `infra/onboard.bicep` leaves it, with the app's rights. */
export const subscriptionBody = z.strictObject({
  subscriptionId: z.guid().optional(),
  displayName: z.string().min(1).default("Goldsmith local, another"),
  onboarded: z.boolean().default(false),
});

/** Body of `POST /emulator/tenants`: a further tenant with a subscription of its own; answers their ids and its owner's. */
export const tenantBody = z.strictObject({ displayName: z.string().min(1).default("another tenant") });

/** Body of `POST /emulator/applications`: a multi-tenant app that a managed identity (`subject`) may sign in as, with a service principal in each tenant. */
export const applicationBody = z.strictObject({ subject: z.guid(), tenantIds: z.array(z.guid()).min(1) });

/** Body of `POST /emulator/principals`: somebody in the first tenant's directory; of a group, who is in it. An id that is known is changed. */
export const principalBody = z.strictObject({
  displayName: z.string().min(1).default("somebody"),
  principalType: z.enum(["User", "Group", "ServicePrincipal"]).default("User"),
  principalId: z.guid().exactOptional(),
  members: z.array(z.guid()).exactOptional(),
});

/** Body of `POST /emulator/build-faults`: the next runs of a template fail in a stage; without `fault`, no more. */
export const buildFaultBody = z.strictObject({
  templateId: z.string().startsWith("/subscriptions/"),
  fault: z
    .strictObject({
      stage: z.enum(["Queued", "Building", "Customizing", "Optimizing", "Validating", "Distributing"]),
      code: z.string().optional(),
      message: z.string().optional(),
      log: z.array(z.string()).optional(),
      target: z.int().min(0).optional(),
      runs: z.int().min(1).optional(),
      hangs: z.literal(true).optional(),
    })
    .optional(),
});

/** Body of `POST /emulator/boot-faults`: machines of an image version (or of all versions of a definition) fail; without `fault`, no more. */
export const bootFaultBody = z.strictObject({
  imageId: z.string().startsWith("/subscriptions/"),
  fault: z
    .strictObject({
      kind: z.enum(["provisioningTimesOut", "provisioningFails", "agentMissing", "scriptFails", "allocationFails"]),
      script: z.string().optional(),
      exitCode: z.int().optional(),
      output: z.string().optional(),
      every: z.int().min(1).optional(),
      console: z.array(z.string()).optional(),
    })
    .optional(),
});

/** Body of `POST /emulator/platform-images`: adds an image to the marketplace, or replaces it (a new version fires triggers). */
export const platformImageBody = z.strictObject({
  publisher: z.string(),
  offer: z.string(),
  sku: z.string(),
  osType: z.enum(["Linux", "Windows"]),
  hyperVGeneration: z.enum(["V1", "V2"]).default("V2"),
  sizeGB: z.int().min(1).default(30),
  versions: z.array(z.string().regex(/^\d+(\.\d+){2,3}$/)).min(1),
});
