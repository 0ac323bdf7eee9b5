import type { EvidenceDocument } from "../permissions/measured.ts";

/** Where the app may grant and change, and to whom. Deny by default: an empty fence lets nothing through. */
export interface Fence {
  /** Subscriptions, resource groups or resources; everything at or below them is inside. */
  readonly scopes: readonly string[];
  /** Identity resource ids (or scopes that hold them) that may be given rights; empty means: any identity inside `scopes`. */
  readonly identities: readonly string[];
  /** Keys of `infra/roles.json` that may be assigned; empty means: all template roles there that are not marked broad. */
  readonly roles: readonly string[];
  /** Principal ids that images may be shared with. */
  readonly shareWith: readonly string[];
  /** Who answers for which scopes, where that is not one and the same for the whole fence: an identity used by templates of two owners gets nothing. Widens the fence by nothing. */
  readonly owners?: readonly { readonly name: string; readonly scopes: readonly string[] }[];
  /** (principal, role, scope) triples for broad rights (`role` = key of `infra/roles.json`), and, with `role: "addSecurityRule"` and the NSG as scope, for NSGs that guard other subnets too. */
  readonly pairs: readonly { readonly principalId: string; readonly role: string; readonly scope: string }[];
}

/** The part of the settings that decides what a plan may do; part of every build's input, so that a replay sees what the first run saw. */
export interface Policy {
  readonly fence: Fence;
  /** `tag`: a target must carry the tag `goldsmith` with the principal's id (or `*`-free list of ids, space separated) as its value. */
  readonly optIn: "tag" | "none";
  readonly requirementSet: "documented" | "minimal";
  /** What `goldsmith calibrate` measured; requirements cite it. */
  readonly evidence?: EvidenceDocument;
  readonly network: "change" | "keep";
  readonly mode: "act" | "advise";
  /** Suffix of role names and seed of role GUIDs. */
  readonly environment: string;
  /** Where the app's custom role definitions live: a subscription id. */
  readonly roleSubscriptionId: string;
  readonly registerProviders: boolean;
  /** Who writes the definitions of the roles: the deployment (also where absent), or the app's second identity. */
  readonly roles?: "predefined" | "managed";
  /** Object id of the service principal "Azure Virtual Machine Image Builder" in this tenant; one case needs a grant to it. */
  readonly imageBuilderPrincipalId?: string;
}
