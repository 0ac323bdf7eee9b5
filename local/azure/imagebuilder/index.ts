import type { Operation, World } from "../world.ts";
import { advance, endReplication, fail } from "./advance.ts";
import { withFlatErrors } from "./answer.ts";
import { cancel, endCancel } from "./cancel.ts";
import { containerOperations } from "./containers.ts";
import { settle } from "./finish.ts";
import { cancelJob, failJob, removeJob, replicatedJob, settleJob, stepJob, triggerJob, updateJob } from "./jobs.ts";
import { getOutput, listOutputs } from "./outputs.ts";
import { listProviderOperations } from "./providerOperations.ts";
import { endRemoval, remove } from "./remove.ts";
import { run } from "./run.ts";
import { apiVersions } from "./schema.ts";
import { provision, provisionJob, submit } from "./submission.ts";
import { templateType } from "./template.ts";
import { getTemplate, listTemplates } from "./templates.ts";
import { checkTrigger, deleteTrigger, getTrigger, listTriggers, putTrigger } from "./triggers.ts";
import { endUpdate, update } from "./update.ts";

export { setBuildFault } from "./buildFaults.ts";
export { releaseCancel } from "./cancel.ts";
export { buildLog } from "./log.ts";
export { runsOf } from "./runs.ts";

const subscription = `/subscriptions/{subscriptionId}/providers/${templateType}`;
const group = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${templateType}`;
const one = `${group}/{imageTemplateName}`;
const outputs = `${one}/runOutputs`;
const triggers = `${one}/triggers`;

type Row = readonly [
  name: string,
  method: Operation["method"],
  path: string,
  right: string,
  answer: Operation["answer"],
  since?: string,
];

const rows: readonly Row[] = [
  ["VirtualMachineImageTemplates_List", "GET", subscription, "read", listTemplates],
  ["VirtualMachineImageTemplates_ListByResourceGroup", "GET", group, "read", listTemplates],
  ["VirtualMachineImageTemplates_Get", "GET", one, "read", getTemplate],
  ["VirtualMachineImageTemplates_CreateOrUpdate", "PUT", one, "write", submit],
  ["VirtualMachineImageTemplates_Update", "PATCH", one, "write", update],
  ["VirtualMachineImageTemplates_Delete", "DELETE", one, "delete", remove],
  ["VirtualMachineImageTemplates_Run", "POST", `${one}/run`, "run/action", run],
  ["VirtualMachineImageTemplates_Cancel", "POST", `${one}/cancel`, "cancel/action", cancel],
  ["VirtualMachineImageTemplates_ListRunOutputs", "GET", outputs, "runOutputs/read", listOutputs],
  ["VirtualMachineImageTemplates_GetRunOutput", "GET", `${outputs}/{runOutputName}`, "runOutputs/read", getOutput],
  ["Triggers_ListByImageTemplate", "GET", triggers, "triggers/read", listTriggers, "2022-07-01"],
  ["Triggers_Get", "GET", `${triggers}/{triggerName}`, "triggers/read", getTrigger, "2022-07-01"],
  ["Triggers_CreateOrUpdate", "PUT", `${triggers}/{triggerName}`, "triggers/write", putTrigger, "2022-07-01"],
  ["Triggers_Delete", "DELETE", `${triggers}/{triggerName}`, "triggers/delete", deleteTrigger, "2022-07-01"],
];

const operations: readonly Operation[] = rows.map(([name, method, path, right, answer, since = ""]) => ({
  name,
  method,
  path,
  apiVersions: apiVersions.filter((version) => version >= since),
  action: `${templateType}/${right}`,
  answer,
}));

const listOperations: Operation = {
  name: "Operations_List",
  method: "GET",
  path: "/providers/Microsoft.VirtualMachineImages/operations",
  apiVersions,
  action: null,
  answer: listProviderOperations,
};

/** Azure VM Image Builder (`Microsoft.VirtualMachineImages`): its operations, and the jobs that carry templates and runs on. */
export const imageBuilder: { operations: readonly Operation[]; register(world: World): void } = {
  operations: [...operations.map(withFlatErrors), listOperations, ...containerOperations],
  register(world) {
    const handlers = {
      [provisionJob]: provision,
      [updateJob]: endUpdate,
      [removeJob]: endRemoval,
      [stepJob]: advance,
      [failJob]: fail,
      [replicatedJob]: endReplication,
      [settleJob]: settle,
      [cancelJob]: endCancel,
      [triggerJob]: checkTrigger,
    };
    for (const [kind, handle] of Object.entries(handlers)) world.jobs.on(kind, (payload) => handle(world, payload));
  },
};
