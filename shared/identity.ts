import type { TokenCredential } from "@azure/core-auth";

/** The app's own identity: the managed one on Azure (and on the local host, which has the same endpoint), else whoever is signed in. Nothing is loaded before the first token is asked for. */
export function ownIdentity(clientId?: string): TokenCredential {
  let opening: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      opening ??= open(clientId);
      return (await opening).getToken(scopes, options);
    },
  };
}

async function open(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import("@azure/identity");
  if (!process.env.IDENTITY_ENDPOINT) return new DefaultAzureCredential();
  return clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential();
}
