import { createHash } from "node:crypto";
import { type Answer, AzureError, type Call, type Operation, type World } from "../../world.ts";
import { existing } from "../answers.ts";
import { object, text } from "../paths.ts";
import { consoleOf } from "./bootFaults.ts";
import { instanceView } from "./instanceView.ts";
import { machines, machineType } from "./machines.ts";

/** Seconds that a signed address of a console log is good for, unless the caller says otherwise (in minutes). */
const standardMinutes = 120;
const kind = "consoleLink";

interface Link {
  readonly vmId: string;
  readonly until: number;
}

/** What a machine shows beside its resource: signed addresses of the serial console log and the screenshot, and its instance view alone. */
export const bootDiagnosticsOperations: readonly Operation[] = [
  {
    name: "VirtualMachines_RetrieveBootDiagnosticsData",
    method: "POST",
    path: `${machines.path}/retrieveBootDiagnosticsData`,
    apiVersions: machines.apiVersions,
    action: `${machineType}/retrieveBootDiagnosticsData/action`,
    answer: retrieve,
  },
  {
    name: "VirtualMachines_InstanceView",
    method: "GET",
    path: `${machines.path}/instanceView`,
    apiVersions: machines.apiVersions,
    action: `${machineType}/instanceView/read`,
    answer: (world, call) => ({
      status: 200,
      body: instanceView(world, existing(world, call.id.replace(/\/instanceView$/i, ""))),
    }),
  },
];

function retrieve(world: World, call: Call): Answer {
  const machine = existing(world, call.id);
  if (object(machine.body, "properties", "diagnosticsProfile", "bootDiagnostics").enabled !== true)
    throw new AzureError(409, "OperationNotAllowed", "Boot diagnostics is not enabled for this VM.");
  const minutes = Number(call.query.get("sasUriExpirationTimeInMinutes") ?? standardMinutes);
  const signature = createHash("sha256").update(world.guid()).digest("hex");
  world.store.put(kind, signature, { vmId: machine.id, until: world.clock.now() + minutes * 60_000 } satisfies Link);
  const address = (name: string) =>
    `${world.endpoint}/bootdiagnostics/${text(machine.body, "name")}/${name}?sig=${signature}`;
  return {
    status: 200,
    body: {
      consoleScreenshotBlobUri: address("screenshot.bmp"),
      serialConsoleLogBlobUri: address("serialconsole.log"),
    },
  };
}

/** The console log behind a signed address; undefined where the path is none, throws where the signature is. */
export function consoleLog(world: World, path: string, query: URLSearchParams): string | undefined {
  if (!/^\/bootdiagnostics\/[^/]+\/serialconsole\.log$/.test(path)) return undefined;
  const link = world.store.get<Link>(kind, query.get("sig") ?? "");
  const machine = link && link.until > world.clock.now() ? world.store.resource(link.vmId) : undefined;
  if (!machine)
    throw new AzureError(
      403,
      "AuthenticationFailed",
      "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
    );
  return consoleOf(machine.id, object(machine.hidden, "boot", "fault"));
}
