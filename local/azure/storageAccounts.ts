import { simpleOperations } from "./simpleResources.ts";
import type { Operation } from "./world.ts";

const versions = ["2021-09-01", "2022-09-01", "2023-01-01", "2023-05-01", "2024-01-01", "2025-01-01", "2025-06-01"];

/** Storage accounts, as scopes for rights and as places of scripts and logs; account keys are not emulated. */
export const storageAccountOperations: readonly Operation[] = simpleOperations(
  "Microsoft.Storage/storageAccounts",
  versions,
  (world, name) => ({
    primaryEndpoints: { blob: `${world.endpoint}/${name}/` },
    creationTime: new Date(world.clock.now()).toISOString(),
    supportsHttpsTrafficOnly: true,
  }),
  200,
);
