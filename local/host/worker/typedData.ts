/** A value on its way between host and worker, as the Functions RPC contract tags it. Empty means "no value". */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: RpcHttp;
}

/** A text that may be absent, as the capability `UseNullableValueDictionaryForHttp` wants it. */
type NullableText = { readonly value: string };

/** An HTTP request on its way in, or a response on its way out. */
export interface RpcHttp {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, NullableText>>;
  readonly nullableQuery?: Readonly<Record<string, NullableText>>;
  readonly nullableParams?: Readonly<Record<string, NullableText>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: TypedData;
  readonly statusCode?: string;
  readonly enableContentNegotiation?: boolean;
  readonly cookies?: readonly RpcCookie[];
}

/** A cookie as the library hands it over; absent values are left out. */
export interface RpcCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: { readonly value: string };
  readonly path?: { readonly value: string };
  readonly expires?: { readonly value: unknown };
  readonly secure?: { readonly value: boolean };
  readonly httpOnly?: { readonly value: boolean };
  readonly sameSite?: string;
  readonly maxAge?: { readonly value: number };
}

/** The JSON text that the durable extension would store for a returned value; null where there is none. */
export function jsonOf(data: TypedData | null | undefined): string | null {
  if (!data) return null;
  if (data.string !== undefined) return JSON.stringify(data.string);
  if (data.json !== undefined) return data.json;
  if (data.int !== undefined) return String(data.int);
  if (data.double !== undefined) return String(data.double);
  if (data.bytes !== undefined) return JSON.stringify(Buffer.from(data.bytes).toString("base64"));
  return null;
}
