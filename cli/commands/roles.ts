import { existsSync, readFileSync } from "node:fs";
import type { Answer } from "../../functions/http/contract.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print } from "../print.ts";
import type { Terms } from "../terms.ts";

/** Flags of `goldsmith roles`. */
export interface RoleFlags {
  readonly parity?: "any" | "az15" | "az16";
  readonly skipClientSideScopeValidation?: boolean;
  readonly yes?: boolean;
}

/** Checks a custom role and prints it in REST form; exit 1 with every rule it breaks. */
export const validateRole = (terms: Terms, file: string, flags: RoleFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const body = readRole(file, fill);
    print(terms, await api.json("POST role-definitions", { body, query: queryOf(flags) }), checkedText);
    return exits.done;
  });

/** Has a custom role written by the app's second identity, where roles are managed; an approver asks. */
export const applyRole = (terms: Terms, file: string, flags: RoleFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const body = readRole(file, fill);
    const query = queryOf(flags);
    const { role } = await api.json("POST role-definitions", { body, query });
    const { roleName, assignableScopes } = role.properties;
    const question = `Write the role "${roleName}", assignable at ${assignableScopes.join(", ")}?`;
    await confirm(terms, question, { yes: flags.yes ?? false, flag: "--yes" });
    const applied = await api.json("POST role-definitions/apply", { body, query });
    print(terms, applied, ({ id, outcome }) => `${outcomes[outcome]}  ${id}`);
    return exits.done;
  });

const outcomes = { made: "written", stood: "stood already", started: "written, not yet seen everywhere" } as const;

function readRole(file: string, fill: (text: string) => string): unknown {
  try {
    if (existsSync(file)) return JSON.parse(fill(readFileSync(file, "utf8")));
  } catch (error) {
    throw notARole(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw notARole(`there is no file ${file}`);
}

const notARole = (title: string) => new Stopped(exits.usage, { code: "NotARole", title });

const queryOf = ({ parity, skipClientSideScopeValidation }: RoleFlags) => ({
  parity,
  skipClientSideScopeValidation: skipClientSideScopeValidation ? "true" : undefined,
});

function checkedText({ form, guid, notes, role }: Answer<"POST role-definitions">): string {
  return [
    `A good role, written in the ${form} form${guid ? `, id ${guid}` : ""}`,
    ...notes.map((note) => `  ! ${note}`),
    "",
    JSON.stringify(role, null, 2),
  ].join("\n");
}
