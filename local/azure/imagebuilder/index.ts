import type { Operation, World } from "../world.ts";

/** Azure VM Image Builder (`Microsoft.VirtualMachineImages`): its operations, and the jobs that carry templates and runs on. */
export const imageBuilder: { operations: readonly Operation[]; register(world: World): void } = {
  operations: [],
  register() {},
};
