/** Who wants a machine from which image, as far as commands need it. */
export interface Consumer {
  /** Id of a version or definition, or a shared id (`/sharedGalleries/…`). */
  readonly imageId: string;
  readonly osType: "Linux" | "Windows";
  readonly osState?: "Generalized" | "Specialized";
  /** Where the image is. */
  readonly region: string;
  readonly resourceGroup: string;
  readonly machine: string;
  readonly size: string;
  readonly subnetId?: string;
  readonly securityType?: string;
  /** Names of the vault and the secret that a Windows administrator's password is read from; asked for where absent. */
  readonly password?: { readonly vault: string; readonly secret: string };
  /** Tenant of the gallery and of the machine, where they are two. */
  readonly tenants?: { readonly image: string; readonly machine: string };
}

/** What a consumer types, sends or clicks to make a machine from an image. */
export interface Instructions {
  readonly cli: string;
  readonly powershell: string;
  readonly rest: string;
  readonly portal: string;
}

/** Ready commands for one consumer; nothing in them is secret: a key is made, a password is asked for or read from its vault. */
export function useImage(consumer: Consumer): Instructions {
  return { cli: cli(consumer), powershell: powershell(consumer), rest: rest(consumer), portal: portal(consumer) };
}

const isShared = ({ imageId }: Consumer) => /^\/sharedGalleries\//i.test(imageId);
const isSpecialized = ({ osState }: Consumer) => osState === "Specialized";
const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

function cli(consumer: Consumer): string {
  const { imageId, region, resourceGroup, machine, size, subnetId, securityType, osType, tenants } = consumer;
  const { password } = consumer;
  const access = [
    "--admin-username azureuser",
    ...(osType === "Linux"
      ? ["--generate-ssh-keys"]
      : password
        ? [`--admin-password "$(${shownSecret(password)})"`]
        : []),
  ];
  const options = [
    `--resource-group ${shell(resourceGroup)}`,
    `--name ${shell(machine)}`,
    `--location ${shell(region)}`,
    `--image ${shell(imageId)}`,
    `--size ${shell(size)}`,
    ...(subnetId ? [`--subnet ${shell(subnetId)}`] : []),
    ...(securityType ? [`--security-type ${securityType}`] : []),
    "--public-ip-address ''",
    ...(isSpecialized(consumer) ? ["--specialized"] : access),
  ];
  return [
    ...(tenants
      ? [
          "# Signing in to both tenants lets the CLI send a token of the gallery's tenant along (x-ms-authorization-auxiliary).",
          `az login --tenant ${shell(tenants.image)}`,
          `az login --tenant ${shell(tenants.machine)}`,
        ]
      : []),
    ...(osType === "Windows" && !isSpecialized(consumer)
      ? [
          password
            ? "# Whoever runs this has to be allowed to read the password's secret."
            : "# The CLI asks for the administrator's password.",
        ]
      : []),
    `az group create --name ${shell(resourceGroup)} --location ${shell(region)}`,
    `az vm create \\\n  ${options.join(" \\\n  ")}`,
    "",
  ].join("\n");
}

const shownSecret = ({ vault, secret }: NonNullable<Consumer["password"]>) =>
  `az keyvault secret show --vault-name ${shell(vault)} --name ${shell(secret)} --query value --output tsv`;

function powershell(consumer: Consumer): string {
  const { imageId, region, resourceGroup, machine, size, subnetId, securityType, osType, tenants } = consumer;
  const os = osType === "Linux" ? "-Linux" : "-Windows";
  const source = isShared(consumer) ? "-SharedGalleryImageId" : "-Id";
  const specialized = isSpecialized(consumer);
  const security = securityType ? ` -SecurityType ${securityType}` : "";
  return [
    ...(tenants
      ? [
          `Connect-AzAccount -Tenant ${quoted(tenants.image)}`,
          `Connect-AzAccount -Tenant ${quoted(tenants.machine)}`,
          "",
        ]
      : []),
    `New-AzResourceGroup -Name ${quoted(resourceGroup)} -Location ${quoted(region)} -Force`,
    ...(subnetId
      ? [`$subnetId = ${quoted(subnetId)}`]
      : [
          "$subnet = New-AzVirtualNetworkSubnetConfig -Name 'machines' -AddressPrefix '192.168.1.0/24'",
          `$network = New-AzVirtualNetwork -ResourceGroupName ${quoted(resourceGroup)} -Location ${quoted(region)} -Name ${quoted(`${machine}-vnet`)} -AddressPrefix '192.168.0.0/16' -Subnet $subnet`,
          "$subnetId = $network.Subnets[0].Id",
        ]),
    `$nic = New-AzNetworkInterface -Name ${quoted(`${machine}-nic`)} -ResourceGroupName ${quoted(resourceGroup)} -Location ${quoted(region)} -SubnetId $subnetId`,
    ...(specialized ? [] : credential(consumer)),
    `$vm = New-AzVMConfig -VMName ${quoted(machine)} -VMSize ${quoted(size)}${security}`,
    ...(specialized
      ? []
      : [`$vm = Set-AzVMOperatingSystem -VM $vm ${os} -ComputerName ${quoted(machine)} -Credential $credential`]),
    `$vm = Set-AzVMSourceImage -VM $vm ${source} ${quoted(imageId)}`,
    "$vm = Add-AzVMNetworkInterface -VM $vm -Id $nic.Id -DeleteOption Delete",
    `New-AzVM -ResourceGroupName ${quoted(resourceGroup)} -Location ${quoted(region)} -VM $vm`,
    "",
  ].join("\n");
}

