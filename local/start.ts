import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { estateOf, seedEstate } from "./estate.ts";
import { readFlags } from "./flags.ts";
import { type Launched, launch } from "./launch.ts";
import { signInAsOwner } from "./owner.ts";
import { playSample } from "./sample.ts";
import { banner, next, ready, say } from "./screen.ts";

/** `npm start`: everything on this machine, and one image template on its way to a gallery image, for everybody to see. */
const flags = readFlags(process.argv);
banner(flags.speed);
buildIfNeeded();
const launched = await launch(flags, ready);
process.on("SIGINT", () => void end(130));
process.on("SIGTERM", () => void end(143));
const built = flags.sample ? await sample(launched) : true;
if (flags.once) await end(built ? 0 : 1);
next(launched, flags);

async function sample({ azure, appUrl, functionKey }: Launched): Promise<boolean> {
  const arm = signInAsOwner(azure);
  const estate = estateOf(azure.subscriptionId);
  await seedEstate(arm, estate);
  ready("a small estate              gallery gold, a VNet behind a deny-all NSG, an identity that may do nothing");
  return playSample({ arm, estate, appUrl, functionKey });
}

/** The app is run as it is deployed: bundled. */
function buildIfNeeded(): void {
  const bundle = "dist/functions/index.cjs";
  const sources = globSync(["functions/**/*.ts", "orchestrations/**/*.ts", "shared/**/*.ts", "infra/roles.json"]);
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  if (existsSync(bundle) && statSync(bundle).mtimeMs > newest) return;
  say("building the app …");
  const { status } = spawnSync(process.execPath, ["local/build.ts"], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

async function end(code: number): Promise<void> {
  await launched.stop();
  process.exit(code);
}
