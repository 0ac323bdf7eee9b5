import { z } from "zod";
import { scope } from "./fence.ts";

/** Longest value that Entra takes for an app role. */
const longestRole = 120;
const name = new RegExp(`^(?=.{1,${longestRole}}$)(?:Reader|Builder|Approver)\\.[\\w.-]+$`);

/** App roles that are limited to places: the value as it stands in tokens, and the scopes it holds in. */
export const roleScopes = z.record(
  z.string().regex(name, "not the value of an app role such as Builder.web: Reader., Builder. or Approver. and a name"),
  z.array(scope).min(1, "no scope: leave the role out instead"),
);
