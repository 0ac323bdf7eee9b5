import { z } from "zod";
import { lastSegment, parseId, typeOf, within } from "../../shared/decide/armId.ts";
import { type Instructions, useImage } from "../../shared/decide/gallery/useImage.ts";
import { insideFence } from "../../shared/decide/planning/fence.ts";
import { Refused } from "../../shared/problem.ts";
import { type ImageWish, isVerified, proofDocument, type Verification } from "../../shared/verification.ts";
import type { Deps } from "../activities/deps.ts";
import { freshSeed } from "../building.ts";
import {
  orderDocument,
  profileNamed,
  startVerification,
  type VerificationOrder,
  type VerificationWish,
  verificationIdOf,
} from "../verifying.ts";
import { accepted } from "./audits.ts";
import { type Reach, reaches } from "./caller.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { type Asked, noResource, route } from "./route.ts";
import { acceptedVerification, verificationList, verificationView } from "./verificationAnswers.ts";

const definition = "microsoft.compute/galleries/images";
const shared = /^\/sharedGalleries\/[^/\s?#]+\/images\/[^/\s?#]+\/versions\/(?:latest|\d+\.\d+\.\d+)$/i;

const image = z
  .string()
  .refine(
    (id) =>
      shared.test(id) ||
      (parseId(id) !== undefined && [definition, `${definition}/versions`].includes(typeOf(id) ?? "")),
    "neither the id of an image version or definition, nor /sharedGalleries/{name}/images/{image}/versions/{version or latest}",
  );

const sshPublicKey = z
  .string()
  .max(8192)
  .regex(/^ssh-(?:rsa|ed25519) [A-Za-z0-9+/]+={0,2}(?: .*)?$/, "not a public key in OpenSSH form (ssh-rsa AAAA…)");

const verificationRequest = z.strictObject({
  /** Version, definition (what `latest` means in the region), or shared id. */
  image,
  /** Name of a profile of the operator's; `default` where absent. */
  profile: z.string().max(40).optional(),
  /** Where to boot; as the profile says where absent. */
  region: z
    .string()
    .regex(/^[a-z0-9]+$/, "a region's short name, such as westeurope")
    .optional(),
  /** Lift excludeFromLatest once the version is proven. */
  gate: z.boolean().optional(),
  /** For whoever wants to look while it is up; Linux. A key is made and thrown away where absent. */
  sshPublicKey: sshPublicKey.optional(),
});

/** `POST /verifications`: boots machines from an image, as a consumer would, and says whether it is proven. */
export const postVerification = route({
  name: "postVerification",
  method: "POST",
  path: "verifications",
  role: "builder",
  summary:
    "Boot a machine from an image version, from what latest means, or from a shared image; check it, remove it, keep the proof",
  body: verificationRequest,
  headers: keyHeader("verification"),
  answers: [
    {
      status: 202,
      means: "Started, or joined",
      schema: acceptedVerification,
      headers: { Location: "Where it can be followed", "Retry-After": "Seconds" },
    },
    { status: 403, means: "The gate of that version is not this Goldsmith's to open" },
    { status: 422, means: "There is no such profile, or the key stands for another body" },
  ],
  examples: [
    { title: "An image that is none", body: { image: "/subscriptions/x" }, status: 400 },
    {
      title: "A profile that the operator does not have",
      body: {
        image: "/sharedGalleries/11111111-2222-3333-4444-555555555555-GOLD/images/ubuntu-2404/versions/latest",
        profile: "nobody",
      },
      status: 422,
    },
  ],
  concerns: ({ body }) => concernedImage(wishFor(body.image)),
  async handle(asked) {
    const wish = await wishOf(asked);
    const { id, state } = await startVerification(asked.deps, asked.client, wish);
    return accepted(asked.request, `verifications/${id}`, { id, state });
  },
});

/** What is shared by others lies nowhere that a limited role could hold. */
const concernedImage = ({ kind, id }: ImageWish): Reach => (kind === "shared" ? "everything" : [id]);

async function concernsVerification({
  deps,
  params,
}: Pick<Asked<unknown, unknown>, "deps" | "params">): Promise<Reach> {
  const found = await deps.store.verifications.get(params.id ?? "");
  return found ? concernedImage(found.image) : [];
}

type Request = z.infer<typeof verificationRequest>;

async function wishOf(asked: Asked<Request, unknown>): Promise<VerificationWish> {
  const { deps, caller, body } = asked;
  const profile = body.profile ?? "default";
  profileNamed(deps, profile);
  const wish = wishFor(body.image);
  if (body.gate) mayOpen(deps, wish);
  const key = await keyOf(asked);
  const { id } = await key.take(verificationIdOf(`http ${freshSeed()}`));
  return {
    id,
    image: wish,
    profile,
    gate: body.gate === true,
    ...(caller.kind === "principal" ? { who: caller.id } : {}),
    ...(body.region === undefined ? {} : { region: body.region }),
    ...(body.sshPublicKey === undefined ? {} : { sshPublicKey: body.sshPublicKey }),
  };
}

function wishFor(id: string): ImageWish {
  if (shared.test(id)) return { kind: "shared", id };
  return typeOf(id) === definition || /\/versions\/latest$/i.test(id)
    ? { kind: "definition", id: id.replace(/\/versions\/latest$/i, "") }
    : { kind: "version", id };
}

/** The gate is written with this app's own rights, so only inside the fence, and only of one exact version; never where an approver has to agree. */
function mayOpen({ settings }: Deps, { kind, id }: ImageWish): void {
  if (settings.approvals?.scopes.some((scope) => within(scope, id))) throw new Refused(approverOpens(id));
  if (kind === "version" && insideFence(settings.policy.fence, id)) return;
  throw new Refused({
    code: "OutsideFence",
    title: "The gate of that image is not this Goldsmith's to open",
    status: 403,
    scope: id,
    fix: ["Name an exact version inside GOLDSMITH_FENCE", "Or ask without gate: the image is verified all the same"],
  });
}

const approverOpens = (scope: string) => ({
  code: "ApprovalNeeded",
  title: "An approver opens the gate of images there, and a build is what he approves",
  status: 403,
  scope,
  fix: ["Ask without gate: the image is verified all the same", "Or build it: the build waits for an approver"],
});

/** `GET /verifications`: newest first. */
export const listVerifications = route({
  name: "listVerifications",
  method: "GET",
  path: "verifications",
  role: "reader",
  summary: "List verifications, newest first (200 at most)",
  answers: [{ status: 200, means: "All of them", schema: verificationList }],
  query: z.strictObject({ versionId: z.string().optional(), code: z.string().optional() }),
  concerns: noResource,
  async handle({ deps, query, reach }) {
    const listed = await deps.store.verifications.list();
    const all = listed.filter(
      ({ image: about }) => reach === "everything" || (about.kind !== "shared" && reaches(reach, about.id)),
    );
    const wanted = query.versionId?.toLowerCase();
    return {
      jsonBody: { value: all.filter((one) => wanted === undefined || one.versionId?.toLowerCase() === wanted) },
    };
  },
});

/** `GET /verifications/{id}`: how it stands, with its machines, scripts, console logs, timeline and proof. */
export const getVerification = route({
  name: "getVerification",
  method: "GET",
  path: "verifications/{id}",
  role: "reader",
  summary:
    "One verification: state, the version behind the image and why, machines with what was seen of them, timeline, proof",
  answers: [{ status: 200, means: "The verification, done or not", schema: verificationView }],
  examples: [{ title: "A verification that never was", params: { id: "nobody-asked-for-this" }, status: 404 }],
  concerns: concernsVerification,
  async handle({ deps, params }) {
    const one = await existing(deps, params.id);
    const { store } = deps;
    const consoles = one.machines.flatMap(({ index, consoleDocument }) =>
      consoleDocument ? [{ index, consoleDocument }] : [],
    );
    const [timeline, proof, ...texts] = await Promise.all([
      store.timeline.list(one.buildId ?? one.id),
      store.documents.get(proofDocument(one.id)),
      ...consoles.map(({ consoleDocument }) => store.documents.get<{ text: string }>(consoleDocument)),
    ]);
    const logs = consoles.map(({ index }, i) => ({ machine: index, text: texts[i]?.text ?? "" }));
    const use = await instructionsFor(deps, one);
    const over = isVerified(one.state) && !one.open;
    return {
      ...(over ? {} : { headers: { "retry-after": "10" } }),
      jsonBody: {
        ...one,
        ...(use ? { use } : {}),
        ...(proof ? { proof } : {}),
        ...(logs.length > 0 ? { consoles: logs } : {}),
        timeline,
      },
    };
  },
});

/** How a consumer makes a machine like the one that was verified: commands, request, clicks. */
async function instructionsFor(
  { store }: Deps,
  { id, image: wish, osType, machines }: Verification,
): Promise<Instructions | undefined> {
  const [machine] = machines;
  const order = await store.documents.get<VerificationOrder>(orderDocument(id));
  if (!machine || !osType || !order) return undefined;
  const { resourceGroupId, password, tenants } = order.profile;
  return useImage({
    imageId: wish.id,
    osType,
    region: machine.region,
    resourceGroup: lastSegment(resourceGroupId),
    machine: "myVM",
    size: machine.size,
    ...(machine.networkId ? {} : { subnetId: machine.subnetId }),
    ...(machine.securityType && machine.securityType !== "Standard" ? { securityType: machine.securityType } : {}),
    ...(password?.secret ? { password: { vault: lastSegment(password.vaultId), secret: password.secret } } : {}),
    ...(tenants ? { tenants: { image: tenants.imageTenantIds[0] ?? "", machine: tenants.tenantId } } : {}),
  });
}

/** `POST /verifications/{id}/cancel`: asks for the end; what was made is removed. */
export const cancelVerification = route({
  name: "cancelVerification",
  method: "POST",
  path: "verifications/{id}/cancel",
  role: "builder",
  summary: "Ask a verification to end; what it made is removed",
  answers: [{ status: 202, means: "Asked for", schema: acceptedVerification }],
  examples: [{ title: "A verification that never was", params: { id: "nobody-asked-for-this" }, status: 404 }],
  concerns: concernsVerification,
  async handle({ deps, request, params }) {
    const { id, state } = await existing(deps, params.id);
    if (!isVerified(state)) await deps.store.seen.first("cancel", id);
    return accepted(request, `verifications/${id}`, { id, state });
  },
});

async function existing({ store }: Deps, id = ""): Promise<Verification> {
  const found = await store.verifications.get(id);
  if (found) return found;
  throw new Refused({
    code: "VerificationNotFound",
    title: "There is no verification of that id",
    status: 404,
    fix: ["GET /api/verifications lists the newest"],
  });
}
