import type { Azure } from "../../shared/azure/azure.ts";
import type { Settings } from "../../shared/config.ts";
import type { Notify } from "../../shared/notify/index.ts";
import type { Store } from "../../shared/store/store.ts";

/** What the app's functions work with; made once, in `functions/index.ts`. */
export interface Deps {
  readonly settings: Settings;
  readonly azure: Azure;
  readonly store: Store;
  readonly notify: Notify;
}
