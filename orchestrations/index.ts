import { auditEstate } from "./auditEstate.ts";
import { awaitChanges } from "./awaitChanges.ts";
import { awaitDecision } from "./awaitDecision.ts";
import { awaitLateImage } from "./awaitLateImage.ts";
import { awaitTurn } from "./awaitTurn.ts";
import { buildImage } from "./buildImage.ts";
import { buryBuild } from "./buryBuild.ts";
import { carryMove, removal, removals, revoke } from "./curate.ts";
import { deliver } from "./deliver.ts";
import { makeMachine } from "./makeMachine.ts";
import { remedyFindings } from "./remedyFindings.ts";
import { carryShare } from "./share.ts";
import { sweepLedger, undoEntries, undoPart } from "./undo.ts";
import { verifyImage } from "./verifyImage.ts";
import { awaitImage, removeMachines, sweepVerification, watchMachines, watchScript } from "./watchMachines.ts";
import { watchRun } from "./watchRun.ts";
import { watchSubscription } from "./watchSubscription.ts";

/** Every orchestration of the app. The property's name is the orchestration's name. */
export const orchestrations = {
  buildImage,
  buryBuild,
  awaitTurn,
  awaitLateImage,
  awaitChanges,
  awaitDecision,
  watchRun,
  watchSubscription,
  deliver,
  carryMove,
  revoke,
  carryShare,
  removals,
  removal,
  auditEstate,
  remedyFindings,
  undoEntries,
  undoPart,
  sweepLedger,
  verifyImage,
  awaitImage,
  makeMachine,
  watchMachines,
  watchScript,
  removeMachines,
  sweepVerification,
};

export type Orchestrations = typeof orchestrations;
