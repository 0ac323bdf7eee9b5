import { openAccount, type StoreSettings } from "./account.ts";
import { builds } from "./builds.ts";
import { claims } from "./claims.ts";
import { deliveries } from "./deliveries.ts";
import { documents } from "./documents.ts";
import { durations } from "./durations.ts";
import { leases } from "./leases.ts";
import { ledger } from "./ledger.ts";
import { schedules } from "./schedules.ts";
import { slots } from "./slots.ts";
import type { Store } from "./store.ts";
import { timeline } from "./timeline.ts";
import { uses } from "./uses.ts";
import { rowValues } from "./values.ts";
import { verifications } from "./verifications.ts";
import { watches } from "./watches.ts";

export type { StoreSettings } from "./account.ts";

/** The store in an Azure storage account (or one that speaks its protocol). Contacts nobody until it is used. */
export function connectStore(settings: StoreSettings): Store {
  const account = openAccount(settings);
  const values = rowValues(account);
  return {
    builds: builds(account, values),
    timeline: timeline(account, values),
    ledger: ledger(account, values),
    uses: uses(account),
    deliveries: deliveries(account, values),
    schedules: schedules(account, values),
    slots: slots(account, values),
    durations: durations(account),
    watches: watches(account, values),
    leases: leases(account),
    verifications: verifications(account, values),
    documents: documents(account),
    ...claims(account),
  };
}
