import { within } from "../armId.ts";
import type { Message, Severity } from "./message.ts";

/** What somebody wants to hear of. */
export interface Audience {
  /** Event types, or `*` for all. */
  readonly events: readonly string[];
  /** Only of these: ids of templates, resource groups or subscriptions, or lineages with `*` for any text. Absent: all. */
  readonly templates?: readonly string[];
  /** The least that matters; absent: everything does. */
  readonly severity?: Severity;
}

const ranks: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 };

/** Whether a message is for that audience. Who asks for templates does not hear of what is about none. */
export function wants(
  audience: Audience,
  message: Pick<Message, "type" | "severity" | "subject" | "lineage">,
): boolean {
  const { events, templates, severity = "info" } = audience;
  return (
    (events.includes("*") || events.includes(message.type)) &&
    ranks[message.severity] >= ranks[severity] &&
    (templates?.some((wanted) => isAbout(message, wanted)) ?? true)
  );
}

function isAbout({ subject, lineage }: Pick<Message, "subject" | "lineage">, wanted: string): boolean {
  if (wanted.startsWith("/")) return within(wanted, subject);
  const pattern = wanted.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return lineage !== undefined && new RegExp(`^${pattern.join(".*")}$`, "i").test(lineage);
}