function credential({ osType, password }: Consumer): readonly string[] {
  if (osType === "Linux" || !password)
    return ["$credential = Get-Credential -Message 'Name and password of the administrator'"];
  return [
    `$password = (Get-AzKeyVaultSecret -VaultName ${quoted(password.vault)} -Name ${quoted(password.secret)}).SecretValue`,
    "$credential = [PSCredential]::new('azureuser', $password)",
  ];
}

/** The api-version that knows everything a body here may hold; `sharedGalleryImageId` is older. */
const api = "2024-07-01";

function rest(consumer: Consumer): string {
  const { imageId, region, resourceGroup, machine, size, securityType, osType, password, tenants } = consumer;
  const trusted = securityType !== undefined && securityType !== "Standard";
  const linux = {
    disablePasswordAuthentication: true,
    ssh: { publicKeys: [{ path: "/home/azureuser/.ssh/authorized_keys", keyData: "<your public key>" }] },
  };
  const profile = {
    computerName: machine,
    adminUsername: "azureuser",
    ...(osType === "Linux"
      ? { linuxConfiguration: linux }
      : { adminPassword: password ? `<secret ${password.secret} of vault ${password.vault}>` : "<a password>" }),
  };
  const nic = `/subscriptions/<subscription>/resourceGroups/${resourceGroup}/providers/Microsoft.Network/networkInterfaces/<nic>`;
  const body = {
    location: region,
    properties: {
      hardwareProfile: { vmSize: size },
      storageProfile: {
        imageReference: isShared(consumer) ? { sharedGalleryImageId: imageId } : { id: imageId },
        osDisk: {
          createOption: "FromImage",
          caching: "ReadWrite",
          deleteOption: "Delete",
          managedDisk: { storageAccountType: "Standard_LRS" },
        },
      },
      ...(isSpecialized(consumer) ? {} : { osProfile: profile }),
      networkProfile: { networkInterfaces: [{ id: nic, properties: { primary: true } }] },
      ...(trusted
        ? { securityProfile: { securityType, uefiSettings: { secureBootEnabled: true, vTpmEnabled: true } } }
        : {}),
    },
  };
  const path = `/subscriptions/<subscription>/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/${machine}`;
  return [
    `PUT https://management.azure.com${path}?api-version=${api}`,
    `Authorization: Bearer <token${tenants ? ` of tenant ${tenants.machine}` : ""}>`,
    ...(tenants ? [`x-ms-authorization-auxiliary: Bearer <token of tenant ${tenants.image}>`] : []),
    "Content-Type: application/json",
    "",
    JSON.stringify(body, null, 2),
    "",
  ].join("\n");
}

function portal(consumer: Consumer): string {
  const { imageId, region, resourceGroup, machine, size, securityType, tenants, osType } = consumer;
  const name =
    imageId
      .replace(/\/versions\/[^/]+$/i, "")
      .split("/")
      .at(-1) ?? imageId;
  if (tenants)
    return "The portal makes no machine from an image of another tenant: it signs in to one tenant at a time. Use the CLI, PowerShell or REST.\n";
  const steps = [
    "Type virtual machines into the search and choose Virtual machines.",
    "Choose Create, then Virtual machine.",
    `Resource group: ${resourceGroup}. Virtual machine name: ${machine}.`,
    `Region: ${region}. If the portal says that the machine can only be created in the replication regions of the image although ${region} is one, choose another region and then ${region} again.`,
    `Security type: ${securityType ?? "Standard"}.`,
    isShared(consumer)
      ? `Image: See all images, then Other Items, Direct Shared Images; choose ${name}.`
      : `Image: See all images, then Shared Images; choose ${name}. What is shared from another subscription is not listed there: use its id with the CLI.`,
    isSpecialized(consumer)
      ? "OS state must be Specialized; no administrator is asked for."
      : `OS state must be Generalized. Administrator: ${osType === "Linux" ? "SSH public key" : "name and password"}.`,
    `Size: ${size}. Public IP: none.`,
    "Choose Review + create, read what is said, and choose Create.",
  ];
  return `${steps.map((step, index) => `${index + 1}. ${step}`).join("\n")}\n`;
}
