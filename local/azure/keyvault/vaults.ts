import { nameOf } from "../ids.ts";
import { simpleOperations } from "../simpleResources.ts";
import type { Operation, Resource, World } from "../world.ts";

export const vaultType = "Microsoft.KeyVault/vaults";

const versions = ["2019-09-01", "2021-10-01", "2022-07-01", "2023-02-01", "2023-07-01", "2024-11-01"];

/** Vaults, as scopes for rights and as places of secrets. */
export const vaultOperations: readonly Operation[] = simpleOperations(
  vaultType,
  versions,
  (world, name) => ({ vaultUri: `${world.endpoint}/${name}.vault/`, enableSoftDelete: true }),
  200,
);

/** The vault that a path's first segment names, as `vaultUri` of the emulator's vaults does. */
export function vaultIn(world: World, path: string): Resource | undefined {
  const name = /^\/([a-z0-9-]{3,24})\.vault(?:\/|$)/i.exec(path)?.[1]?.toLowerCase();
  if (!name) return undefined;
  return world.store.resources(vaultType).find(({ id }) => nameOf(id).toLowerCase() === name);
}
