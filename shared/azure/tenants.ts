import type { AccessToken, TokenCredential } from "@azure/core-auth";
import { ownIdentity } from "../identity.ts";
import type { AzureSettings, Machines, TenantPlace } from "./azure.ts";
import { connect } from "./connection.ts";
import { machinesOf } from "./machines.ts";

/** What the app's managed identity asks a token for, to be taken for a secret of another app (workload identity federation). */
const exchangeScope = "api://AzureADTokenExchange/.default";

/**
 * Machines as a consumer in another tenant: a multi-tenant app signed in there, with tokens of the galleries' tenants in
 * `x-ms-authorization-auxiliary`. A managed identity gets no token of another tenant; it vouches for the app instead of a stored secret.
 */
export function machinesAcross(settings: AzureSettings, { clientId, tenantId, imageTenantIds }: TenantPlace): Machines {
  const own = ownIdentity(settings.clientId);
  const signedIn = (tenant: string) => federated(tenant, clientId, own);
  const galleries = imageTenantIds.map((tenant) => connect(settings, signedIn(tenant)));
  return machinesOf(connect(settings, signedIn(tenantId), imageTenantIds.map(signedIn)), galleries);
}

function federated(tenantId: string, clientId: string, own: TokenCredential): TokenCredential {
  let opening: Promise<TokenCredential> | undefined;
  const assertion = async () => ((await own.getToken(exchangeScope)) as AccessToken).token;
  return {
    async getToken(scopes, options) {
      opening ??= import("@azure/identity").then(
        // The authority is the operator's (AZURE_AUTHORITY_HOST): there is nobody to ask whether it may be trusted.
        ({ ClientAssertionCredential }) =>
          new ClientAssertionCredential(tenantId, clientId, assertion, { disableInstanceDiscovery: true }),
      );
      return (await opening).getToken(scopes, options);
    },
  };
}
