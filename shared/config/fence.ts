import { z } from "zod";
import { parseId } from "../decide/armId.ts";
import { builtInRoles, templateRoles } from "../decide/permissions/roles.ts";

/** A GUID in any casing. */
export const guidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const guid = z.string().regex(guidPattern, "not a GUID");

/** Something Goldsmith may be let loose on; management groups are none, because their bounds move. */
export const scope = z
  .string()
  .transform((text) => text.trim().replace(/\/+$/, ""))
  .refine((text) => guidPattern.test(parseId(text)?.subscriptionId ?? ""), {
    message: "not the id of a subscription (/subscriptions/<guid>), of a resource group in one, or of a resource",
  });

const roleKeys = [...templateRoles, ...builtInRoles].map(({ key }) => key);
const role = z.enum(roleKeys, `not a role that templates may get: ${roleKeys.join(", ")}`);
// A network security group that guards other subnets too is changed only where a pair says so.
const pairKeys = [...roleKeys, "addSecurityRule"];
const pairRole = z.enum(pairKeys, `neither a role that templates may get nor addSecurityRule: ${pairKeys.join(", ")}`);

// Whose build it is does not matter for a security group: `*` stands for anybody there, and only there.
const pair = z.union([
  z.strictObject({ principalId: guid, role: pairRole, scope }),
  z.strictObject({ principalId: z.literal("*"), role: z.literal("addSecurityRule"), scope }),
]);

const owner = z.strictObject({ name: z.string().trim().min(1).max(100), scopes: z.array(scope).min(1) });

const fence = z.strictObject({
  scopes: z.array(scope).default([]),
  identities: z.array(scope).default([]),
  roles: z.array(role).default([]),
  shareWith: z.array(guid).default([]),
  pairs: z.array(pair).default([]),
  owners: z.array(owner).default([]),
});

/** A text that holds JSON; what is in it is never repeated in an error. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "not valid JSON" });
    return z.NEVER;
  }
});

const commaSeparated = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== ""),
);

/** The fence as JSON object, or just its scopes: with commas between them, or as JSON array. */
export const fenceText = z.string().transform((text, context) => {
  if (text.startsWith("{")) return passOn(jsonText.pipe(fence).safeParse(text), context);
  return { ...fence.parse({}), scopes: passOn(listOf(scope, text).safeParse(text), context) };
});

/** Subscriptions and resource groups: with commas between them, or as JSON array. */
export const watchText = z
  .string()
  .transform((text, context) =>
    passOn(listOf(scope.refine(isPlace, "not a subscription or resource group"), text).safeParse(text), context),
  );

function listOf(item: typeof scope, text: string) {
  return text.startsWith("[") ? jsonText.pipe(z.array(item)) : commaSeparated.pipe(z.array(item));
}

/** Whether templates can be listed there: in a subscription or resource group. */
export function isPlace(id: string): boolean {
  return parseId(id)?.types.length === 0;
}

function passOn<T>(result: z.ZodSafeParseResult<T>, context: z.RefinementCtx): T {
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) context.addIssue({ code: "custom", path: [...path], message });
  return z.NEVER;
}
