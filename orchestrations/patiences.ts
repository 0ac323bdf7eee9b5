import type { Activities } from "../functions/activities/index.ts";
import type { Patience, Patiences } from "./durable.ts";

/** Our own storage: it comes back; a build must not be lost because it was away for an hour. */
const storage: Patience = { tries: 20, pause: 2, longest: 300 };
/** A read of Azure: hiccups pass within minutes, and a crowd of builds that was throttled together within half an hour. */
const read: Patience = { tries: 20, pause: 3, longest: 120 };
/** A write to Azure that may meet a lock, a fresh principal or a throttle. */
const write: Patience = { tries: 15, pause: 5, longest: 60 };
/** A write that many builds may queue for: they edit one virtual network one after the other. */
const queue: Patience = { tries: 60, pause: 5, growth: 1.3, longest: 30 };
/** A status read: the next one comes anyway. */
const glance: Patience = { tries: 2, pause: 5 };

/** How patient each activity is. */
export const patiences: Patiences<Activities> = {
  claimTemplate: storage,
  takeSlot: read,
  releaseTemplate: storage,
  enterState: storage,
  lookForCancel: storage,
  askOracle: storage,
  endBuild: storage,
  planTemplate: read,
  applyChange: queue,
  settleRules: read,
  checkChanges: read,
  checkJustInTime: read,
  learnPropagation: storage,
  listBorrowed: storage,
  giveBack: queue,
  undoEntry: queue,
  listLeftOvers: read,
  sweepEntry: queue,
  readTemplate: read,
  createTemplate: write,
  deleteTemplate: write,
  startRun: write,
  readRun: glance,
  endWatch: storage,
  tellStuck: storage,
  watchPass: glance,
  cancelRun: write,
  collectArtifacts: read,
  lookForImage: read,
  announce: storage,
  deliverOnce: storage,
  auditSubscription: read,
  finishAudit: storage,
  remedyFinding: queue,
  finishRemediation: storage,
  openVerification: storage,
  checkVerification: read,
  enterVerification: storage,
  readGate: storage,
  readFailure: storage,
  endVerification: storage,
  makeTestNetwork: write,
  makeTestInterface: write,
  makeTestMachine: write,
  readTestMachines: read,
  keepConsole: glance,
  startScript: write,
  readScript: read,
  listTestResources: storage,
  removeTestResource: glance,
  closeVerification: storage,
  gateTemplate: write,
  holdBack: queue,
  openGate: queue,
  readGateOpen: read,
  markUnproven: queue,
  lookForDecision: storage,
  askApproval: queue,
  concludeApproval: queue,
  readApproved: read,
  moveChannel: write,
  excludeVersion: write,
  endMove: storage,
  revokeVersion: write,
  applyShare: queue,
  endShare: storage,
  openShares: storage,
  removeVersion: write,
  noteKept: storage,
};
