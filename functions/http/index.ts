import { cancelBuild, getBuild, listBuilds, postBuild } from "./builds.ts";
import { documentRoute } from "./document.ts";
import { getHealth } from "./health.ts";
import { postPlan } from "./plans.ts";
import type { Route } from "./route.ts";

/** Every HTTP route of the app. */
export const routes: readonly Route[] = [
  postBuild,
  listBuilds,
  getBuild,
  cancelBuild,
  postPlan,
  getHealth,
  documentRoute(() => routes),
];
