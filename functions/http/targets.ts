import { randomUUID } from "node:crypto";
import { z } from "zod";
import { testMessage } from "../../shared/decide/messages/message.ts";
import type { TargetSettings } from "../../shared/notify/index.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { switchOf, turnOn } from "../targets.ts";
import { problem } from "./answers.ts";
import { noResource, route } from "./route.ts";
import { maybe } from "./schemas.ts";

/** A target without its address and secret. */
const targetView = z.object({
  name: z.string(),
  kind: z.enum(["eventGrid", "webhook", "teams", "slack", "email", "serviceBus"]),
  events: z.array(z.string()),
  templates: maybe(z.array(z.string())),
  severity: maybe(z.enum(["info", "warning", "error"])),
  state: z.enum(["on", "off"]).meta({ description: "off: it wanted nothing more; a test that succeeds turns it on" }),
  why: maybe(z.string()),
});

/** `GET /targets`. */
export const listTargets = route({
  name: "listTargets",
  method: "GET",
  path: "targets",
  role: "reader",
  summary: "Who is told of what; never an address or a secret",
  answers: [{ status: 200, means: "All of them", schema: z.object({ value: z.array(targetView) }) }],
  examples: [{ title: "All targets", status: 200 }],
  concerns: noResource,
  async handle({ deps }) {
    return { jsonBody: { value: await Promise.all(deps.notify.targets.map((target) => view(deps, target))) } };
  },
});

/** `POST /targets/{name}/test`: one attempt, now. */
export const testTarget = route({
  name: "testTarget",
  method: "POST",
  path: "targets/{name}/test",
  role: "builder",
  summary: "Send a target a message that says it is a test, in one attempt; success turns a target on that was off",
  answers: [
    {
      status: 200,
      means: "What came of it",
      schema: z.object({ target: z.string(), delivered: z.boolean(), problem: maybe(problem) }),
    },
  ],
  examples: [{ title: "No such target", params: { name: "nobody" }, status: 404 }],
  async handle({ deps, params }) {
    const target = params.name ?? "";
    if (!deps.notify.targets.some(({ name }) => name === target)) throw new Refused(unknown(target));
    const failure = await attempt(deps, target);
    if (failure) return { jsonBody: { target, delivered: false, problem: failure } };
    if ((await switchOf(deps.store, target))?.state === "off") await turnOn(deps.store, target, "a test succeeded");
    return { jsonBody: { target, delivered: true } };
  },
});

async function attempt({ notify }: Deps, target: string): Promise<Problem | undefined> {
  try {
    const message = testMessage(target, randomUUID().slice(0, 8), new Date().toISOString());
    const outcome = await notify.deliver(target, message);
    return outcome.kind === "rejected" ? outcome.problem : undefined;
  } catch (error) {
    return {
      code: "TargetNotReached",
      title: error instanceof Error ? error.message : String(error),
      fix: [
        "Try again; if it stays, check the target's address, its secret, and the rights of the app's identity there",
      ],
    };
  }
}

async function view({ store }: Deps, { name, kind, events, templates, severity }: TargetSettings) {
  const standing = await switchOf(store, name);
  return {
    name,
    kind,
    events,
    ...(templates ? { templates } : {}),
    ...(severity ? { severity } : {}),
    state: standing?.state ?? "on",
    ...(standing?.state === "off" ? { why: standing.why } : {}),
  };
}

const unknown = (name: string) => ({
  code: "TargetUnknown",
  title: `There is no target ${name}`,
  status: 404,
  fix: ["GET /api/targets lists them", "Or add it to GOLDSMITH_TARGETS"],
});
