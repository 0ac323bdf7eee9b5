import type { Evidence, Requirement } from "../planning/plan.ts";
import { citation, type EvidenceDocument, type Measurement, measured } from "./measured.ts";
import { builtInRole, roleDefinitionId, roleDefinitionName, roleSpec } from "./roles.ts";

/** A requirement before it is compared with what stands. */
export type RequirementDraft = Omit<Requirement, "satisfied">;

/** What requirements depend on besides the body. */
export interface RequirementContext {
  readonly principalId: string;
  readonly environment: string;
  /** Subscription that the custom roles' definitions live in. */
  readonly roleSubscriptionId: string;
  readonly requirementSet: "documented" | "minimal";
  /** What a sandbox was asked; absent where none was. */
  readonly evidence?: EvidenceDocument;
  /** Operating system of the image, where known. */
  readonly osType?: "Linux" | "Windows";
  /** Whether the staging group that the body names exists already. */
  readonly stagingGroupExists?: boolean;
  /** Account name in lower case → id. */
  readonly storageAccounts?: Readonly<Record<string, string>>;
  readonly imageBuilderPrincipalId?: string;
  /** DDoS plans of the virtual networks that the body names. */
  readonly ddosPlanIds?: readonly string[];
}

const docs = "https://learn.microsoft.com/azure/virtual-machines";

/** The documents that requirements cite. */
export const sources = {
  permissions: `${docs}/linux/image-builder-permissions-cli`,
  template: `${docs}/linux/image-builder-json`,
  network: `${docs}/linux/image-builder-networking`,
  isolated: `${docs}/security-isolated-image-builds-image-builder`,
  troubleshooting: `${docs}/linux/image-builder-troubleshoot`,
} as const;

/** What one requirement says, before its role is looked up. */
export interface Need {
  readonly id: string;
  readonly scope: string;
  readonly roleKey: string;
  readonly because: string;
  readonly source: string;
  readonly neededAt: Requirement["neededAt"];
  readonly evidence?: Evidence;
  /** Only for built-in roles; a custom role's own actions otherwise. */
  readonly actions?: readonly string[];
  readonly dataActions?: readonly string[];
  /** What a sandbox showed about it. */
  readonly measured?: Shown;
  /** Somebody else than the template's identity. */
  readonly principalId?: string;
}

/** What was measured about a right, and the words that cite it. */
interface Shown {
  readonly needed: boolean;
  readonly text: string;
}

/** Cites a measurement of whether something is needed. */
export function shownBy(evidence: EvidenceDocument | undefined, found: Measurement | undefined): Shown | undefined {
  if (evidence === undefined || found === undefined) return undefined;
  const needed = found.answer === true;
  return { needed, text: `${needed ? "needed" : "not needed"}: ${citation(evidence, found)}` };
}

/** A role whose every action a sandbox found needed; the oldest of these measurements is cited. */
function measuredRole(evidence: EvidenceDocument | undefined, key: string): Shown | undefined {
  if (evidence === undefined || builtInRole(key) !== undefined) return undefined;
  const each = roleSpec(key).actions.map((action) => measured(evidence, `action/${key}/${action}`));
  if (!each.every((one) => one?.answer === true)) return undefined;
  const oldest = each.flatMap((one) => one ?? []).sort((a, b) => (a.at < b.at ? -1 : 1))[0];
  return shownBy(evidence, oldest);
}

/** Completes a need with principal and role. */
export function requirement(context: RequirementContext, need: Need): RequirementDraft {
  const builtIn = builtInRole(need.roleKey);
  const shown = need.measured ?? measuredRole(context.evidence, need.roleKey);
  return {
    id: need.id,
    principalId: need.principalId ?? context.principalId,
    scope: need.scope,
    actions: need.actions ?? (builtIn ? [] : roleSpec(need.roleKey).actions),
    dataActions: need.dataActions ?? (builtIn ? [] : roleSpec(need.roleKey).dataActions),
    role: {
      kind: builtIn ? "builtIn" : "custom",
      key: need.roleKey,
      name: roleDefinitionName(context.environment, need.roleKey),
      id: roleDefinitionId(context.environment, context.roleSubscriptionId, need.roleKey),
    },
    because: need.because,
    source: need.source,
    evidence: shown?.needed ? "measured" : (need.evidence ?? "documented"),
    ...(shown ? { measured: shown.text } : {}),
    neededAt: need.neededAt,
  };
}
