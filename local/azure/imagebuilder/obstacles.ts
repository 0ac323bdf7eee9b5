import { array, at, object, text } from "../compute/paths.ts";
import { sameRegion } from "../compute/regions.ts";
import { resourceGroupOf, subscriptionOf } from "../ids.ts";
import { enforced } from "../policy/assigned.ts";
import type { Json, Resource, World } from "../world.ts";
import { buildFaultOf } from "./buildFaults.ts";
import { buildResources, coresOfBuild } from "./buildResources.ts";
import { failingScript, nameOfStep } from "./content.ts";
import { packerFailed } from "./failures.ts";
import { networkObstacle, type Obstacle } from "./networkChecks.ts";
import { noAuthorization, notAuthorized } from "./refusals.ts";
import { missingRight, sourceRequirements } from "./requirements.ts";
import type { Run, Step } from "./runs.ts";
import { findSource } from "./sources.ts";
import { policyRefusal, servicePrincipal, stagingOf } from "./staging.ts";
import { identityUnusable } from "./submissionChecks.ts";
import { identityPrincipal, locationOf } from "./template.ts";

/** What is in the way of a step, as things stand when it begins; distribution has its own (`distribute.ts`). */
export function obstacleOf(world: World, template: Resource, run: Run, step: Step): Obstacle | undefined {
  const fault = buildFaultOf(world, template.id, step.state);
  if (fault && !fault.hangs) {
    const { code, message } = packerFailed(template, run);
    const failure = {
      code: fault.code ?? code,
      message: fault.message ?? message,
      ...(fault.log ? { log: fault.log } : {}),
    };
    return { failure, seconds: step.seconds / 2 };
  }
  if (step.state === "Building") return buildingObstacle(world, template, run);
  if (step.state === "Customizing")
    return scriptObstacle(template, run, step, array(template.body, "properties", "customize"));
  if (step.state === "Validating")
    return scriptObstacle(template, run, step, array(template.body, "properties", "validate", "inVMValidations"));
  return undefined;
}

function soon(code: string, message: string, seconds = 60): Obstacle {
  return { failure: { code, message, log: [message] }, seconds };
}

function buildingObstacle(world: World, template: Resource, run: Run): Obstacle | undefined {
  const principalId = identityPrincipal(world, template);
  if (!principalId) return soon(identityUnusable.code, identityUnusable.message);
  return (
    providerObstacle(world, template) ??
    stagingObstacle(world, template) ??
    quotaObstacle(world, template) ??
    policyObstacle(world, template, run) ??
    storageObstacle(world, template) ??
    sourceObstacle(world, template, principalId) ??
    identitiesObstacle(world, template, principalId) ??
    networkObstacle(world, template, run) ??
    proxyObstacle(world, template, run) ??
    tokenObstacle(template, run)
  );
}

