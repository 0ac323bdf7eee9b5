import { getAudit, getAuditRights, listAudits, postAudit, postRemediation } from "./audits.ts";
import { getBadge, getBadgeJson } from "./badges.ts";
import { approveBuild } from "./buildApproval.ts";
import { getBuildEvents } from "./buildEvents.ts";
import { getBuildLog } from "./buildLog.ts";
import { cancelBuild, getBuild, listBuilds, postBuild } from "./builds.ts";
import { approveMove, getChannels, getMove, listMoves, postMove } from "./channels.ts";
import { getDashboard, getDashboardFile } from "./dashboard.ts";
import { listDeliveries, replayDelivery } from "./deliveries.ts";
import { documentRoute } from "./document.ts";
import { getHealth } from "./health.ts";
import { postPlan } from "./plans.ts";
import { applyRetention, getRetention, postRetention, postRevocation } from "./retention.ts";
import { retryBuild } from "./retryBuild.ts";
import { applyRoleDefinition, postRoleDefinition } from "./roleDefinitions.ts";
import type { Route } from "./route.ts";
import { deleteSchedule, getSchedule, listSchedules, putSchedule, resumeSchedule } from "./schedules.ts";
import { deleteShare, getShare, listShares, postShare } from "./shares.ts";
import { listTargets, testTarget } from "./targets.ts";
import { getUndo, postUndo } from "./undo.ts";
import { cancelVerification, getVerification, listVerifications, postVerification } from "./verifications.ts";

/** What the routes take and answer; the contract's own description is made of it. */
export const table = [
  postBuild,
  listBuilds,
  getBuild,
  cancelBuild,
  approveBuild,
  retryBuild,
  getBuildEvents,
  getBuildLog,
  putSchedule,
  listSchedules,
  getSchedule,
  resumeSchedule,
  deleteSchedule,
  postPlan,
  postAudit,
  listAudits,
  getAudit,
  getAuditRights,
  postRemediation,
  postUndo,
  getUndo,
  postVerification,
  listVerifications,
  getVerification,
  cancelVerification,
  postRoleDefinition,
  applyRoleDefinition,
  getBadge,
  getBadgeJson,
  getChannels,
  postMove,
  listMoves,
  getMove,
  approveMove,
  postRevocation,
  postRetention,
  getRetention,
  applyRetention,
  postShare,
  listShares,
  getShare,
  deleteShare,
  listTargets,
  testTarget,
  listDeliveries,
  replayDelivery,
  getHealth,
  getDashboard,
  getDashboardFile,
] as const;

/** Every HTTP route of the app. */
export const routes: readonly Route[] = [...table, documentRoute(() => routes)];
