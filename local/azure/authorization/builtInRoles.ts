import type { Permission } from "../matching.ts";
import type { RoleDefinition } from "./records.ts";

type Content = Partial<Permission> & { readonly description: string };

/**
 * Azure's built-in roles that anybody here may meet, with their actions as Microsoft documents them. Long lists of
 * actions for resource types that the emulator lacks (Contributor's exclusions beyond those below) are cut.
 */
const roles: Readonly<Record<string, readonly [guid: string, content: Content]>> = {
  Owner: [
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    {
      description: "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
      actions: ["*"],
    },
  ],
  Contributor: [
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    {
      description:
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.",
      actions: ["*"],
      notActions: [
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action",
        "Microsoft.Blueprint/blueprintAssignments/write",
        "Microsoft.Blueprint/blueprintAssignments/delete",
        "Microsoft.Compute/galleries/share/action",
        "Microsoft.Purview/consents/write",
        "Microsoft.Purview/consents/delete",
        "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
        "Microsoft.Subscription/cancel/action",
        "Microsoft.Subscription/enable/action",
      ],
    },
  ],
  Reader: [
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    { description: "View all resources, but does not allow you to make any changes.", actions: ["*/read"] },
  ],
  "User Access Administrator": [
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    {
      description: "Lets you manage user access to Azure resources.",
      actions: ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
    },
  ],
  "Role Based Access Control Administrator": [
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    {
      description: "Manage access to Azure resources by assigning roles using Azure RBAC.",
      actions: [
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete",
        "*/read",
        "Microsoft.Support/*",
      ],
    },
  ],
  "Managed Identity Operator": [
    "f1a07417-d97a-45cb-824c-7a7467783830",
    {
      description: "Read and Assign User Assigned Identity",
      actions: [
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
        "Microsoft.Authorization/*/read",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Support/*",
      ],
    },
  ],
  "Managed Identity Contributor": [
    "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    {
      description: "Create, Read, Update, and Delete User Assigned Identity",
      actions: [
        "Microsoft.ManagedIdentity/userAssignedIdentities/read",
        "Microsoft.ManagedIdentity/userAssignedIdentities/write",
        "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
        "Microsoft.Authorization/*/read",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Support/*",
      ],
    },
  ],
  "Network Contributor": [
    "4d97b98b-1d4f-4787-a291-c67834d212e7",
    {
      description: "Lets you manage networks, but not access to them.",
      actions: [
        "Microsoft.Authorization/*/read",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.Network/*",
        "Microsoft.ResourceHealth/availabilityStatuses/read",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Support/*",
      ],
    },
  ],
  "Virtual Machine Contributor": [
    "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
    {
      description:
        "Lets you manage virtual machines, but not access to them, and not the virtual network or storage account they're connected to.",
      actions: [
        "Microsoft.Authorization/*/read",
        "Microsoft.Compute/availabilitySets/*",
        "Microsoft.Compute/locations/*",
        "Microsoft.Compute/virtualMachines/*",
        "Microsoft.Compute/virtualMachineScaleSets/*",
        "Microsoft.Compute/disks/write",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/delete",
        "Microsoft.Network/locations/*",
        "Microsoft.Network/networkInterfaces/*",
        "Microsoft.Network/networkSecurityGroups/join/action",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/publicIPAddresses/join/action",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Support/*",
      ],
    },
  ],
  "Compute Gallery Image Reader": [
    "cf7c76d2-98a3-4358-a134-615aa78bf44d",
    {
      description: "This is the role for reading gallery images.",
      actions: ["Microsoft.Compute/galleries/images/read", "Microsoft.Compute/galleries/images/versions/read"],
    },
  ],
  "Compute Gallery Artifacts Publisher": [
    "85a2d0d9-2eba-4c9c-b355-11c2cc0788ab",
    {
      description: "This is the role for publishing gallery artifacts.",
      actions: [
        "Microsoft.Authorization/*/read",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Compute/galleries/read",
        "Microsoft.Compute/galleries/write",
        "Microsoft.Compute/galleries/delete",
        "Microsoft.Compute/galleries/images/*",
        "Microsoft.Compute/galleries/applications/*",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/write",
        "Microsoft.Compute/disks/beginGetAccess/action",
        "Microsoft.Compute/snapshots/read",
        "Microsoft.Compute/images/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/write",
      ],
    },
  ],
  "Compute Gallery Sharing Admin": [
    "1ef6a3be-d0ac-425d-8c01-acb62866290b",
    {
      description: "This role allows user to share gallery to another subscription/tenant or share it to the public.",
      actions: ["Microsoft.Compute/galleries/share/action"],
    },
  ],
  "Storage Blob Data Reader": [
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    {
      description: "Allows for read access to Azure Storage blob containers and data.",
      actions: [
        "Microsoft.Storage/storageAccounts/blobServices/containers/read",
        "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
      ],
      dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
    },
  ],
  "Storage Blob Data Contributor": [
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    {
      description: "Allows for read, write and delete access to Azure Storage blob containers and data.",
      actions: [
        "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
        "Microsoft.Storage/storageAccounts/blobServices/containers/read",
        "Microsoft.Storage/storageAccounts/blobServices/containers/write",
        "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
      ],
      dataActions: [
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
      ],
    },
  ],
  "Storage Blob Data Owner": [
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    {
      description:
        "Allows for full access to Azure Storage blob containers and data, including assigning POSIX access control.",
      actions: [
        "Microsoft.Storage/storageAccounts/blobServices/containers/*",
        "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
      ],
      dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"],
    },
  ],
  "Key Vault Secrets User": [
    "4633458b-17de-408a-b874-0445c86b69e6",
    {
      description:
        "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
      dataActions: [
        "Microsoft.KeyVault/vaults/secrets/getSecret/action",
        "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
      ],
    },
  ],
  "Key Vault Secrets Officer": [
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    {
      description:
        "Perform any action on the secrets of a key vault, except manage permissions. Only works for key vaults that use the 'Azure role-based access control' permission model.",
      dataActions: ["Microsoft.KeyVault/vaults/secrets/*"],
    },
  ],
  "EventGrid Data Sender": [
    "d5a91429-5739-47e2-a06b-3470a27159e7",
    {
      description: "Allows send access to event grid events.",
      actions: [
        "Microsoft.Authorization/*/read",
        "Microsoft.EventGrid/topics/read",
        "Microsoft.EventGrid/domains/read",
        "Microsoft.EventGrid/partnerNamespaces/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
      ],
      dataActions: ["Microsoft.EventGrid/events/send/action"],
    },
  ],
};

/** The definitions as records; they have always been there. */
export const builtInRoles: readonly RoleDefinition[] = Object.entries(roles).map(([roleName, [guid, content]]) => {
  const { description, actions = [], notActions = [], dataActions = [], notDataActions = [] } = content;
  return {
    guid,
    roleName,
    description,
    type: "BuiltInRole",
    permissions: [{ actions, notActions, dataActions, notDataActions }],
    assignableScopes: ["/"],
    createdAt: 0,
    updatedAt: 0,
    createdBy: "",
    updatedBy: "",
    visibleAt: 0,
  };
});
