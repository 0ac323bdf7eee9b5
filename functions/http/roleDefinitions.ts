import { z } from "zod";
import { parseRoleInput } from "../../shared/decide/roleInput.ts";
import { Refused } from "../../shared/problem.ts";
import { noResource, route } from "./route.ts";

const roleQuery = z.strictObject({
  parity: z.enum(["any", "az15", "az16"]).optional(),
  skipClientSideScopeValidation: z.enum(["true", "false"]).optional(),
  code: z.string().optional(),
});

/** `POST /role-definitions`: checks a custom role in any form `New-AzRoleDefinition` has taken, and answers it in REST form. Writes nothing. */
export const postRoleDefinition = route({
  name: "postRoleDefinition",
  method: "POST",
  path: "role-definitions",
  role: "reader",
  summary: "Check a custom role (flat, Permissions[] or REST form) and get it in REST form, with every rule it breaks",
  body: z.unknown(),
  query: roleQuery,
  concerns: noResource,
  async handle({ body, query }) {
    const found = parseRoleInput(JSON.stringify(body), {
      ...(query.parity ? { parity: query.parity } : {}),
      skipClientSideScopeValidation: query.skipClientSideScopeValidation === "true",
    });
    if (!found.ok) throw new Refused({ ...found.problem, status: found.problem.status ?? 422 });
    const { form, guid, notes, role } = found;
    return { jsonBody: { form, ...(guid ? { guid } : {}), notes, role } };
  },
});
