import { array, at, object, text } from "../compute/paths.ts";
import type { Json } from "../world.ts";
import { badValue, missingField } from "./refusals.ts";

/** The rules of customizers and validators: each has one script, and File both its ends (image-builder.md §2.3, §2.4). */
export function requireScripts(properties: Json): void {
  array(properties, "customize").forEach((step, index) => {
    requireStep(step, `ImageTemplate.properties.customize[${index}]`, [
      "Shell",
      "PowerShell",
      "File",
      "WindowsRestart",
      "WindowsUpdate",
    ]);
  });
  const validations = array(properties, "validate", "inVMValidations");
  validations.forEach((step, index) => {
    requireStep(step, `ImageTemplate.properties.validate.inVMValidations[${index}]`, ["Shell", "PowerShell", "File"]);
  });
  const workload = object(properties, "optimize", "workload");
  if (workload.state === "Enabled" && !workload.scriptUri)
    throw missingField("ImageTemplate.properties.optimize.workload", "scriptUri");
}

function requireStep(step: Json, where: string, types: readonly string[]): void {
  const type = text(step, "type") ?? "";
  if (!types.includes(type)) throw badValue(where, "type", type);
  if (type === "File")
    for (const field of ["sourceUri", "destination"]) if (!text(step, field)) throw missingField(where, field);
  if (type === "Shell" || type === "PowerShell") requireOneScript(step, where);
  if (at(step, "runAsSystem") === true && at(step, "runElevated") !== true) throw badValue(where, "runAsSystem", true);
  if (Number(at(step, "updateLimit") ?? 0) < 0) throw badValue(where, "updateLimit", at(step, "updateLimit"));
  for (const field of ["scriptUri", "sourceUri"]) requireUrl(step, where, field);
  const checksum = text(step, "sha256Checksum");
  if (checksum && !/^[0-9a-f]{64}$/i.test(checksum)) throw badValue(where, "sha256Checksum", checksum);
}

function requireOneScript(step: Json, where: string): void {
  const inline = array(step, "inline");
  const script = text(step, "scriptUri");
  if (!script && inline.length === 0) throw missingField(where, "scriptUri' or 'inline");
  if (script && inline.length > 0) throw badValue(where, "inline", inline);
}

function requireUrl(step: Json, where: string, field: string): void {
  const address = text(step, field);
  if (address && !URL.canParse(address)) throw badValue(where, field, address);
}
