import type { HttpResponseInit } from "@azure/functions";
import { lastSegment } from "../../shared/decide/armId.ts";
import { missingRights, ownPlaces } from "../../shared/decide/permissions/ownRights.ts";
import { roleDefinitionId, sameRole, templateRoles } from "../../shared/decide/permissions/roles.ts";
import type { Deps } from "../activities/deps.ts";
import { baselineTaken } from "../timers/reconcile.ts";
import { health } from "./answers.ts";
import { route } from "./route.ts";

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** `GET /health`: whether the app can do its work, found out by trying; 503 names what is missing. */
export const getHealth = route({
  name: "getHealth",
  method: "GET",
  path: "health",
  role: "anyone",
  summary:
    "Whether settings, storage, the app's own rights, the deployed roles and topics are as they should be, found out by trying",
  answers: [
    { status: 200, means: "All is well", schema: health },
    { status: 503, means: "Something is missing; checks says what", schema: health },
  ],
  examples: [{ title: "Is it well?", status: 200 }],
  handle: ({ deps }) => recent(deps),
});

/** Whoever asks costs Azure a few reads, and anybody may ask: an answer serves everybody for this long (ms), a bad one not as long. */
const freshFor = 10_000;
const badFor = 1_000;
const looks = new WeakMap<Deps, { readonly at: number; readonly answer: Promise<HttpResponseInit> }>();

function recent(deps: Deps): Promise<HttpResponseInit> {
  const last = looks.get(deps);
  if (last && Math.abs(Date.now() - last.at) < freshFor) return last.answer;
  const answer = look(deps);
  const at = Date.now();
  looks.set(deps, { at, answer });
  void answer.then(({ status }) => status === 200 || looks.set(deps, { at: at - freshFor + badFor, answer }));
  return answer;
}

async function look(deps: Deps): Promise<HttpResponseInit> {
  const checks = await Promise.all([
    check("settings", async () => (deps.settings.policy.fence.scopes.length === 0 ? noFence : undefined)),
    check("storage", () => storage(deps)),
    check("rights", () => rights(deps)),
    check("roles", () => roles(deps)),
    check("topics", async () => (await deps.notify.topicFaults()).join("; ") || undefined),
  ]);
  const ok = checks.every((one) => one.ok);
  return { status: ok ? 200 : 503, jsonBody: { status: ok ? "ok" : "degraded", checks } };
}

const noFence = "GOLDSMITH_FENCE is empty: nothing may be granted";

async function check(name: string, look: () => Promise<string | undefined>): Promise<Check> {
  try {
    const detail = await look();
    return detail ? { name, ok: false, detail } : { name, ok: true };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function storage(deps: Deps): Promise<string | undefined> {
  await deps.store.builds.list({ limit: 1 });
  return (await baselineTaken(deps)) ? undefined : "the first look at the watched templates is not done yet";
}

/** Every role that may be granted must stand as `roles.json` says; where roles are managed, those that stand at all (the others are written when needed). */
async function roles({ azure, settings }: Deps): Promise<string | undefined> {
  const { environment, roleSubscriptionId } = settings.policy;
  const wrong = await Promise.all(
    templateRoles.map(async ({ key, name }) => {
      const standing = await azure.readRole(roleDefinitionId(environment, roleSubscriptionId, key));
      if (!standing) return settings.policy.roles === "managed" ? [] : [name];
      return sameRole(standing, key) ? [] : [name];
    }),
  );
  const names = wrong.flat();
  const mend =
    settings.policy.roles === "managed"
      ? "find out who; the next build that needs them mends them"
      : "deploy infra again";
  return names.length > 0 ? `missing or changed role definitions: ${names.join(", ")}; ${mend}` : undefined;
}

/** Places looked at; a deployment with more has the same rights in all of them. */
const mostPlaces = 20;

/** Its own rights, as the deployment assigns them. Anybody may read this, so places are named by their last part only. */
async function rights({ azure, settings }: Deps): Promise<string | undefined> {
  const { policy, watch } = settings;
  const places = ownPlaces(policy.fence.scopes, watch).slice(0, mostPlaces);
  const found = await Promise.all(
    places.map(async (place) => {
      const missing = missingRights(policy, place, await azure.ownGrants(place.id));
      return missing.map((one) => `${one} at ${lastSegment(place.id)}`);
    }),
  );
  const lines = found.flat();
  return lines.length > 0 ? `${lines.join("; ")}; deploy infra again, or have the owner onboard` : undefined;
}
