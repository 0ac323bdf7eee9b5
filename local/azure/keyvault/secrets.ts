import type { Incoming } from "../front.ts";
import { isObject, objectOf } from "../json.ts";
import { type Answer, AzureError, type Json, type JsonObject, type World } from "../world.ts";

/** A refusal with the code that vaults put inside of it. */
export class VaultRefusal extends AzureError {
  readonly inner: string;
  constructor(status: number, code: string, message: string, inner: string) {
    super(status, code, message);
    this.inner = inner;
  }
}

/** One version of a secret. Times in seconds since 1970, as the service gives them. */
interface SecretVersion {
  readonly version: string;
  readonly value: string;
  readonly attributes: JsonObject;
  readonly tags?: JsonObject;
  readonly contentType?: string;
}

/** A secret with its versions, the newest last; `deletedAt` (ms): it can be recovered, and its name not be used. */
interface Secret {
  readonly vault: string;
  readonly name: string;
  readonly versions: readonly SecretVersion[];
  readonly deletedAt?: number;
}

const kind = "vaultSecret";
const retentionDays = 90;
const longestValue = 25_600;

/** Whose secrets are asked for. */
export interface Place {
  readonly world: World;
  /** Name of the vault. */
  readonly vault: string;
}

const keyOf = ({ vault }: Place, name: string) => `${vault}/${name.toLowerCase()}`;
const find = (place: Place, name: string) => place.world.store.get<Secret>(kind, keyOf(place, name));
const put = (place: Place, secret: Secret) => place.world.store.put(kind, keyOf(place, secret.name), secret);

/** A version of a secret, the newest where none is named. */
export function get(place: Place, _: Incoming, name: string, wanted: string): Answer {
  const secret = standing(place, name);
  const version = wanted ? secret.versions.find((each) => each.version === wanted) : secret.versions.at(-1);
  if (!version) throw notFound(`${name}/${wanted}`);
  if (version.attributes.enabled === false)
    throw new VaultRefusal(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
  return { status: 200, body: shown(place, secret, version) };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A new version; refused while the name belongs to one that was deleted. */
export function set(place: Place, { body }: Incoming, name: string): Answer {
  const sent = jsonOf(body);
  const value = isObject(sent) ? sent.value : undefined;
  if (typeof value !== "string" || value.length > longestValue)
    throw new AzureError(400, "BadParameter", "The parameter 'value' is missing or longer than 25k bytes.");
  const before = find(place, name);
  if (before?.deletedAt !== undefined)
    throw new VaultRefusal(
      409,
      "Conflict",
      `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
      "ObjectIsDeletedButRecoverable",
    );
  const now = seconds(place);
  const attributes = { enabled: true, ...objectOf(objectOf(sent as Json).attributes), created: now, updated: now };
  const { tags, contentType } = objectOf(sent as Json);
  const version: SecretVersion = {
    version: place.world.guid().replaceAll("-", ""),
    value,
    attributes,
    ...(isObject(tags) ? { tags } : {}),
    ...(typeof contentType === "string" ? { contentType } : {}),
  };
  const secret: Secret = { vault: place.vault, name, versions: [...(before?.versions ?? []), version] };
  put(place, secret);
  return { status: 200, body: shown(place, secret, version) };
}

/** Soft delete: its name stays taken. */
export function remove(place: Place, _: Incoming, name: string): Answer {
  const secret: Secret = { ...standing(place, name), deletedAt: place.world.clock.now() };
  put(place, secret);
  return { status: 200, body: shownRemoved(place, secret) };
}

/** What is known of a deleted secret, without its value. */
export function getRemoved(place: Place, _: Incoming, name: string): Answer {
  return { status: 200, body: shownRemoved(place, deleted(place, name)) };
}

/** Gone for good; the name is free again. */
export function purge(place: Place, _: Incoming, name: string): Answer {
  deleted(place, name);
  place.world.store.delete(kind, keyOf(place, name));
  return { status: 204 };
}

/** As if it had never been deleted. */
export function recover(place: Place, _: Incoming, name: string): Answer {
  const { deletedAt: __, ...secret } = deleted(place, name);
  put(place, secret);
  const { value: ___, ...rest } = shown(place, secret, secret.versions.at(-1));
  return { status: 200, body: rest };
}

function standing(place: Place, name: string): Secret {
  const secret = find(place, name);
  if (!secret || secret.deletedAt !== undefined) throw notFound(name);
  return secret;
}

function deleted(place: Place, name: string): Secret & { readonly deletedAt: number } {
  const secret = find(place, name);
  if (secret?.deletedAt === undefined) throw new AzureError(404, "SecretNotFound", `Deleted Secret not found: ${name}`);
  return { ...secret, deletedAt: secret.deletedAt };
}

const notFound = (name: string) =>
  new AzureError(
    404,
    "SecretNotFound",
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  );

const seconds = ({ world }: Place) => Math.floor(world.clock.now() / 1000);
const idOf = ({ world, vault }: Place, name: string, version = "") =>
  `${world.endpoint}/${vault}.vault/secrets/${name}${version ? `/${version}` : ""}`;
const recovery = { recoveryLevel: "Recoverable+Purgeable", recoverableDays: retentionDays };

function shown(place: Place, { name }: Secret, version: SecretVersion | undefined): JsonObject {
  const { value = "", version: id, attributes = {}, ...more } = version ?? {};
  return { value, ...more, id: idOf(place, name, id), attributes: { ...attributes, ...recovery } };
}

function shownRemoved(place: Place, secret: Secret): JsonObject {
  const { value: _, ...rest } = shown(place, secret, secret.versions.at(-1));
  const at = Math.floor((secret.deletedAt ?? 0) / 1000);
  return {
    ...rest,
    recoveryId: `${place.world.endpoint}/${place.vault}.vault/deletedsecrets/${secret.name}`,
    deletedDate: at,
    scheduledPurgeDate: at + retentionDays * 86_400,
  };
}
