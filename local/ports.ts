/** Ports of the local default, all derived from two flags, so that several can run side by side. */
export interface Ports {
  readonly host: number;
  readonly azure: number;
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

export function portsOf(host: number, azure: number): Ports {
  return { host, azure, blob: azure + 1, queue: azure + 2, table: azure + 3 };
}
