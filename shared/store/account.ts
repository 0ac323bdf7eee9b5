import type { TokenCredential } from "@azure/core-auth";
import type { TableClient } from "@azure/data-tables";
import type { ContainerClient } from "@azure/storage-blob";

/** Where the app's storage account is: a connection string (Azurite locally), or its service URIs, entered with an identity. */
export type StoreSettings =
  | { readonly kind: "connectionString"; readonly connectionString: string }
  | {
      readonly kind: "identity";
      readonly tableServiceUri: string;
      readonly blobServiceUri: string;
      /** The identity to enter with. */
      readonly credential: TokenCredential;
    };

/** The account's tables and containers, each made at its first use in this process. */
export interface Account {
  table(name: string): Promise<TableClient>;
  container(name: string): Promise<ContainerClient>;
}

/** Opens the account; contacts nobody before a table or container is asked for. */
export function openAccount(settings: StoreSettings): Account {
  return {
    table: onceEach(async (name) => {
      const client = await tableClient(settings, name);
      await client.createTable();
      return client;
    }),
    container: onceEach(async (name) => {
      const client = await containerClient(settings, name);
      await client.createIfNotExists();
      return client;
    }),
  };
}

// The SDKs are imported late: together they cost some 100 ms, and every cold start of every function pays for imports.
async function tableClient(settings: StoreSettings, name: string): Promise<TableClient> {
  const { TableClient } = await import("@azure/data-tables");
  if (settings.kind === "identity") return new TableClient(settings.tableServiceUri, name, settings.credential);
  const { connectionString } = settings;
  // A transaction does not take the permission over from the connection string, so it is said here.
  const allowInsecureConnection = /^UseDevelopmentStorage|TableEndpoint=http:|EndpointsProtocol=http;/im.test(
    connectionString,
  );
  return TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection });
}

async function containerClient(settings: StoreSettings, name: string): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const account =
    settings.kind === "identity"
      ? new BlobServiceClient(settings.blobServiceUri, settings.credential)
      : BlobServiceClient.fromConnectionString(settings.connectionString);
  return account.getContainerClient(name);
}

/** Remembers what `open` gave for each name, but not its failures. */
function onceEach<T>(open: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const opened = new Map<string, Promise<T>>();
  return (name) => {
    const known = opened.get(name);
    if (known) return known;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
}
