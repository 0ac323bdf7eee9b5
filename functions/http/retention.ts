import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { RetentionReport } from "../../shared/curation.ts";
import { lastSegment, parseId, typeOf } from "../../shared/decide/armId.ts";
import { hashOf } from "../../shared/decide/hash.ts";
import { definitionOf } from "../../shared/decide/template/templateBody.ts";
import { Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { existingImage, planRetention, readReport, reportDocument } from "../curating.ts";
import { startOnce } from "../start.ts";
import { accepted } from "./audits.ts";
import { originOf, type Reach } from "./caller.ts";
import { definitionId, exampleImage } from "./channels.ts";
import { reason } from "./deciding.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { type Asked, route } from "./route.ts";

const report: z.ZodType<RetentionReport> = z.object({
  id: z.string(),
  at: z.string(),
  origin: z.object({ kind: z.enum(["http", "event", "timer"]), who: z.string().exactOptional() }),
  plans: z.array(
    z.object({
      definitionId: z.string(),
      rule: z.object({ scope: z.string(), keepLast: z.number(), keepDays: z.number(), keepTags: z.array(z.string()) }),
      keep: z.array(z.object({ versionId: z.string(), because: z.array(z.string()) })),
      remove: z.array(z.string()),
      blockers: z.array(z.string()),
      hash: z.string(),
    }),
  ),
  lostGroups: z.array(z.object({ id: z.string(), templateId: z.string(), command: z.string() })),
  hash: z.string(),
  state: z.enum(["planned", "applying", "applied"]),
  outcomes: z.array(
    z.object({
      versionId: z.string(),
      outcome: z.enum(["removed", "kept", "failed"]),
      why: z.string().exactOptional(),
    }),
  ),
});

/** `POST /retention`: what would be removed, and what protects the rest. Removes nothing. */
export const postRetention = route({
  name: "postRetention",
  method: "POST",
  path: "retention",
  role: "builder",
  summary:
    "Plan which versions of image definitions no rule keeps; reads who uses them, removes nothing, and names staging groups without a template",
  body: z.strictObject({ definitionIds: z.array(definitionId).min(1).max(20) }),
  headers: keyHeader("plan"),
  answers: [
    { status: 200, means: "The plan; its hash is what is agreed to", schema: report },
    { status: 403, means: "An image lies where this Goldsmith may not work" },
    { status: 422, means: "No rule says how many versions of an image are kept, or the key stands for other images" },
  ],
  examples: [
    { title: "No image", body: { definitionIds: [] }, status: 400 },
    { title: "An image for which there is no rule", body: { definitionIds: [exampleImage] }, status: 422 },
  ],
  concerns: ({ body }) => body.definitionIds,
  async handle(asked) {
    const { deps, caller, body } = asked;
    const key = await keyOf(asked);
    const begun = key.begun && (await readReport(deps, key.begun.id));
    if (begun) return { jsonBody: begun };
    const plans = [];
    for (const id of body.definitionIds) plans.push(await planRetention(deps, id));
    const written: RetentionReport = {
      ...(await key.take(`retention-${randomUUID().slice(0, 12)}`)),
      origin: originOf(caller),
      plans,
      lostGroups: await lostGroups(deps, body.definitionIds),
      hash: hashOf(plans.map(({ hash }) => hash)),
      state: "planned",
      outcomes: [],
    };
    await deps.store.documents.put(reportDocument(written.id), written);
    return { jsonBody: written };
  },
});

async function lostGroups({ azure }: Deps, ids: readonly string[]): Promise<RetentionReport["lostGroups"]> {
  const subscriptions = [...new Set(ids.flatMap((id) => parseId(id)?.subscriptionId.toLowerCase() ?? []))];
  const found = await Promise.all(subscriptions.map((id) => azure.readLostGroups(id)));
  return found.flat().map((group) => ({
    ...group,
    command: `az group delete --name ${lastSegment(group.id)} --subscription ${parseId(group.id)?.subscriptionId}`,
  }));
}

const nobody = { title: "A plan that nobody made", params: { id: "retention-nobody" }, status: 404 };

/** `GET /retention/{id}`. */
export const getRetention = route({
  name: "getRetention",
  method: "GET",
  path: "retention/{id}",
  role: "reader",
  summary: "A retention plan, and what became of each version it removes",
  answers: [{ status: 200, means: "The plan", schema: report }],
  examples: [nobody],
  concerns: concernsReport,
  handle: async ({ deps, params }) => ({ jsonBody: await existing(deps, params.id) }),
});

/** `POST /retention/{id}/apply`: removes what the plan removes, and nothing else. */
export const applyRetention = route({
  name: "applyRetention",
  method: "POST",
  path: "retention/{id}/apply",
  role: "approver",
  summary:
    "Remove the versions of a plan that was looked at, by its hash; each is planned again just before, and stays if anything protects it by then",
  body: z.strictObject({ hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits") }),
  answers: [
    {
      status: 202,
      means: "Under way",
      schema: z.object({ id: z.string(), state: z.literal("applying"), location: z.string() }),
      headers: { Location: "Where it can be followed" },
    },
    { status: 409, means: "It is another plan than that, it is applied already, or something is in the way" },
  ],
  examples: [{ ...nobody, body: { hash: `sha256:${"0".repeat(64)}` } }],
  concerns: concernsReport,
  async handle({ deps, client, request, params, body }) {
    const standing = await existing(deps, params.id);
    const blockers = standing.plans.flatMap((plan) => plan.blockers);
    if (body.hash !== standing.hash) throw new Refused(otherPlan(standing.hash));
    if (blockers.length > 0) throw new Refused(blocked(blockers));
    const versionIds = standing.plans.flatMap(({ remove }) => remove);
    if (standing.state === "planned")
      await deps.store.documents.put(reportDocument(standing.id), { ...standing, state: "applying" });
    if (versionIds.length > 0) await startOnce(client, "removals", standing.id, { reportId: standing.id, versionIds });
    return accepted(request, `retention/${standing.id}`, { id: standing.id, state: "applying" });
  },
});

const versionId = z
  .string()
  .refine(
    (id) => parseId(id) !== undefined && typeOf(id) === "microsoft.compute/galleries/images/versions",
    "not the id of an image version: …/galleries/{gallery}/images/{image}/versions/{version}",
  );

/** `POST /revocations`: takes a version out of use. */
export const postRevocation = route({
  name: "postRevocation",
  method: "POST",
  path: "revocations",
  role: "approver",
  summary:
    "Revoke an image version: latest means it no more, it is at its end of life and tagged with the reason, and whoever is told of images hears who runs it",
  body: z.strictObject({ versionId, reason }),
  headers: keyHeader("revocation"),
  answers: [
    {
      status: 202,
      means: "Under way",
      schema: z.object({ id: z.string(), state: z.literal("revoking"), location: z.string() }),
    },
    { status: 403, means: "The image lies where this Goldsmith may not work" },
    { status: 404, means: "There is no such version" },
    { status: 422, means: "The Idempotency-Key stands for another body" },
  ],
  examples: [
    {
      title: "A version that is not there",
      body: { versionId: `${exampleImage}/versions/1.0.0`, reason: "CVE-2026-1" },
      status: 404,
    },
  ],
  concerns: ({ body }) => [body.versionId],
  async handle(asked) {
    const { deps, client, request, body } = asked;
    const image = await existingImage(deps, definitionOf(body.versionId));
    const version = image.versions.find(({ id }) => id.toLowerCase() === body.versionId.toLowerCase());
    if (!version) throw new Refused(noVersion(body.versionId));
    const key = await keyOf(asked);
    const { id, at } = await key.take(`revoke-${randomUUID().slice(0, 12)}`);
    await startOnce(client, "revoke", id, { versionId: version.id, reason: body.reason, at });
    return accepted(request, `channels?definitionId=${encodeURIComponent(image.id)}`, { id, state: "revoking" });
  },
});

async function concernsReport({ deps, params }: Pick<Asked<unknown, unknown>, "deps" | "params">): Promise<Reach> {
  const found = await readReport(deps, params.id ?? "");
  return found ? found.plans.map((plan) => plan.definitionId) : [];
}

async function existing(deps: Deps, id = ""): Promise<RetentionReport> {
  const found = await readReport(deps, id);
  if (found) return found;
  throw new Refused({
    code: "PlanNotFound",
    title: "There is no retention plan of that id",
    status: 404,
    fix: ["Make one: POST /api/retention"],
  });
}

const otherPlan = (hash: string) => ({
  code: "PlanChanged",
  title: "That is not the hash of this plan",
  detail: `Its hash is ${hash}.`,
  status: 409,
  fix: ["Look at the plan again, and apply it by its hash"],
});

const blocked = (blockers: readonly string[]) => ({
  code: "RetentionBlocked",
  title: "Nothing is removed while it is not known who uses images",
  detail: blockers.join("; "),
  status: 409,
  fix: ["Give the app the role Goldsmith app usage reader at these subscriptions (infra: curation)", "Plan again"],
});

const noVersion = (scope: string) => ({
  code: "VersionNotFound",
  title: "There is no such image version",
  status: 404,
  scope,
  fix: ["Name a version that is there"],
});
