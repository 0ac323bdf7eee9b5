import { parseId, typeOf } from "../decide/armId.ts";
import type { Facts, GrantFacts, TemplateFacts } from "../decide/planning/facts.ts";
import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { ArmFailure } from "./armFailure.ts";
import type { ArmAnswer, ArmRequest, Connection } from "./connection.ts";
import { readFacts } from "./readFacts.ts";
import { listAll } from "./rest.ts";
import type { rolesOf } from "./roleAssignments.ts";

type Roles = ReturnType<typeof rolesOf>;

/** Templates whose facts are put together at a time; the reads behind them are shared by all. */
const atATime = 8;

/**
 * The facts of many templates with few reads: whatever Azure lists for a whole subscription (or gallery) is listed once and
 * answers for each resource in it, so that 500 templates do not exhaust ARM's read budget (rbac-network-arm.md §6.1).
 */
export async function readEstate(
  arm: Connection,
  roles: Roles,
  templates: readonly TemplateFacts[],
  roleIds: readonly string[],
): Promise<readonly Facts[]> {
  const shared = sharing(arm);
  const sharedRoles = { ...roles, ...rolesSharing(roles) };
  const facts: Facts[] = [];
  for (let first = 0; first < templates.length; first += atATime) {
    const some = templates.slice(first, first + atATime);
    facts.push(...(await Promise.all(some.map((one) => readFacts(shared, sharedRoles, one, roleIds)))));
  }
  return facts;
}

/** A connection that answers reads of resources from lists, and equal reads once. */
export function sharing(arm: Connection): Connection {
  const lists = new Map<string, Promise<ReadonlyMap<string, unknown> | undefined>>();
  const answers = new Map<string, Promise<ArmAnswer>>();

  const listed = (path: string, apiVersion: string) =>
    remembered(lists, path.toLowerCase(), async () => {
      try {
        const items = await listAll(arm, path, apiVersion);
        return new Map(items.map((item) => [textOf(fieldsOf(item).id).toLowerCase(), item]));
      } catch (error) {
        // Who may not list may still read one by one.
        if (error instanceof ArmFailure && error.status >= 400 && error.status < 500) return undefined;
        throw error;
      }
    });
  const once = (request: ArmRequest) => {
    const query = new URLSearchParams(request.query ?? {}).toString();
    return remembered(answers, `${request.path}?${request.apiVersion}&${query}`.toLowerCase(), () => arm.send(request));
  };

  return {
    ...arm,
    async send(request) {
      if (request.method !== "GET") return arm.send(request);
      const collection = collectionOf(request.path);
      const list = collection === undefined ? undefined : await listed(collection, request.apiVersion);
      const item = list?.get(request.path.toLowerCase());
      // What no list shows is asked for by itself: a list may lag behind.
      return item === undefined ? once(request) : { status: 200, body: item };
    },
  };
}

/** Types that a subscription lists in one go, and those that a parent lists. */
const inSubscription = [
  "microsoft.compute/galleries",
  "microsoft.compute/images",
  "microsoft.managedidentity/userassignedidentities",
  "microsoft.network/networksecuritygroups",
  "microsoft.network/routetables",
  "microsoft.network/virtualnetworks",
  "microsoft.storage/storageaccounts",
];

function collectionOf(path: string): string | undefined {
  const parsed = parseId(path);
  if (parsed?.resourceGroup === undefined) return undefined;
  const subscription = `/subscriptions/${parsed.subscriptionId}`;
  if (parsed.provider === undefined) return `${subscription}/resourcegroups`;
  const type = typeOf(path) ?? "";
  if (inSubscription.includes(type)) return `${subscription}/providers/${parsed.provider}/${parsed.types[0]}`;
  return type === "microsoft.compute/galleries/images" ? path.split("/").slice(0, -1).join("/") : undefined;
}

/** One list of a subscription's assignments serves every principal; each definition is read once. */
function rolesSharing(roles: Roles): Pick<Roles, "allGrants" | "readRole" | "customRoles"> {
  const all = new Map<string, Promise<readonly GrantFacts[]>>();
  const definitions = new Map<string, ReturnType<Roles["readRole"]>>();
  const custom = new Map<string, ReturnType<Roles["customRoles"]>>();
  return {
    allGrants: (scope) => remembered(all, scope.toLowerCase(), () => roles.allGrants(scope)),
    readRole: (id) => remembered(definitions, id.toLowerCase(), () => roles.readRole(id)),
    customRoles: (subscriptionId) =>
      remembered(custom, subscriptionId.toLowerCase(), () => roles.customRoles(subscriptionId)),
  };
}

/** What was made for `key`, made at most once. */
function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const standing = known.get(key);
  if (standing) return standing;
  const made = make();
  known.set(key, made);
  return made;
}
