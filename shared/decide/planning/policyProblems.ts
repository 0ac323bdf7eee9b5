import type { Problem } from "../../problem.ts";
import { osTypeOf } from "../template/osType.ts";
import { fieldsOf, stagingGroupOf } from "../template/templateBody.ts";
import type { Facts, PolicyFacts, TemplateBody } from "./facts.ts";
import type { PlanPart } from "./planBuild.ts";
import { planningProblem } from "./planningProblem.ts";

/** A resource that every build makes the service deploy, as far as it is known. */
export interface StagingResource {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

const groupType = "Microsoft.Resources/subscriptions/resourceGroups";
const storageType = "Microsoft.Storage/storageAccounts";
const vaultType = "Microsoft.KeyVault/vaults";

/** What the service deploys for a build (image-builder.md §4, §5.4, §6.4), for a policy to be asked about; its own group only where the template names none. */
export function stagingResources(body: TemplateBody): readonly StagingResource[] {
  const location = body.location ?? "";
  const tags = { createdBy: "AzureVMImageBuilder", ...fieldsOf(fieldsOf(body.properties).managedResourceTags) };
  const open = { publicNetworkAccess: "Enabled", networkAcls: { defaultAction: "Allow" } };
  const account = { ...open, allowSharedKeyAccess: true, allowBlobPublicAccess: false, minimumTlsVersion: "TLS1_2" };
  const made = (type: string, more: object = {}) => ({ type, content: { type, location, tags, ...more } });
  return [
    ...(stagingGroupOf(body) === undefined ? [made(groupType)] : []),
    made(storageType, {
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      properties: { ...account, supportsHttpsTrafficOnly: true },
    }),
    made(vaultType, { properties: { ...open, enabledForDeployment: true } }),
    made("Microsoft.ContainerInstance/containerGroups"),
    made("Microsoft.Compute/virtualMachines"),
  ];
}

/** Policies that keep the service from deploying what a build needs (blockers), or change it so that it may not work (warnings), as far as ARM can tell beforehand. */
export function policyProblems(facts: Facts): PlanPart {
  const found = (facts.policies ?? []).map((policy) => ({ policy, problem: problemOf(policy, facts) }));
  const blocks = ({ policy }: (typeof found)[number]) =>
    policy.effect === "deny" && (policy.type !== vaultType || osTypeOf(facts) === "Windows");
  return {
    changes: [],
    blockers: found.filter(blocks).map(({ problem }) => problem),
    warnings: found.filter((one) => !blocks(one)).map(({ problem }) => problem),
  };
}

function problemOf(policy: PolicyFacts, facts: Facts): Problem {
  const { type, assignmentId } = policy;
  const detail =
    policy.effect === "deny"
      ? `The assignment ${assignmentId} of ${policy.definitionId} denies ${type} as the service deploys it.`
      : `The assignment ${assignmentId} of ${policy.definitionId} sets ${policy.field} to ${policy.value}: builds were seen to fail with that.`;
  const title =
    policy.effect === "deny"
      ? `A policy forbids what every build needs: ${type}`
      : `A policy changes what every build needs: ${type}`;
  return planningProblem(policy.effect === "deny" ? "PolicyForbidsStaging" : "PolicyChangesStaging", title, {
    detail,
    scope: policy.scope,
    fix: fixOf(policy, facts),
  });
}

// A group that the service makes has a new name each time, so that only an own one can be exempted (image-builder.md §5.4).
function fixOf({ assignmentId }: PolicyFacts, facts: Facts): readonly string[] {
  const own = stagingGroupOf(facts.template.body);
  const exempt = (group: string) =>
    `Have the owner of the policy exempt it: az policy exemption create --name goldsmith-staging --exemption-category Waiver --policy-assignment ${assignmentId} --scope ${group}`;
  if (own !== undefined) return [exempt(own)];
  return [
    "Give the template a staging group of its own (stagingResourceGroup), empty and in its region.",
    exempt("<its id>"),
  ];
}
