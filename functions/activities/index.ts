import { announceActivities } from "./announce.ts";
import { approveActivities } from "./approve.ts";
import { auditActivities } from "./audit.ts";
import { buildActivities } from "./build.ts";
import { changeActivities } from "./change.ts";
import { curateActivities } from "./curate.ts";
import type { Deps } from "./deps.ts";
import { gateActivities } from "./gate.ts";
import { justInTimeActivities } from "./justInTime.ts";
import { oracleActivities } from "./oracle.ts";
import { planActivities } from "./plan.ts";
import { remedyActivities } from "./remedy.ts";
import { runActivities } from "./run.ts";
import { shareActivities } from "./share.ts";
import { supportActivities } from "./support.ts";
import { templateActivities } from "./template.ts";
import { testMachineActivities } from "./testMachines.ts";
import { undoActivities } from "./undo.ts";
import { verifyActivities } from "./verify.ts";
import { watchActivities } from "./watch.ts";

/** Every effect of the app. The property's name is the activity's name. */
export const createActivities = (deps: Deps) => ({
  ...buildActivities(deps),
  ...planActivities(deps),
  ...changeActivities(deps),
  ...oracleActivities(deps),
  ...templateActivities(deps),
  ...runActivities(deps),
  ...watchActivities(deps),
  ...supportActivities(deps),
  ...verifyActivities(deps),
  ...testMachineActivities(deps),
  ...gateActivities(deps),
  ...approveActivities(deps),
  ...curateActivities(deps),
  ...shareActivities(deps),
  ...announceActivities(deps),
  ...auditActivities(deps),
  ...undoActivities(deps),
  ...remedyActivities(deps),
  ...justInTimeActivities(deps),
});

export type Activities = ReturnType<typeof createActivities>;
