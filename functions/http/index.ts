import { getAudit, listAudits, postAudit, postRemediation } from "./audits.ts";
import { getBuildEvents } from "./buildEvents.ts";
import { getBuildLog } from "./buildLog.ts";
import { cancelBuild, getBuild, listBuilds, postBuild } from "./builds.ts";
import { documentRoute } from "./document.ts";
import { getHealth } from "./health.ts";
import { postPlan } from "./plans.ts";
import { retryBuild } from "./retryBuild.ts";
import { postRoleDefinition } from "./roleDefinitions.ts";
import type { Route } from "./route.ts";
import { deleteSchedule, getSchedule, listSchedules, putSchedule, resumeSchedule } from "./schedules.ts";
import { getUndo, postUndo } from "./undo.ts";

/** Every HTTP route of the app. */
export const routes: readonly Route[] = [
  postBuild,
  listBuilds,
  getBuild,
  cancelBuild,
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
  postRemediation,
  postUndo,
  getUndo,
  postRoleDefinition,
  getHealth,
  documentRoute(() => routes),
];
