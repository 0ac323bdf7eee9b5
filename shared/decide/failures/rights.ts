import type { FailureClass } from "./failureClass.ts";

/** Identities and their rights (image-builder.md §3, §6.3; the troubleshooting page). */
export const rights: readonly FailureClass[] = [
  {
    code: "IdentityUnusable",
    title: "The template's identity cannot be used",
    stage: "running",
    pattern:
      /identity['"]?\b.{0,120}\b(?:cannot be used|is invalid|does not exist|was deleted)|failed to (?:get|acquire|obtain|fetch) (?:an? |the )?(?:access )?token/i,
    signs:
      /FailedIdentityOperation|PrincipalNotFound|InvalidAuthenticationToken\w*|AADSTS\d{5,}|invalid_(?:client|grant)|InvalidUserAssigned\w*|Identity not found|Identity\w{0,20}NotFound|userAssignedIdentities\/\S+ (?:under resource group \S+ )?(?:was|could) not (?:be )?found/i,
    example: {
      message:
        "The assigned managed identity cannot be used. Please remove the existing one and re-assign a new identity.",
    },
    fix: [
      "The identity was deleted, made anew or moved. Patch the template's identity: the old id with null, the new one with {}.",
    ],
  },
  {
    code: "AuthorizationFailed",
    title: "A right is missing",
    stage: "running",
    pattern:
      /not authorized to access the resource|\bUnauthorized\b|Status(?:Code)?[ =:]*403\b|^(?!.*download).*\bAuthorizationFailure\b|identity has (?:the )?(?:correct|required|right|necessary) permission|(?:identity|principal|client)\b.{0,120}\b(?:does not have|has no|lacks|is missing)\b.{0,60}\b(?:permissions?|access|rights?|role|reader|contributor)\b/i,
    // Key Vault tells it in its own words, to Packer, which fetches the certificate of a Windows machine there.
    signs:
      /AuthorizationFailed\b|(?:n.t|not) have (?:authorization|permissions?) to perform|AuthorizationPermissionMismatch|InsufficientPermissions|LinkedAccessCheckFailed|KeyVaultAccessForbidden|ForbiddenByRbac|(?:caller|principal|identity)\b.{0,40}\bnot authorized to perform/i,
    log: /HTTP status code=403|code\W{1,6}Forbidden\b|StatusCode=403|unexpected status 403|does not have secrets \w+ permission/i,
    example: {
      code: "Unauthorized",
      message: "Not authorized to access the resource: /subscriptions/s/resourceGroups/g.",
    },
    fix: [
      "Compare with the plan of this template: it names every right that is needed, and whether it stands.",
      "If the right was granted within the last ten minutes, build again.",
    ],
  },
];
