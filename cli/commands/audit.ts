import { setTimeout as pause } from "node:timers/promises";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { auditText, print } from "../print.ts";
import type { Terms } from "../terms.ts";

/** Flags of `goldsmith audit`. */
export interface AuditFlags {
  readonly scope?: readonly string[];
  readonly timeout?: number;
  readonly poll?: number;
}

/** Runs an audit to its end; exit 4 where something drifted. */
export const audit = (terms: Terms, { scope, timeout = 900, poll = 1 }: AuditFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const body = scope ? { scopes: scope.map(fill) } : {};
    const { id } = await api.json("POST audits", { body });
    const end = performance.now() + timeout * 1000;
    let seen = await api.json("GET audits/{id}", { params: { id } });
    while (seen.state === "running") {
      if (performance.now() > end) throw tooLong(id, timeout);
      await pause(poll * 1000);
      seen = await api.json("GET audits/{id}", { params: { id } });
    }
    print(terms, seen, auditText);
    if (seen.state === "failed") return exits.failed;
    return (seen.findings ?? []).length > 0 ? exits.drift : exits.done;
  });

const tooLong = (id: string, seconds: number) =>
  new Stopped(exits.timedOut, {
    code: "StillRunning",
    title: `Audit ${id} has not ended within ${seconds} s; it goes on`,
    fix: [`GET /api/audits/${id} tells how far it is`],
  });
