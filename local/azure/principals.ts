import type { Clock } from "../clock.ts";
import type { Principal, Store, World } from "./world.ts";

const kind = "principal";

/** The tenant's directory of principals. */
export function principalDirectory(store: Store, clock: Clock, guid: () => string): World["principals"] {
  return {
    get: (principalId) => store.get<Principal>(kind, principalId),
    byClientId: (clientId) =>
      store
        .list<Principal>(kind)
        .find(([, principal]) => principal.clientId.toLowerCase() === clientId.toLowerCase())?.[1],
    create(displayName, principalType, ids = { principalId: guid(), clientId: guid() }) {
      const principal = { ...ids, principalType, displayName, createdAt: clock.now() };
      store.put(kind, principal.principalId, principal);
      return principal;
    },
  };
}
