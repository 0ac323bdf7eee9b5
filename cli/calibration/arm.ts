/** An answer of Azure Resource Manager, whatever it says. */
export interface ArmReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export type ArmMethod = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

/** Sends one request; `path` is an id, perhaps with an action, or a link that ARM gave. */
export type Arm = (
  method: ArmMethod,
  path: string,
  apiVersion: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ArmReply>;

/** Where to ask, and as whom. */
export interface ArmPlace {
  readonly endpoint: string;
  token(): Promise<string>;
  sleep(seconds: number): Promise<void>;
}

const tries = 6;

/** Asks ARM by itself, without an SDK: what is measured are statuses and headers. Throttles and hiccups are waited out. */
export function askArm({ endpoint, token, sleep }: ArmPlace): Arm {
  return async (method, path, apiVersion, body, headers = {}) => {
    const url = path.startsWith("https://") ? path : `${endpoint}${path}?api-version=${apiVersion}`;
    // The token is for ARM: a link that leads elsewhere is not followed.
    if (new URL(url).host !== new URL(endpoint).host) throw new Error(`${new URL(url).host} is not where ARM is`);
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const again = answer.status === 429 || (answer.status >= 500 && method !== "POST");
      if (!again || attempt === tries) return { status: answer.status, body: parsed(text), headers: answer.headers };
      await sleep(Number(answer.headers.get("retry-after")) || 10);
    }
  };
}

/** Lets only writes through that lie in one resource group; links that ARM gave are only read. */
export function fencedTo(group: string, arm: Arm): Arm {
  return (method, path, ...rest) => {
    const inside = `${path.toLowerCase()}/`.startsWith(`${group.toLowerCase()}/`) && !/\/\.\.?(\/|$)/.test(path);
    if (method !== "GET" && !inside) throw new Error(`calibrate writes only in ${group}, not at ${path}`);
    return arm(method, path, ...rest);
  };
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
