import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleTemplate } from "../../local/estate.ts";
import type { TestWorld } from "../journeys/world.ts";

/** A folder for a test. */
export const folder = () => mkdtempSync(join(tmpdir(), "cli-"));

/** The sample without a network, as a file that says where it is to stand. */
export function templateFile(
  world: TestWorld,
  name: string,
  change: (body: ReturnType<typeof sampleTemplate>) => object = (body) => body,
): string {
  const sample = sampleTemplate(world.estate);
  const { vnetConfig: _, ...vmProfile } = sample.properties.vmProfile;
  const body = change({ ...sample, properties: { ...sample.properties, vmProfile } } as ReturnType<
    typeof sampleTemplate
  >);
  const file = join(folder(), `${name}.json`);
  writeFileSync(file, JSON.stringify({ resourceGroupId: world.estate.imagesGroup, name, body }));
  return file;
}
