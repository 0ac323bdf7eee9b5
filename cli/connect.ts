import { type Api, connectApi } from "./api.ts";
import { exits, Stopped } from "./exits.ts";
import { byEntra, byKey } from "./signIn.ts";
import type { Terms } from "./terms.ts";

/** A Goldsmith to talk to, and what ends with the command. */
export interface Connection {
  readonly api: Api;
  /** Fills in what a text leaves open about where it runs: `${subscription}` in the emulated Azure. */
  fill(text: string): string;
  /** Lets an embedded Goldsmith come to rest; what it was doing goes on with the next command. */
  end(): Promise<void>;
}

/** The Goldsmith at `--url`, or one embedded in this process. */
export async function connect(terms: Terms): Promise<Connection> {
  if (terms.url) {
    const authorize = terms.audience && !terms.key ? byEntra(terms.audience) : byKey(terms.key);
    return { api: connectApi(terms.url, authorize, terms.idempotencyKey), fill: (text) => text, end: async () => {} };
  }
  if (!terms.emulator && !terms.azure)
    throw new Stopped(exits.usage, {
      code: "NoGoldsmith",
      title: "Which Goldsmith?",
      fix: [
        "Give --url (or GOLDSMITH_URL) of a deployed one",
        "Or --emulator to run one here, against an emulated Azure",
        "Or --azure <subscription> to run one here, as whoever is signed in; it advises",
      ],
    });
  const embedded = terms.azure
    ? await (await import("./embeddedAzure.ts")).embedInAzure(terms, terms.azure)
    : await (await import("./embedded.ts")).embed(terms);
  return {
    api: connectApi(embedded.url, byKey(embedded.key), terms.idempotencyKey),
    fill: (text) => text.replace(/\$\{subscription\}/g, embedded.subscriptionId),
    end: embedded.end,
  };
}

/** Runs `work` with a connection that is ended whatever happens. */
export async function connected<T>(terms: Terms, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(terms);
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}
