import type { ActivityOutcome, ActivityTask } from "../engine/contract.ts";
import { messageOf, stackOf } from "../log.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction } from "../worker/registry.ts";
import { jsonOf, type TypedData } from "../worker/typedData.ts";

/** Runs an activity function: a text goes in as it is (the SDK has quoted it), other JSON as its text, null as nothing. */
export async function runActivityFunction(
  invoke: Invoke,
  called: RegisteredFunction,
  task: ActivityTask,
): Promise<ActivityOutcome> {
  const trigger = triggerOf(task.input);
  const metadata = { [called.triggerName]: trigger, data: trigger, instanceId: { string: task.instance } };
  try {
    const { returned } = await invoke({ function: called, trigger, metadata });
    return { kind: "completed", result: jsonOf(returned) };
  } catch (error) {
    return failedActivity(task.name, error);
  }
}

function triggerOf(input: string | null): TypedData {
  const [value] = input === null ? [null] : (JSON.parse(input) as unknown[]);
  if (value === null || value === undefined) return {};
  return { string: typeof value === "string" ? value : JSON.stringify(value) };
}

/** The failure as the .NET host would store it: `Details` is its dump of the exception. */
function failedActivity(name: string, error: unknown): ActivityOutcome {
  const message = messageOf(error);
  const details = JSON.stringify({
    $type: "System.Exception, System.Private.CoreLib",
    ClassName: "System.Exception",
    Message: message,
    Data: null,
    InnerException: {
      $type: "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script",
      Message: `Result: Failure\nException: ${message}\nStack: ${stackOf(error)}`,
    },
    HResult: -2146233088,
  });
  return { kind: "failed", reason: `Activity function '${name}' failed: ${message}`, details };
}
