import { app, type InvocationContext } from "@azure/functions";
import * as df from "durable-functions";
import { type Play, play, type Steps } from "../orchestrations/durable.ts";
import { orchestrations } from "../orchestrations/index.ts";
import { patiences } from "../orchestrations/patiences.ts";
import type { Deps } from "./activities/deps.ts";
import { type Activities, createActivities } from "./activities/index.ts";
import { perform } from "./activities/perform.ts";
import { type TemplateEvent, templateTold } from "./events/templateTold.ts";
import { openedBy } from "./http/badges.ts";
import { authLevel } from "./http/caller.ts";
import { routes } from "./http/index.ts";
import { serve } from "./http/serve.ts";
import { rebuildDue } from "./rebuilding.ts";
import { auditWatched } from "./timers/audit.ts";
import { reconcile } from "./timers/reconcile.ts";
import { forgetHistory } from "./timers/retention.ts";
import { sweep } from "./timers/sweep.ts";
import { sweepVerifications } from "./timers/sweepVerifications.ts";

type Orchestrator = (play: Play<Activities>, input: unknown) => Steps<unknown>;

const durable = { extraInputs: [df.input.durableClient()] };

/** The only place where a name meets the Functions runtime. */
export function register(deps: Deps): void {
  for (const [name, run] of Object.entries(orchestrations) as [string, Orchestrator][])
    df.app.orchestration(name, function* (context) {
      return yield* run(play<Activities>(context, patiences), context.df.getInput<unknown>());
    });
  for (const [name, run] of Object.entries(createActivities(deps)) as [string, (input: unknown) => Promise<unknown>][])
    df.app.activity(name, {
      ...durable,
      handler: (input: unknown, context: InvocationContext) => perform(deps, name, () => run(input), input, context),
    });
  registerTriggers(deps);
}

function registerTriggers(deps: Deps): void {
  for (const route of openedBy(routes, deps.settings))
    app.http(route.name, {
      methods: [route.method],
      route: route.path,
      authLevel: authLevel(route, deps.settings.auth),
      ...durable,
      handler: serve(route, deps, df.getClient),
    });
  app.eventGrid("templateTold", {
    ...durable,
    handler: async (event, context) => {
      const verdict = await templateTold(deps, df.getClient(context), event as TemplateEvent);
      context.log(`template event ${event.id}: ${verdict}`);
    },
  });
  app.timer("reconcileTemplates", {
    schedule: deps.settings.reconcileSchedule,
    runOnStartup: true,
    ...durable,
    handler: async (_, context) => void (await reconcile(deps, df.getClient(context))),
  });
  app.timer("sweepGrants", {
    schedule: deps.settings.reconcileSchedule,
    ...durable,
    handler: async (timer, context) =>
      void (await sweep(deps, df.getClient(context), timer.scheduleStatus?.next ?? context.invocationId)),
  });
  app.timer("rebuildOnSchedule", {
    schedule: deps.settings.reconcileSchedule,
    ...durable,
    handler: async (_, context) => context.log(`rebuilds started: ${await rebuildDue(deps, df.getClient(context))}`),
  });
  app.timer("sweepVerifications", {
    schedule: deps.settings.reconcileSchedule,
    ...durable,
    handler: async (timer, context) =>
      void (await sweepVerifications(deps, df.getClient(context), timer.scheduleStatus?.next ?? context.invocationId)),
  });
  app.timer("forgetHistory", {
    schedule: "0 30 3 * * *",
    ...durable,
    handler: async (_, context) =>
      context.log(`instances forgotten: ${await forgetHistory(deps, df.getClient(context))}`),
  });
  app.timer("auditPermissions", {
    schedule: deps.settings.auditSchedule,
    ...durable,
    handler: async (timer, context) =>
      void (await auditWatched(deps, df.getClient(context), timer.scheduleStatus?.next ?? context.invocationId)),
  });
}
