import { z } from "zod";
import type { Approval } from "../../shared/approval.ts";
import { activeStates, type Build, finalStates, type TimelineEntry } from "../../shared/build.ts";
import type { Cost } from "../../shared/decide/builds/cost.ts";
import { type Effect, principalTypes } from "../../shared/decide/gallery/share.ts";
import type { RoleContent } from "../../shared/decide/permissions/roleContent.ts";
import type { Change, Plan } from "../../shared/decide/planning/plan.ts";
import { type Delivery, deliveryStates } from "../../shared/delivery.ts";
import type { Problem } from "../../shared/problem.ts";
import type { Schedule } from "../../shared/schedule.ts";
import { buildRequest, buildShare, maybe, planRequest } from "./schemas.ts";

/** What the API answers, as schemas: the types of `shared/` hold them to what is really sent. */

const time = z.iso.datetime({ offset: true });

/** RFC 9457, with what Goldsmith adds. */
export const problem: z.ZodType<Problem & { readonly type?: string }> = z
  .object({
    type: maybe(z.string()),
    code: z.string().meta({ description: "Stable, in PascalCase; Goldsmith's own or Azure's" }),
    title: z.string().meta({ description: "One line for people" }),
    detail: maybe(z.string()),
    status: maybe(z.int()),
    scope: maybe(z.string()),
    principalId: maybe(z.string()),
    action: maybe(z.string()),
    stage: maybe(z.string()),
    fix: maybe(z.array(z.string())).meta({ description: "What to do, in order" }),
    errors: maybe(z.array(z.object({ pointer: z.string(), detail: z.string() }))).meta({
      description: "What is wrong in the request: JSON pointer and why",
    }),
    correlationId: maybe(z.string()),
  })
  .meta({ description: "What went wrong and what to do next (RFC 9457)" });

const artifact = z.object({
  runOutputName: z.string(),
  kind: z.enum(["imageVersion", "managedImage", "vhd"]),
  id: z.string(),
  warning: maybe(z.string()).meta({ description: "What to do before it is lost" }),
  regions: maybe(z.array(z.object({ name: z.string(), state: z.string(), progress: z.number() }))),
  verification: maybe(z.object({ id: z.string(), state: z.string() })),
});

const cost: z.ZodType<Cost> = z
  .object({
    currency: z.string(),
    pricesOf: z.string(),
    build: z.number(),
    month: z.number(),
    lines: z.array(
      z.object({
        what: z.string(),
        quantity: z.number(),
        unit: z.enum(["hours", "GiB"]),
        amount: maybe(z.number()),
        per: z.enum(["build", "month"]),
      }),
    ),
    assumptions: z.array(z.string()),
  })
  .meta({ description: "An estimate from a price table: what the build cost, and what its images cost every month" });

/** Somebody else's say over what a build published. */
export const approvalView: z.ZodType<Approval> = z
  .object({
    askedAt: maybe(time),
    decideBy: maybe(time),
    versions: maybe(z.array(z.object({ id: z.string(), hash: z.string() }))),
    decision: maybe(
      z.object({
        kind: z.enum(["approved", "rejected", "expired", "cancelled"]),
        who: maybe(z.string()),
        reason: maybe(z.string()),
        at: time,
      }),
    ),
  })
  .meta({
    description: "Whether an approver agreed that latest means what was published, and until when that is awaited",
  });

/** Who or what asked. */
export const origin = z.object({ kind: z.enum(["http", "event", "timer"]), who: maybe(z.string()) });

