import type { HostConfig } from "./config.ts";
import type { Engine } from "./engine/index.ts";
import { entraAuthentication, noAuthentication } from "./http/authentication.ts";
import { clientBinding, type DurableAddress } from "./http/durableLinks.ts";
import { hostFront, type Listener, rpcFront } from "./http/front.ts";
import { isLoopback } from "./http/loopback.ts";
import { routesOf } from "./http/routes.ts";
import type { HostOptions } from "./index.ts";
import type { HostKeys } from "./keys.ts";
import type { Log } from "./log.ts";
import { machineRealm } from "./realm.ts";
import { outOfProcessAdapter } from "./shim/index.ts";
import { startTimers } from "./timers/index.ts";
import { type Invoke, invoker } from "./worker/invoke.ts";
import { type LoadedApp, loadApp } from "./worker/load.ts";
import { withTimeout } from "./worker/timeout.ts";

/** What an app is run with. */
export interface AppNeeds {
  readonly options: HostOptions;
  readonly config: HostConfig;
  readonly keys: HostKeys;
  readonly engine: Engine;
  readonly log: Log;
  readonly port: number;
  readonly rpcPort: number;
}

/** A loaded app with its ways in. */
export interface RunningApp {
  readonly functions: readonly string[];
  readonly front: Listener;
  readonly rpc: Listener;
  /** Begins orchestrations and timers. */
  begin(): void;
  stop(): Promise<void>;
}

const defaultBodyLimit = 104_857_600;

/** Loads the app and wires it to the engine, the HTTP front and the timers. */
export async function runApp(needs: AppNeeds): Promise<RunningApp> {
  const { options, config, keys, engine, log } = needs;
  const { clock } = options;
  const { environment } = machineRealm();
  const address: DurableAddress = { origin: `http://localhost:${needs.port}`, hub: config.hubName, keys };
  const binding = clientBinding(address, `http://127.0.0.1:${needs.rpcPort}/durabletask/`);
  const app = await loadApp(options.appDirectory, log);
  const invoke = withTimeout(
    held(
      invoker(app, log, () => binding),
      needs,
    ),
    config.functionTimeout,
    clock,
    log,
  );
  const isDisabled = disabledBy(environment);
  const adapter = outOfProcessAdapter({ registry: app.registry, invoke, log, isDisabled, version: config.version });
  const bodyLimit = Number(environment.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT ?? defaultBodyLimit);
  const detached = new Set<Promise<unknown>>();
  const timers = startTimers(needs, app.registry, invoke, isDisabled);
  const durable = {
    hub: engine.client,
    orchestratorName: adapter.orchestratorName,
    address,
    defaultVersion: config.version.own,
    bodyLimit,
  };
  const front = hostFront({
    clock,
    log,
    keys,
    enforceKeys: options.keys !== "open",
    routes: routesOf(app.registry, config.routePrefix),
    invoke,
    bodyLimit,
    streamTarget: app.capabilities.HttpUri,
    maxRequests: config.maxRequests,
    isDisabled,
    durable,
    eventGrid: { registry: app.registry, invoke, bodyLimit, log, isDisabled },
    admin: {
      registry: app.registry,
      invoke,
      bodyLimit,
      log,
      isDisabled,
      hostId: config.hubName.toLowerCase(),
      startedAt: clock.now(),
      now: clock.now,
      timerTrigger: timers.trigger,
      detach: (work) => {
        detached.add(work);
        void work.finally(() => detached.delete(work));
      },
    },
    authenticate: authentication(options),
    loopback: isLoopback(options.hostname ?? "127.0.0.1"),
  });
  warnOfEntities(app, log);
  return {
    functions: app.registry.functions.map((one) => one.name),
    front,
    rpc: rpcFront({ clock, log, durable }),
    begin() {
      engine.start(adapter);
      timers.begin();
    },
    async stop() {
      await timers.stop();
      await Promise.allSettled(detached);
      await app.unload();
    },
  };
}

function authentication({ auth, entra, clock }: HostOptions) {
  if ((auth ?? "off") === "off") return noAuthentication;
  if (!entra) throw new Error('auth "entra" needs to know the tenant: give `entra` too');
  return entraAuthentication(entra, clock);
}

/** A stepped clock stands still while code of the app runs. */
function held(invoke: Invoke, { options }: AppNeeds): Invoke {
  return async (invocation) => {
    const release = options.clock.hold();
    try {
      return await invoke(invocation);
    } finally {
      release();
    }
  };
}

/** `AzureWebJobs.NAME.Disabled=true`, as application settings disable a function. */
function disabledBy(environment: NodeJS.ProcessEnv): (name: string) => boolean {
  const isOn = (value: string | undefined) => /^(true|1)$/i.test(value ?? "");
  return (name) =>
    isOn(environment[`AzureWebJobs.${name}.Disabled`]) || isOn(environment[`AzureWebJobs_${name}_Disabled`]);
}

function warnOfEntities(app: LoadedApp, log: Log): void {
  for (const { name, trigger } of app.registry.functions)
    if (/^entityTrigger$/i.test(trigger.type)) {
      const message = `the durable entity "${name}" will not run: this host does not support entities`;
      log({ level: "warning", category: "host.durable", code: "unsupported", function: name, message });
    }
}
