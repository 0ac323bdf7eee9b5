import type { Problem } from "../../problem.ts";

/** An image template's JSON as ARM takes it: location, tags, identity and `properties`, of any API version since 2020-02-14. */
export interface TemplateBody {
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: {
    readonly type?: string;
    readonly userAssignedIdentities?: Readonly<Record<string, unknown>>;
  };
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly [envelope: string]: unknown;
}

/** How the last run of a template stands, as `lastRunStatus` says it; times as ISO text, absent while not known. */
export interface RunStatus {
  readonly runState: string;
  readonly runSubState?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly message?: string;
}

/** A template as it stands in ARM (`exists`), or as somebody wants it created. */
export interface TemplateFacts {
  readonly id: string;
  readonly exists: boolean;
  readonly body: TemplateBody;
  readonly provisioningState?: string;
  readonly provisioningError?: { readonly code: string; readonly message: string };
  readonly lastRun?: RunStatus;
  readonly exactStagingResourceGroup?: string;
}

export interface IdentityFacts {
  readonly id: string;
  readonly principalId: string;
  readonly clientId: string;
}

/** One role assignment that stands for the template's identity, with what its role allows. */
export interface GrantFacts {
  readonly id: string;
  readonly scope: string;
  readonly principalId: string;
  /** Full id of the role definition; compare by its last segment. */
  readonly roleDefinitionId: string;
  readonly createdOn?: string;
  readonly condition?: string;
  readonly description?: string;
}

/** A role definition as it stands. */
export interface RoleFacts {
  readonly id: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  readonly assignableScopes: readonly string[];
}

export interface SecurityRuleFacts {
  readonly name: string;
  readonly priority: number;
  readonly direction: "Inbound" | "Outbound";
  readonly access: "Allow" | "Deny";
  readonly protocol: string;
  readonly sourceAddressPrefixes: readonly string[];
  readonly sourcePortRanges: readonly string[];
  readonly destinationAddressPrefixes: readonly string[];
  readonly destinationPortRanges: readonly string[];
  /** Ids of application security groups on either side; their members are not known. */
  readonly sourceApplicationSecurityGroups: readonly string[];
  readonly destinationApplicationSecurityGroups: readonly string[];
}

/** A network security group with its rules. */
export interface NsgFacts {
  readonly id: string;
  readonly location: string;
  /** Custom and default rules. */
  readonly rules: readonly SecurityRuleFacts[];
  /** Subnets the NSG guards. */
  readonly subnetIds: readonly string[];
  /** Its own tags; absent where they were not read, which counts as not opted in. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** One route of a route table. `nextHopType` as Azure writes it: `None`, `Internet`, `VirtualAppliance` … */
export interface RouteFacts {
  readonly name: string;
  readonly addressPrefix: string;
  readonly nextHopType: string;
}

/** A subnet with its virtual network and what guards it. */
export interface SubnetFacts {
  readonly id: string;
  readonly virtualNetworkId: string;
  readonly virtualNetworkLocation: string;
  /** Address prefixes of the VNet, which the tag `VirtualNetwork` stands for. */
  readonly virtualNetworkPrefixes: readonly string[];
  readonly prefixes: readonly string[];
  readonly etag: string;
  readonly privateLinkServiceNetworkPolicies: string;
  readonly delegations: readonly string[];
  readonly nsg?: NsgFacts;
  readonly routeTableId?: string;
  readonly natGatewayId?: string;
  readonly defaultOutboundAccess?: boolean;
  readonly usedAddresses?: number;
  /** Services that the subnet has an endpoint for, e.g. `Microsoft.Storage`; none where absent. */
  readonly serviceEndpoints?: readonly string[];
  /** DDoS protection plan of the VNet. */
  readonly ddosProtectionPlanId?: string;
  /** Routes of the route table; absent where they were not read. */
  readonly routes?: readonly RouteFacts[];
}

/** A referenced resource that was looked for. `tags` are its own (or those of the nearest thing that can carry tags: for a subnet its VNet). */
export interface TargetFacts {
  readonly id: string;
  readonly exists: boolean;
  readonly location?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly osType?: string;
  readonly hyperVGeneration?: string;
  /** For a resource group: how many resources it holds. */
  readonly resourceCount?: number;
  /** For a storage account: what its firewall does with everybody else, and the subnets it lets in. */
  readonly networkDefaultAction?: string;
  readonly allowedSubnetIds?: readonly string[];
}

/** Another template that uses an identity: as its own, or on its build VM. */
export interface IdentityUse {
  readonly templateId: string;
  readonly as: "template" | "buildVm";
}

/** A deny assignment that applies to the template's identity (or to everybody) at or above a scope in question. */
export interface DenyFacts {
  readonly id: string;
  readonly scope: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  /** Principals denied; `00000000-0000-0000-0000-000000000000` is everybody. */
  readonly principalIds: readonly string[];
  readonly excludedPrincipalIds: readonly string[];
  readonly appliesToChildScopes: boolean;
}

/** A management lock at or above a scope in question. */
export interface LockFacts {
  readonly id: string;
  readonly scope: string;
  readonly level: "CanNotDelete" | "ReadOnly";
}

/** What a policy would do to a resource that a build makes the service deploy: refuse it, or set a property of it. */
export type PolicyFacts = {
  /** Where ARM was asked: the own staging group, or the subscription. */
  readonly scope: string;
  readonly type: string;
  readonly assignmentId: string;
  readonly definitionId: string;
} & ({ readonly effect: "deny" } | { readonly effect: "modify"; readonly field: string; readonly value: string });

/** Everything a plan is made from: read first, all of it, once. */
export interface Facts {
  /** ISO, UTC. */
  readonly readAt: string;
  readonly template: TemplateFacts;
  /** Absent where the template names no identity or the identity cannot be found. */
  readonly identity?: IdentityFacts;
  /** All assignments that reach the identity at or above the scopes in question, and below the fence. */
  readonly grants: readonly GrantFacts[];
  /** Definitions of the roles in `grants` and of our own roles, by lower-case GUID. */
  readonly roles: Readonly<Record<string, RoleFacts>>;
  /** By lower-case id: galleries, image definitions, resource groups, images, VNets, identities that the template names. */
  readonly targets: Readonly<Record<string, TargetFacts>>;
  /** By lower-case id. */
  readonly subnets: Readonly<Record<string, SubnetFacts>>;
  /** `latest` of a gallery source, resolved: image version id. */
  readonly resolvedSource?: string;
  /** Registration state by namespace, for the template's subscription. */
  readonly providers: Readonly<Record<string, string>>;
  /** Ids of the storage accounts that scripts, files and VHDs are in, by account name in lower case; a name that is missing was not found. */
  readonly storageAccounts?: Readonly<Record<string, string>>;
  /** Absent where they were not read. */
  readonly denyAssignments?: readonly DenyFacts[];
  readonly locks?: readonly LockFacts[];
  /** Absent where they were not asked for. */
  readonly policies?: readonly PolicyFacts[];
  /** Other templates that use the identity; absent where templates may not be listed. */
  readonly identityUses?: readonly IdentityUse[];
  /** Role assignments at and below a subscription (lower-case id), where all may be listed: Azure allows 4000. */
  readonly assignmentCounts?: Readonly<Record<string, number>>;
  /** Standard cores of container instances in the template's region: in use, and allowed. */
  readonly containerCores?: { readonly used: number; readonly limit: number };
  /** What could not be read, and why (a 403 is a fact, not a fault). */
  readonly unread: readonly Problem[];
}
