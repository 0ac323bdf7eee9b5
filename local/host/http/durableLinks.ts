import type { HostKeys } from "../keys.ts";

/** Where the Durable API of a host is, and what it is called. */
export interface DurableAddress {
  /** `http://host:port` as the app's callers see it. */
  readonly origin: string;
  readonly hub: string;
  readonly keys: HostKeys;
}

const base = (origin: string) => `${origin}/runtime/webhooks/durabletask`;

/** The management addresses of one instance (`INSTANCEID` in the template that a client binding carries). */
export function managementUrls({ origin, hub, keys }: DurableAddress, id: string): Record<string, string> {
  const instance = `${base(origin)}/instances/${encodeURIComponent(id)}`;
  const query = `taskHub=${hub}&connection=Storage&code=${keys.systemKeys.durabletask_extension}`;
  const withReason = (operation: string) => `${instance}/${operation}?reason={text}&${query}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: withReason("terminate"),
    rewindPostUri: withReason("rewind"),
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: withReason("suspend"),
    resumePostUri: withReason("resume"),
  };
}

/** What a durable client binding of the app receives. */
export function clientBinding(address: DurableAddress, rpcBaseUrl: string): object {
  const code = `code=${address.keys.systemKeys.durabletask_extension}`;
  const create = `${base(address.origin)}/orchestrators/{functionName}[/{instanceId}]`;
  const wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}";
  return {
    taskHubName: address.hub,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${create}?${code}`,
      createAndWaitOnNewInstancePostUri: `${create}?${wait}&${code}`,
    },
    managementUrls: managementUrls(address, "INSTANCEID"),
    baseUrl: base(address.origin),
    requiredQueryStringParameters: code,
    rpcBaseUrl,
    httpBaseUrl: null,
  };
}
