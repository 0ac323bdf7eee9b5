import { z } from "zod";
import { activeStates, finalStates } from "../../shared/build.ts";
import { guidPattern } from "../../shared/config/fence.ts";
import { isTemplateId, parseId } from "../../shared/decide/armId.ts";
import { type BuildShare, principalTypes } from "../../shared/decide/gallery/share.ts";
import { sharingRoles } from "../../shared/decide/permissions/roles.ts";
import type { TemplateBody } from "../../shared/decide/planning/facts.ts";

const templateId = z
  .string()
  .refine(
    isTemplateId,
    "not the id of an image template: /subscriptions/…/resourceGroups/…/providers/Microsoft.VirtualMachineImages/imageTemplates/…",
  );

const resourceGroupId = z
  .string()
  .refine(
    (id) => /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(id) && parseId(id) !== undefined,
    "not the id of a resource group",
  );

/** A member that may be absent, and is not undefined where it is there. */
export const maybe = <T extends z.ZodType>(schema: T) => schema.exactOptional();

/** An image template as it would be sent to ARM; what is inside is for the plan and for ARM to judge. */
const templateBody = z.looseObject({
  location: z.string().min(1),
  tags: z.record(z.string(), z.string()).optional(),
  identity: z.looseObject({
    type: z.string().optional(),
    userAssignedIdentities: z.record(z.string(), z.unknown()).optional(),
  }),
  properties: z.looseObject({
    source: z.looseObject({ type: z.string() }),
    distribute: z.array(z.looseObject({ type: z.string() })).min(1),
  }),
}) as unknown as z.ZodType<TemplateBody>;

const template = z.strictObject({
  resourceGroupId,
  name: z.string().regex(/^[A-Za-z0-9\-_.]{1,64}$/, "1 to 64 letters, digits, - _ ."),
  body: templateBody,
});

const verify = z
  .union(
    [z.literal(true).transform(() => "default"), z.string().min(1).max(40)],
    "true, or the name of a verification profile",
  )
  .optional();

const approval = z.literal(true).optional();

/** Object id, subscription id or tenant id. */
export const guid = z.string().regex(guidPattern, "not a GUID");

/** Somebody in the gallery's tenant, by the role that he gets. */
export const principalFields = {
  principalId: guid,
  principalType: z.enum(principalTypes),
  role: z.enum(sharingRoles.map(({ name }) => name)).exactOptional(),
  /** The tenant of his machines, if that is another one. */
  homeTenantId: guid.exactOptional(),
};

/** Whom a build shares with what it publishes, and how much of it. */
export const buildShare: z.ZodType<BuildShare> = z.strictObject({
  ...principalFields,
  scope: z.enum(["definition", "version"]),
});

const share = z.array(buildShare).min(1).max(10).optional();

const oneOf = "give either templateId or template";
const either = (asked: { templateId?: string | undefined; template?: unknown }) =>
  (asked.templateId === undefined) !== (asked.template === undefined);

/** Body of `POST /builds`. */
export const buildRequest = z
  .strictObject({
    templateId: templateId.optional(),
    template: template.optional(),
    planHash: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits")
      .optional(),
    mode: z.enum(["act", "advise"]).optional(),
    notify: z.array(z.string()).max(50).optional(),
    /** Boot what was published before latest may mean it: true for the profile default, or a profile's name. */
    verify,
    /** An approver, who is not the one who asks, has to agree before latest may mean what was published. */
    approval,
    /** Principals who get to read what was published, this version or the definition; inside the fence's shareWith. */
    share,
    /** Whether rights to distribute and to join live on after the build. */
    grants: z.enum(["standing", "justInTime"]).optional(),
    /** Whether network changes stay after the build or are put back. */
    network: z.enum(["keep", "restore"]).optional(),
  })
  .refine(either, oneOf);

/** Body of `POST /plans`. */
export const planRequest = z
  .strictObject({ templateId: templateId.optional(), template: template.optional(), verify, approval, share })
  .refine(either, oneOf);

/** Query of `GET /builds`. */
export const buildQuery = z.strictObject({
  state: z.enum([...activeStates, ...finalStates]).optional(),
  templateId: templateId.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(1024).optional(),
  /** The function key may stand in the query: it is the host's. */
  code: z.string().optional(),
});

export type BuildRequest = z.infer<typeof buildRequest>;
