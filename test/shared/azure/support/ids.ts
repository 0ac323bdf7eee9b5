/** Ids of a small estate for tests. */
export const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
export const group = `${subscription}/resourceGroups/builds`;
export const template = `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu`;
export const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib`;
export const gallery = `${group}/providers/Microsoft.Compute/galleries/gold`;
export const definition = `${gallery}/images/ubuntu`;
export const vnet = `${group}/providers/Microsoft.Network/virtualNetworks/hub`;
export const subnet = `${vnet}/subnets/build`;
export const nsg = `${group}/providers/Microsoft.Network/networkSecurityGroups/guard`;
export const principalId = "22222222-2222-2222-2222-222222222222";

/** Full id of a role definition. */
export const role = (guid: string) => `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
/** Full id of a role assignment. */
export const assignment = (scope: string, guid: string) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${guid}`;
