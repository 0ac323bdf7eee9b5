import { connectAzure } from "../shared/azure/index.ts";
import { readSettings } from "../shared/config.ts";
import { createNotify } from "../shared/notify/index.ts";
import { connectStore } from "../shared/store/index.ts";
import { register } from "./register.ts";
import { watchOver } from "./telemetry/watchOver.ts";

/** The composition root: environment → settings → clients → functions. The only module of the app that acts when imported. */
const settings = readSettings(process.env);
for (const warning of settings.warnings) console.warn(warning);
register({
  settings,
  azure: connectAzure(settings.azure),
  store: connectStore(settings.store),
  notify: createNotify(settings.notify),
});
watchOver(settings);
