import type { Exchange } from "./exchange.ts";

/** Signs the caller in; resolves with false when the request has been answered. */
export type Authenticate = (exchange: Exchange) => Promise<boolean>;

const ownHeaders = /^x-ms-(client-principal|token-aad)/i;

/** Built-in authentication as App Service puts it in front of an app. */
export function authenticator(mode: "off" | "entra"): Authenticate {
  return async ({ request }) => {
    if (mode === "off") return true;
    for (const name of Object.keys(request.headers)) if (ownHeaders.test(name)) delete request.headers[name];
    return true;
  };
}
