import { AzureError, type JsonObject } from "../../world.ts";
import { array, at, object, text } from "../paths.ts";
import { type Image, invalid } from "./image.ts";
import { type Size, sizeOf } from "./sizes.ts";

const forbiddenNames = [
  "administrator",
  "admin",
  "user",
  "user1",
  "test",
  "user2",
  "test1",
  "root",
  "guest",
  "console",
  "support_388945a0",
  "sys",
  "a",
  "server",
  "sql",
  "support",
  "john",
];

/** Throws what Compute says of an `osProfile` that does not fit the image; the messages are those of its error catalogue. */
export function checkOsProfile(properties: JsonObject, image: Image): void {
  const profile = at(properties, "osProfile");
  if (image.osState === "Specialized") {
    if (profile) throw invalid("osProfile", "Parameter 'osProfile' is not allowed.");
    return;
  }
  if (!profile) throw invalid("osProfile", "Required parameter 'osProfile' is missing (null).");
  const username = text(profile, "adminUsername");
  if (!username) throw invalid("adminUsername", "Required parameter 'adminUsername' is missing (null).");
  if (forbiddenNames.includes(username.toLowerCase()))
    throw invalid("adminUsername", "The Admin Username specified is not allowed.");
  checkComputerName(text(profile, "computerName") ?? "", image);
  const password = text(profile, "adminPassword");
  if (password !== undefined && !isStrong(password))
    throw invalid(
      "adminPassword",
      "The supplied password must be between 6-72 characters long and must satisfy at least 3 of password complexity requirements from the following: 1) Contains an uppercase character 2) Contains a lowercase character 3) Contains a numeric digit 4) Contains a special character 5) Control characters are not allowed",
    );
  if (image.osType === "Windows" && password === undefined)
    throw invalid("adminPassword", "Required parameter 'adminPassword' is missing (null).");
  if (image.osType === "Linux") checkLinux(object(profile, "linuxConfiguration"), username, password);
}

function checkComputerName(name: string, image: Image): void {
  if (!name) throw invalid("computerName", "Required parameter 'computerName' is missing (null).");
  const most = image.osType === "Windows" ? 15 : 64;
  if (
    name.length > most ||
    !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name) ||
    (image.osType === "Windows" && /^\d+$/.test(name))
  )
    throw invalid(
      "computerName",
      `${image.osType} computer name cannot be more than ${most} characters long, be entirely numeric, or contain the following characters: \` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : . ' " , < > / ?.`,
    );
}

function isStrong(password: string): boolean {
  const kinds = [/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z0-9]/].filter((one) => one.test(password)).length;
  return password.length >= 6 && password.length <= 72 && kinds >= 3;
}

function checkLinux(configuration: JsonObject, username: string, password: string | undefined): void {
  const keys = array(configuration, "ssh", "publicKeys");
  if (keys.length === 0 && (password === undefined || configuration.disablePasswordAuthentication === true))
    throw invalid(
      "linuxConfiguration",
      "Authentication using either SSH or by user name and password must be enabled in Linux profile.",
    );
  for (const key of keys) {
    const path = text(key, "path");
    if (path !== `/home/${username}/.ssh/authorized_keys`)
      throw invalid(
        "linuxConfiguration.ssh.publicKeys.path",
        `Destination path for SSH public keys is currently limited to its default value /home/${username}/.ssh/authorized_keys due to a known issue in Linux provisioning agent.`,
      );
    if (!/^ssh-(rsa|ed25519) [A-Za-z0-9+/]{60,}={0,2}/.test(text(key, "keyData")?.trim() ?? ""))
      throw invalid(
        "linuxConfiguration.ssh.publicKeys.keyData",
        "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.",
      );
  }
}

/** The size that a machine asks for; throws what Compute says where there is none, or where it cannot boot the image. */
export function checkSize(properties: JsonObject, image: Image): Size {
  const name = text(properties, "hardwareProfile", "vmSize") ?? "Standard_A1_v2";
  const size = sizeOf(name);
  if (!size)
    throw invalid(
      "vmSize",
      `The value ${name} provided for the VM size is not valid. The valid sizes in the current region are listed by Microsoft.Compute/skus.`,
    );
  if (size.architecture !== image.architecture)
    throw new AzureError(
      400,
      "BadRequest",
      `Cannot create a VM of size '${name}' because this VM size only supports a CPU Architecture of '${size.architecture}', but an image or disk with CPU Architecture '${image.architecture}' was given. Please check that the CPU Architecture of the image or disk is compatible with that of the VM size.`,
    );
  if (!size.generations.includes(image.generation))
    throw new AzureError(
      400,
      "BadRequest",
      `The selected VM size '${name}' cannot boot Hypervisor Generation '${image.generation.slice(1)}'. If this was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. If this was an Update operation please select a Hypervisor Generation '${image.generation.slice(1)}' VM Size. For more information, see https://aka.ms/azuregen2vm`,
    );
  checkSecurity(text(properties, "securityProfile", "securityType"), size, image);
  return size;
}

/** Which security types an image can be started with, by the feature `SecurityType` of its definition; the texts are assumed. */
function checkSecurity(asked: string | undefined, size: Size, image: Image): void {
  const only =
    image.securityType === "TrustedLaunch" || image.securityType === "ConfidentialVM" ? image.securityType : undefined;
  const wanted = asked ?? "Standard";
  const refuse = (message: string) =>
    new AzureError(400, "BadRequest", message, { target: "securityProfile.securityType" });
  if (only && wanted !== only)
    throw refuse(
      `The image '${image.id}' can only be used for VMs whose security type is '${only}', but '${wanted}' was given.`,
    );
  if (wanted === "TrustedLaunch" && (image.generation !== "V2" || !size.trustedLaunch))
    throw refuse(
      `The VM size '${size.name}' or the image's generation '${image.generation}' does not support the security type 'TrustedLaunch'.`,
    );
  if (wanted === "TrustedLaunch" && !/TrustedLaunch/.test(image.securityType ?? ""))
    throw refuse(`The image '${image.id}' does not support the security type 'TrustedLaunch'.`);
  if (wanted === "ConfidentialVM" && (!size.confidential || !/Confidential/.test(image.securityType ?? "")))
    throw refuse(
      `The VM size '${size.name}' or the image '${image.id}' does not support the security type 'ConfidentialVM'.`,
    );
}
