import type { Activities } from "../../functions/activities/index.ts";
import type { BuildOrder } from "../../orchestrations/order.ts";
import type { Scene } from "../support/play.ts";

export const templateId =
  "/subscriptions/s/resourceGroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/t";

/** A build that may do everything, with the settings' defaults for its pace. */
export function anOrder(over: Partial<BuildOrder> = {}): BuildOrder {
  return {
    buildId: "b1",
    templateId,
    origin: { kind: "http" },
    policy: {
      fence: { scopes: ["/subscriptions/s"], identities: [], roles: [], shareWith: [], pairs: [] },
      optIn: "none",
      requirementSet: "documented",
      network: "change",
      mode: "act",
      environment: "test",
      roleSubscriptionId: "s",
      registerProviders: false,
    },
    pace: { settle: 300, propagation: 900, poll: 30 },
    recreate: "failed",
    ...over,
  };
}

/** A right that is missing, as a change of a plan. */
export const aGrant = {
  kind: "assignRole",
  name: "11111111-1111-1111-1111-111111111111",
  scope: "/subscriptions/s/resourceGroups/rg",
  principalId: "p",
  roleDefinitionId: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r",
  roleKey: "imageWriter",
  requirements: ["distribute/0/image"],
} as const;

/** Activities of a build with nothing to change: the template stands, its run takes `reads` looks. */
export function aSmoothBuild(reads = 3): Scene["activities"] {
  let left = reads;
  return {
    claimTemplate: async () => ({ mine: true, cancelAsked: false }),
    takeSlot: async () => ({ mine: true, cancelAsked: false }),
    releaseTemplate: async () => ({}),
    enterState: async () => ({ cancelAsked: false }),
    lookForCancel: async () => ({ cancelAsked: false }),
    askOracle: async () => ({ cancelAsked: false, says: "silent" as const }),
    endBuild: async () => ({}) as Awaited<ReturnType<Activities["endBuild"]>>,
    announce: async () => ({}),
    planTemplate: async () => ({
      hash: "sha256:1",
      contentHash: "sha256:c",
      changes: [],
      early: [],
      template: { exists: true },
    }),
    applyChange: async () => ({ outcome: "made" }),
    settleRules: async () => ({ missing: [] }),
    learnPropagation: async () => ({}),
    checkChanges: async () => ({ cancelAsked: false, standing: true }),
    readTemplate: async () => ({ kind: "settled", state: "Succeeded" }),
    createTemplate: async () => ({ outcome: "started" }),
    deleteTemplate: async () => ({ gone: true }),
    startRun: async () => ({ timeoutMinutes: 240 }),
    readRun: async () => (--left > 0 ? { kind: "running" } : { kind: "ended", end: { kind: "succeeded" } }),
    tellStuck: async () => ({}),
    cancelRun: async () => ({ outcome: "accepted" }),
    collectArtifacts: async () => ({ missing: [], byHand: [] }),
  };
}
