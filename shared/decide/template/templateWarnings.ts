import type { Problem } from "../../problem.ts";
import type { Facts, TemplateBody } from "../planning/facts.ts";
import { planningProblem } from "../planning/planningProblem.ts";
import { isPublicUri, parseBlobUri } from "./blobUri.ts";
import { remoteFilesOf, targetsOf, vnetConfigOf } from "./templateBody.ts";

/** Scripts and files whose address is not a public one: the service fetches from the Internet or Azure Storage, so an address inside of somebody's network is a mistake or a trick. */
export function privateFiles(body: TemplateBody): readonly Problem[] {
  return remoteFilesOf(body)
    .filter((file) => !isPublicUri(file.uri))
    .map((file) =>
      planningProblem("PrivateAddress", "A script or file has an address that the service cannot or must not reach", {
        errors: [{ pointer: file.pointer, detail: "not a public http(s) address" }],
        fix: ["Put the file where the service can fetch it by https, e.g. in Azure Storage."],
      }),
    );
}

function signedFiles(body: TemplateBody): readonly Problem[] {
  return remoteFilesOf(body)
    .filter((file) => parseBlobUri(file.uri)?.signed === true)
    .map((file) =>
      planningProblem("SecretInTemplate", "The address of a script or file carries a signature", {
        detail: `Whoever can read the template can use the signature at ${file.pointer}.`,
        fix: ["Leave the signature away: the template's identity is given the right to read the container."],
      }),
    );
}

/** What should be known about a template that can be built all the same. */
export function templateWarnings(facts: Facts): readonly Problem[] {
  const { body } = facts.template;
  const floating = targetsOf(body).filter((target) => target.kind === "SharedImage" && !target.versioned);
  const loose = remoteFilesOf(body).filter((file) => file.checksum === undefined);
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(body);
  const versions = floating.map((target) =>
    planningProblem("FloatingVersion", "The image version's number is left to the service", {
      detail: `distribute[${target.index}] sets no versioning; the service then counts by dates, which does not sort against 1.x.`,
      fix: [`Set versioning at /properties/distribute/${target.index}, e.g. {"scheme":"Latest"}.`],
    }),
  );
  const scripts = loose.map((file) =>
    planningProblem("NotPinned", "A script or file is not pinned by a checksum", {
      detail: `${file.pointer} may have other content at the next build.`,
      fix: [`Set sha256Checksum beside ${file.pointer}.`],
    }),
  );
  const legacy = subnetId !== undefined && containerInstanceSubnetId === undefined ? [betterTopology()] : [];
  return [...versions, ...scripts, ...signedFiles(body), ...legacy];
}

function betterTopology(): Problem {
  return planningProblem("BetterTopology", "A container subnet of your own would be better than the proxy VM", {
    detail:
      "With containerInstanceSubnetId a build needs no proxy VM, load balancer or private link, and no change of the build subnet.",
    fix: [
      "Add a subnet to the same virtual network and delegate it to Microsoft.ContainerInstance/containerGroups.",
      "Name it in vmProfile.vnetConfig.containerInstanceSubnetId (API version 2024-02-01 or later) and remove proxyVmSize.",
    ],
  });
}

/** Says which source a plan with fewer rights follows. */
export function minimalRights(): Problem {
  return planningProblem("MinimalRights", "Only rights known to be used are planned, not all that the documents list", {
    detail:
      "Gallery output without Microsoft.Compute/images/* on the gallery's resource group follows Microsoft's own modules, not its documents.",
    fix: ["If distribution fails for a missing right, set GOLDSMITH_REQUIREMENTS to documented."],
  });
}