const buildFields = {
  id: z.string(),
  templateId: z.string(),
  lineage: z.string().meta({ description: "What templates of the same purpose share, whatever they are named" }),
  state: z.enum([...activeStates, ...finalStates]),
  origin,
  createdAt: time,
  updatedAt: time,
  endedAt: maybe(time),
  contentHash: z.string(),
  planHash: maybe(z.string()),
  stage: maybe(z.string()).meta({ description: "The service's sub-state while it runs: Customizing …" }),
  runStartedAt: maybe(time),
  progress: maybe(
    z.object({
      percent: z.number().meta({ description: "0 to 99; the end is told by state" }),
      expectedEnd: maybe(time),
      basedOn: z.number().meta({ description: "Past runs it is reckoned from; 0: from the stage alone" }),
    }),
  ),
  queue: maybe(
    z.object({
      for: z.enum(["template", "containerQuota"]),
      position: z.int(),
      expectedStart: maybe(time),
    }),
  ).meta({ description: "While it waits for another build of its template, or for the region's container instances" }),
  logTail: maybe(z.string()).meta({ description: "Last lines of the log, secrets masked" }),
  artifacts: maybe(z.array(artifact)),
  stuck: maybe(problem).meta({ description: "While its run stays long in a sub-stage where it should not" }),
  late: maybe(z.literal(true)).meta({
    description: "The service timed out, but the image version appeared afterwards",
  }),
  retryOf: maybe(z.string()).meta({ description: "The build that this one makes good" }),
  cost: maybe(cost),
  verify: maybe(z.string()).meta({ description: "The verification profile it was asked to pass" }),
  approval: maybe(approvalView),
  share: maybe(z.array(buildShare)).meta({ description: "Whom it was asked to share with what it publishes" }),
  shares: maybe(z.array(z.string())).meta({ description: "The shares that came of it: GET /api/shares/{id}" }),
  problem: maybe(problem),
};

/** A build as lists show it. */
export const build: z.ZodType<Build> = z.object(buildFields).meta({ description: "A build, without its story" });

/** One line of a story. */
export const timelineEntry: z.ZodType<TimelineEntry> = z.object({
  at: time,
  what: z.string(),
  detail: maybe(z.string()),
  problem: maybe(problem),
  requests: maybe(
    z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        status: z.number(),
        ms: z.number(),
        requestId: maybe(z.string()),
        correlationId: maybe(z.string()),
      }),
    ),
  ),
});

export const delivery: z.ZodType<Delivery> = z.object({
  id: z.string(),
  buildId: z.string(),
  target: z.string(),
  event: z.string(),
  state: z.enum(deliveryStates),
  at: time,
  attempts: z.number(),
  updatedAt: time,
  detail: maybe(z.string()),
});

const requirement = z.object({
  id: z.string(),
  principalId: z.string(),
  scope: z.string(),
  actions: z.array(z.string()),
  dataActions: z.array(z.string()),
  role: z.object({ kind: z.enum(["custom", "builtIn"]), key: z.string(), name: z.string(), id: z.string() }),
  because: z.string(),
  source: z.string(),
  evidence: z.enum(["documented", "observed", "assumed", "measured"]),
  measured: maybe(z.string()),
  satisfied: z.boolean(),
  neededAt: z.enum(["submission", "run", "distribution"]),
});

const securityRule = z.object({
  name: z.string(),
  description: z.string(),
  priority: z.number(),
  direction: z.enum(["Inbound", "Outbound"]),
  access: z.literal("Allow"),
  protocol: z.literal("Tcp"),
  sourceAddressPrefix: z.string(),
  sourcePortRange: z.string(),
  destinationAddressPrefix: z.string(),
  destinationPortRange: z.string(),
});

/** A role definition's properties. */
export const roleContent: z.ZodType<RoleContent> = z.object({
  roleName: z.string(),
  description: z.string(),
  type: z.literal("CustomRole"),
  permissions: z.tuple([
    z.object({
      actions: z.array(z.string()),
      notActions: z.array(z.string()),
      dataActions: z.array(z.string()),
      notDataActions: z.array(z.string()),
      condition: maybe(z.string()),
      conditionVersion: maybe(z.string()),
    }),
  ]),
  assignableScopes: z.array(z.string()),
});

const changes = [
  z.object({
    kind: z.literal("assignRole"),
    name: z.string(),
    scope: z.string(),
    principalId: z.string(),
    identityId: maybe(z.string()),
    roleDefinitionId: z.string(),
    roleKey: z.string(),
    requirements: z.array(z.string()),
  }),
  z.object({
    kind: z.literal("setSubnetPolicy"),
    subnetId: z.string(),
    property: z.literal("privateLinkServiceNetworkPolicies"),
    value: z.literal("Disabled"),
    was: z.string(),
  }),
  z.object({ kind: z.literal("delegateSubnet"), subnetId: z.string(), serviceName: z.string() }),
  z.object({
    kind: z.literal("addSecurityRule"),
    nsgId: z.string(),
    rule: securityRule,
    guardsOthers: maybe(z.boolean()),
  }),
  z.object({
    kind: z.literal("ensureRoleDefinition"),
    roleDefinitionId: z.string(),
    content: roleContent,
  }),
  z.object({ kind: z.literal("registerProvider"), subscriptionId: z.string(), namespace: z.string() }),
] as const;

