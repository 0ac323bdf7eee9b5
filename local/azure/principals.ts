import type { Clock } from "../clock.ts";
import type { Principal, Store, World } from "./world.ts";

const kind = "principal";

/** A principal and every group that it is in, directly or through another group; in lower case. */
export function withGroups(store: Store, principalId: string): ReadonlySet<string> {
  const groups = store
    .list<Principal>(kind)
    .flatMap(([, { members, principalId: id }]) => (members ? [{ id, members }] : []));
  const found = new Set([principalId.toLowerCase()]);
  for (const id of found)
    for (const group of groups)
      if (group.members.some((member) => member.toLowerCase() === id)) found.add(group.id.toLowerCase());
  return found;
}

/** The tenant's directory of principals. */
export function principalDirectory(store: Store, clock: Clock, guid: () => string): World["principals"] {
  return {
    get: (principalId) => store.get<Principal>(kind, principalId),
    byClientId: (clientId) =>
      store
        .list<Principal>(kind)
        .find(([, principal]) => principal.clientId.toLowerCase() === clientId.toLowerCase())?.[1],
    create(displayName, principalType, more = {}) {
      const ids = { principalId: guid(), clientId: guid() };
      const principal = { ...ids, principalType, displayName, createdAt: clock.now(), ...more };
      store.put(kind, principal.principalId, principal);
      return principal;
    },
  };
}
