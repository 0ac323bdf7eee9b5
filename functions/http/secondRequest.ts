import type { HttpRequest } from "@azure/functions";
import type { Build } from "../../shared/build.ts";
import { hashOf } from "../../shared/decide/hash.ts";
import { contentHash } from "../../shared/decide/template/contentHash.ts";
import { Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { type BuildWish, buildIdOf } from "../building.ts";

/**
 * The build that a request joins: without a key, the one that builds the same already, where the operator lets it join. A
 * template that is being built takes no second request where the operator wants it so.
 */
export async function sameRunning(deps: Deps, wish: BuildWish, request: HttpRequest): Promise<Build | undefined> {
  const { store, settings } = deps;
  const keyed = request.headers.get("idempotency-key") !== null;
  if (settings.secondRequest === "queue" || (keyed && settings.secondRequest === "join")) return undefined;
  const active = await store.builds.active(wish.templateId);
  const asked = ({ verify, approval, share }: Pick<Build, "verify" | "share"> & { readonly approval?: object }) =>
    hashOf([verify ?? "", approval !== undefined, share ?? []]);
  const same = (build: Build) => build.contentHash === contentHash(wish.body) && asked(build) === asked(wish);
  if (settings.secondRequest === "join") return active.find(same);
  const mine = buildIdOf(wish.templateId, wish.seed);
  if (active[0] && !active.some(({ id }) => id === mine)) throw new Refused(beingBuilt(active[0]));
  return undefined;
}

const beingBuilt = ({ id, templateId }: Build) => ({
  code: "TemplateBeingBuilt",
  title: "The template is being built, and this Goldsmith takes no second request meanwhile",
  detail: `By build ${id}.`,
  status: 409,
  scope: templateId,
  fix: [`Follow GET /api/builds/${id}, and ask again when it has ended`],
});