/** One change of a plan. */
export const change: z.ZodType<Change> = z.discriminatedUnion("kind", changes);

/** What the ledger keeps: a change of a plan, or a share. */
export const effect: z.ZodType<Effect> = z.discriminatedUnion("kind", [
  ...changes,
  z.object({
    kind: z.literal("shareImage"),
    name: z.string(),
    scope: z.string(),
    principalId: z.string(),
    principalType: z.enum(principalTypes),
    roleDefinitionId: z.string(),
  }),
  z.object({
    kind: z.literal("shareGallery"),
    galleryId: z.string(),
    group: z.enum(["Subscriptions", "AADTenants"]),
    id: z.string(),
  }),
]);

/** What a template needs, what would be done, what is in the way. */
export const plan: z.ZodType<Plan> = z
  .object({
    templateId: z.string(),
    identity: maybe(z.object({ resourceId: z.string(), principalId: z.string() })),
    topology: z.enum(["managed", "buildAndContainerSubnets", "buildSubnetOnly"]),
    requirements: z.array(requirement),
    changes: z.array(change),
    blockers: z.array(problem),
    warnings: z.array(problem),
    reach: z.array(z.object({ scope: z.string(), roleDefinitionId: z.string(), roleName: maybe(z.string()) })),
    identityUses: z.array(z.object({ templateId: z.string(), as: z.enum(["template", "buildVm"]) })),
    hash: z.string(),
    contentHash: z.string(),
  })
  .meta({ description: "What a template needs, what will be done for it, and what stands in the way" });

/** A build with everything known of it. */
export const buildView = z
  .object({ ...buildFields, plan: maybe(plan), timeline: z.array(timelineEntry), deliveries: z.array(delivery) })
  .meta({ description: "A build with its plan, its timeline (every ARM request) and how its messages fared" });

/** One page of builds. */
export const buildPage = z.object({
  value: z.array(build),
  nextLink: maybe(z.string()).meta({ description: "The next page; absent on the last one. Carries no key" }),
});

const turn = z.object({
  dueAt: time,
  at: time,
  kind: z.enum(["started", "skipped", "failed"]),
  reason: z.string().meta({ description: "Why it was built, or why not" }),
  buildId: maybe(z.string()),
  state: maybe(z.enum([...activeStates, ...finalStates])),
});

const basis = z.object({
  content: z.string(),
  source: maybe(z.string()),
  files: z.record(z.string(), z.string()),
});

/** A schedule as it stands. */
export const scheduleView: z.ZodType<Schedule> = z
  .object({
    id: z.string(),
    lineage: z.string(),
    templateId: z.string(),
    cron: z.string().meta({ description: "NCRONTAB: second minute hour day month weekday" }),
    timeZone: z.string(),
    onlyIfChanged: z.boolean(),
    pauseAfter: z.int().meta({ description: "So many failures in a row pause it; 0: never" }),
    origin,
    createdAt: time,
    updatedAt: time,
    nextAt: maybe(time).meta({ description: "Absent while it is paused" }),
    paused: maybe(z.object({ at: time, problem: maybe(problem) })),
    failures: z.int(),
    turns: z.array(turn).meta({ description: "The latest, newest first" }),
    basis: maybe(basis).meta({ description: "What the last good build was made from" }),
    pending: maybe(z.object({ buildId: z.string(), basis })),
  })
  .meta({ description: "A rebuild that comes again by itself" });

/** What starting or ending a build answers. */
export const acceptedBuild = z.object({
  id: z.string(),
  state: z.enum([...activeStates, ...finalStates]),
  templateId: z.string(),
  location: z.string().meta({ description: "Where the build can be followed" }),
});

/** What the health route found. */
export const health = z.object({
  status: z.enum(["ok", "degraded"]),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: maybe(z.string()) })),
});

/** The schemas that the document names. */
export const named = {
  BuildRequest: buildRequest,
  PlanRequest: planRequest,
  Problem: problem,
  Build: build,
  BuildView: buildView,
  BuildPage: buildPage,
  AcceptedBuild: acceptedBuild,
  Schedule: scheduleView,
  Plan: plan,
  Requirement: requirement,
  Change: change,
  TimelineEntry: timelineEntry,
  Delivery: delivery,
  Health: health,
};
