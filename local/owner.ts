import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";

/** An answer of Azure Resource Manager, its body parsed where there was one. */
export interface ArmAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

/** What the owner of the emulated subscription can do: send any request to ARM. */
export type Owner = (
  method: "GET" | "PUT" | "DELETE" | "POST" | "PATCH",
  path: string,
  body?: unknown,
) => Promise<ArmAnswer>;

/** What is read of `DIR/azure.json` to become its owner. */
export interface OwnerSettings {
  readonly armEndpoint: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly owner: { readonly clientId: string; readonly clientSecret: string };
}

/** Signs in as the owner (client credentials, as anybody would with curl) and sends requests until the process ends. */
export function signInAsOwner(settings: OwnerSettings): Owner {
  const agent = new Agent({ ca: readFileSync(settings.caFile), keepAlive: true });
  const token = async (): Promise<string> => {
    const { clientId, clientSecret } = settings.owner;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: "https://management.azure.com/.default",
    });
    const url = `${settings.armEndpoint}/${settings.tenantId}/oauth2/v2.0/token`;
    const answer = await send(agent, "POST", url, form.toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
    const { access_token } = answer.body as { access_token?: string };
    if (!access_token) throw new Error(`the owner could not sign in: ${JSON.stringify(answer.body)}`);
    return access_token;
  };
  let signedIn: Promise<string> | undefined;
  return async (method, path, body) => {
    for (let attempt = 0; ; attempt++) {
      signedIn ??= token();
      const headers = { authorization: `Bearer ${await signedIn}`, "content-type": "application/json" };
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await send(agent, method, `${settings.armEndpoint}${path}`, text, headers);
      if (answer.status !== 401 || attempt > 0) return answer;
      signedIn = undefined;
    }
  };
}

function send(
  agent: Agent,
  method: string,
  url: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<ArmAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          body: parsed(Buffer.concat(parts).toString()),
          headers: incoming.headers,
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
