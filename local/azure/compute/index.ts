import type { Operation, World } from "../world.ts";

/** The part of `Microsoft.Compute` that images need: galleries, definitions, versions, managed images, the marketplace's images. */
export const compute: { operations: readonly Operation[]; register(world: World): void } = {
  operations: [],
  register() {},
};
