import { connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import type { Terms } from "../terms.ts";
import { harmless } from "../text.ts";

/** Prints the customization log of a build as the service wrote it; with `follow`, as long as it grows. */
export const logs = (terms: Terms, id: string, { follow }: { readonly follow?: boolean }): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    const query = follow ? { follow: "true" } : {};
    const response = await api.raw(`builds/${encodeURIComponent(id)}/log`, {
      query,
      headers: { accept: "text/plain" },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      process.stdout.write(harmless(decoder.decode(chunk, { stream: true })));
    return exits.done;
  });
