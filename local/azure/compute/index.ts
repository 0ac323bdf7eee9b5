import type { Operation, World } from "../world.ts";
import { resourceOperations } from "./crud.ts";
import { definitions } from "./definitions.ts";
import { galleries } from "./galleries.ts";
import { endShare, galleryShareOperations, shareJob } from "./galleryShare.ts";
import { bootDiagnosticsOperations } from "./machines/bootDiagnostics.ts";
import { disks } from "./machines/disks.ts";
import { machines } from "./machines/machines.ts";
import { runCommands } from "./machines/runCommands.ts";
import { scaleSetOperations } from "./machines/scaleSets.ts";
import { skuOperations } from "./machines/sizes.ts";
import { managedImages } from "./managedImages.ts";
import { platformImageOperations } from "./platformImages.ts";
import { settle, settleJob } from "./settle.ts";
import { sharedGalleryOperations } from "./sharedGalleries.ts";
import { versions } from "./versions.ts";

const kinds = [galleries, definitions, versions, managedImages, machines, runCommands, disks];

/** The part of `Microsoft.Compute` that images need: galleries, definitions, versions, managed images, the marketplace's images, and machines that boot from them. */
export const compute: { operations: readonly Operation[]; register(world: World): void } = {
  operations: [
    ...kinds.flatMap(resourceOperations),
    ...platformImageOperations,
    ...galleryShareOperations,
    ...sharedGalleryOperations,
    ...skuOperations,
    ...scaleSetOperations,
    ...bootDiagnosticsOperations,
  ],
  register(world) {
    world.jobs.on(shareJob, (payload) => endShare(world, payload));
    world.jobs.on(settleJob, (payload) => settle(world, payload, (type) => kinds.find((kind) => kind.type === type)));
  },
};
