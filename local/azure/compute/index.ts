import type { Operation, World } from "../world.ts";
import { resourceOperations } from "./crud.ts";
import { definitions } from "./definitions.ts";
import { galleries } from "./galleries.ts";
import { managedImages } from "./managedImages.ts";
import { platformImageOperations } from "./platformImages.ts";
import { settle, settleJob } from "./settle.ts";
import { versions } from "./versions.ts";

/** The part of `Microsoft.Compute` that images need: galleries, definitions, versions, managed images, the marketplace's images. */
export const compute: { operations: readonly Operation[]; register(world: World): void } = {
  operations: [
    ...[galleries, definitions, versions, managedImages].flatMap(resourceOperations),
    ...platformImageOperations,
  ],
  register(world) {
    world.jobs.on(settleJob, (payload) => settle(world, payload));
  },
};