/** What every build deploys into (image-builder.md §4). */
function providerObstacle(world: World, template: Resource): Obstacle | undefined {
  const subscriptionId = subscriptionOf(template.id) ?? "";
  if (!isRegistered(world, subscriptionId, "Microsoft.ContainerInstance"))
    return soon(
      "MissingSubscriptionRegistration",
      "Azure Container Instances provider not registered for your subscription.",
    );
  const other = ["Microsoft.Compute", "Microsoft.Network", "Microsoft.Storage", "Microsoft.KeyVault"].find(
    (namespace) => !isRegistered(world, subscriptionId, namespace),
  );
  return other
    ? soon(
        "MissingSubscriptionRegistration",
        `The subscription is not registered to use namespace '${other}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
      )
    : undefined;
}

function isRegistered(world: World, subscriptionId: string, namespace: string): boolean {
  try {
    world.requireProvider(subscriptionId, namespace);
    return true;
  } catch {
    return false;
  }
}

/** Somebody deleted the staging group, which lives as long as the template. */
function stagingObstacle(world: World, template: Resource): Obstacle | undefined {
  const groupId = stagingOf(template)?.groupId ?? "";
  if (world.store.resource(groupId)) return undefined;
  return soon("ResourceGroupNotFound", `Resource group '${resourceGroupOf(groupId)}' could not be found.`);
}

/** What a policy forbids the service to deploy for the build (code and text recorded by others; image-builder.md §5.4). */
function policyObstacle(world: World, template: Resource, run: Run): Obstacle | undefined {
  for (const { id, body, type } of buildResources(world, template, run)) {
    const refusal = policyRefusal(() => enforced(world, id, body, type));
    if (!refusal) continue;
    const details = `Code="${refusal.code}" Message="${refusal.message.replaceAll('"', '\\"')}"`;
    return soon(
      "InvalidTemplateDeployment",
      `The template deployment failed because of policy violation. Please see details for more information. Details=[${details}]`,
    );
  }
  return undefined;
}

/** A staging account whose keys or public network somebody (a policy) switched off: the service cannot work with it (azvmimagebuilder#59). Storage's own codes; that the build shows them is assumed. */
function storageObstacle(world: World, template: Resource): Obstacle | undefined {
  const { groupId = "", accountName = "" } = stagingOf(template) ?? {};
  const account = world.store.resource(`${groupId}/providers/Microsoft.Storage/storageAccounts/${accountName}`);
  if (at(account?.body, "properties", "allowSharedKeyAccess") === false)
    return soon(
      "KeyBasedAuthenticationNotPermitted",
      "Key based authentication is not permitted on this storage account.",
    );
  if (text(account?.body, "properties", "publicNetworkAccess") === "Disabled")
    return soon("AuthorizationFailure", "This request is not authorized to perform this operation.");
  return undefined;
}

function quotaObstacle(world: World, template: Resource): Obstacle | undefined {
  const used = world.store
    .resources("Microsoft.ContainerInstance/containerGroups", `/subscriptions/${subscriptionOf(template.id)}`)
    .filter((group) => sameRegion(text(group.body, "location") ?? "", locationOf(template))).length;
  if ((used + 1) * coresOfBuild <= world.switches.containerCores) return undefined;
  return soon("ContainerGroupQuotaReached", "Azure Container Instances quota exceeded");
}

function sourceObstacle(world: World, template: Resource, principalId: string): Obstacle | undefined {
  const missing = missingRight(world, principalId, sourceRequirements(object(template.body, "properties", "source")));
  if (missing) return soon("Unauthorized", notAuthorized(missing.scope).message);
  const found = findSource(world, template);
  return found.kind === "missing" ? soon("InternalOperationError", found.message) : undefined;
}

/** Identities for the build VM are assigned with the template's identity (image-builder.md §3.2). */
function identitiesObstacle(world: World, template: Resource, principalId: string): Obstacle | undefined {
  const action = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
  const ids = array(template.body, "properties", "vmProfile", "userAssignedIdentities").map(String);
  const refused = ids.find((id) => world.rights.decide(principalId, action, id).kind === "denied");
  return refused ? soon("AuthorizationFailed", noAuthorization(principalId, action, refused)) : undefined;
}

/**
 * The proxy VM of a Windows build in an own network: its disk in an own, older staging group is written by the service's own
 * principal, the one case in which that needs a role (image-builder.md §3.2).
 */
function proxyObstacle(world: World, template: Resource, run: Run): Obstacle | undefined {
  const staging = stagingOf(template);
  const network = object(template.body, "properties", "vmProfile", "vnetConfig");
  const hasProxy = Boolean(network.subnetId) && !network.containerInstanceSubnetId;
  if (!staging || staging.made || !hasProxy || run.source?.osType !== "Windows") return undefined;
  const action = "Microsoft.Compute/disks/write";
  const principalId = servicePrincipal(world);
  if (world.rights.decide(principalId, action, staging.groupId).kind === "allowed") return undefined;
  const disk = `${staging.groupId}/providers/Microsoft.Compute/disks/proxyVmDiskWin_${Math.floor(run.startedAt / 1000)}`;
  return soon("AuthorizationFailed", noAuthorization(principalId, action, disk));
}

/** A timeout of one to five minutes breaks the build's token (text of the troubleshooting page). */
function tokenObstacle(template: Resource, run: Run): Obstacle | undefined {
  const timeout = Number(at(template.body, "properties", "buildTimeoutInMinutes") ?? 0);
  if (timeout === 0 || timeout > 5) return undefined;
  const log = [
    'Error: Failed to prepare build: "azure-arm"',
    "1 error(s) occurred:",
    "* client_jwt will expire within 5 minutes, please use a JWT that is valid for at least 5 minutes",
  ];
  return { failure: { ...packerFailed(template, run), log }, seconds: 60 };
}

function scriptObstacle(template: Resource, run: Run, step: Step, scripts: readonly Json[]): Obstacle | undefined {
  const failing = failingScript(scripts);
  if (!failing) return undefined;
  const script = scripts[failing.index] ?? null;
  const power = text(script, "type") === "PowerShell";
  const log = [
    ...(failing.output ? [failing.output] : []),
    `Provisioning step had errors: Running the cleanup provisioner, if present...`,
    `Build 'azure-arm' errored after ${minutes(step.seconds)}: Script exited with non-zero exit status: ${failing.exitCode}. Allowed exit codes are: [${power ? allowed(script) : "0"}]`,
    `(in ${nameOfStep(script, failing.index)}, line ${failing.line + 1})`,
  ];
  return {
    failure: { ...packerFailed(template, run), log },
    seconds: (step.seconds * (failing.index + 1)) / (scripts.length + 1),
  };
}

function allowed(script: Json): string {
  const codes = array(script, "validExitCodes").map(String);
  return codes.length > 0 ? codes.join(" ") : "0";
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)} minutes ${Math.round(seconds % 60)} seconds`;
}
