import type { Problem } from "../../problem.ts";
import type { RoleContent } from "../permissions/roleContent.ts";
import type { IdentityUse } from "./facts.ts";

export type Topology = "managed" | "buildAndContainerSubnets" | "buildSubnetOnly";

/** How well a requirement is established: by documents, by observed use, assumed, or measured in a sandbox (`goldsmith calibrate`). */
export type Evidence = "documented" | "observed" | "assumed" | "measured";

/** One right the template's identity needs, at the narrowest scope Azure accepts. */
export interface Requirement {
  /** Stable within the plan: `source/gallery`, `distribute/0/gallery`, `network/build`. */
  readonly id: string;
  readonly principalId: string;
  readonly scope: string;
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
  readonly role: {
    readonly kind: "custom" | "builtIn";
    readonly key: string;
    readonly name: string;
    readonly id: string;
  };
  readonly because: string;
  /** Link to the document that says so. */
  readonly source: string;
  readonly evidence: Evidence;
  /** Where and when it was measured, whatever the outcome; absent where it was not. */
  readonly measured?: string;
  readonly satisfied: boolean;
  /** When the service needs it: at submission of the template, or only while it builds. */
  readonly neededAt: "submission" | "run" | "distribution";
}

export interface SecurityRuleSpec {
  readonly name: string;
  readonly description: string;
  readonly priority: number;
  readonly direction: "Inbound" | "Outbound";
  readonly access: "Allow";
  readonly protocol: "Tcp";
  readonly sourceAddressPrefix: string;
  readonly sourcePortRange: string;
  readonly destinationAddressPrefix: string;
  readonly destinationPortRange: string;
}

/** One thing to do; each is applied by one activity and may be applied twice without harm. */
export type Change =
  | {
      readonly kind: "assignRole";
      /** Name of the assignment: GUID from scope, principal and role. */
      readonly name: string;
      readonly scope: string;
      readonly principalId: string;
      /** Resource id of the identity behind the principal; absent for a service principal. */
      readonly identityId?: string;
      readonly roleDefinitionId: string;
      /** Key in `infra/roles.json`, to compare the definition that stands before granting. */
      readonly roleKey: string;
      readonly requirements: readonly string[];
    }
  | {
      readonly kind: "setSubnetPolicy";
      readonly subnetId: string;
      readonly property: "privateLinkServiceNetworkPolicies";
      readonly value: "Disabled";
      readonly was: string;
    }
  | { readonly kind: "delegateSubnet"; readonly subnetId: string; readonly serviceName: string }
  | {
      readonly kind: "addSecurityRule";
      readonly nsgId: string;
      readonly rule: SecurityRuleSpec;
      /** The NSG also guards subnets that the template does not use. */
      readonly guardsOthers?: boolean;
    }
  | {
      /** Only where roles are managed: written with the second identity. */
      readonly kind: "ensureRoleDefinition";
      readonly roleDefinitionId: string;
      readonly content: RoleContent;
    }
  | { readonly kind: "registerProvider"; readonly subscriptionId: string; readonly namespace: string };

/** What a template needs, what will be done for it, and what stands in the way. Made by `planBuild`, printed, applied, audited. */
export interface Plan {
  readonly templateId: string;
  readonly identity?: { readonly resourceId: string; readonly principalId: string };
  readonly topology: Topology;
  readonly requirements: readonly Requirement[];
  readonly changes: readonly Change[];
  readonly blockers: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What else the identity can do: its standing grants that no requirement of this template explains. */
  readonly reach: readonly { readonly scope: string; readonly roleDefinitionId: string; readonly roleName?: string }[];
  /** Other templates that use the identity, and so can use what is granted to it. */
  readonly identityUses: readonly IdentityUse[];
  /** `sha256:…` over template content, principal, resolved source version, roles' content, requirements and changes. */
  readonly hash: string;
  /** `sha256:…` over what matters of the template alone (never tags): decides whether an event is news. */
  readonly contentHash: string;
}
