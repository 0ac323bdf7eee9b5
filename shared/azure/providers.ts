import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { providersApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { listAll, plain } from "./rest.ts";

/** Registration states of these namespaces, with one list instead of a request each; a namespace that Azure does not list is missing. */
export async function providerStates(
  arm: Connection,
  subscriptionId: string,
  namespaces: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const listed = await listAll(arm, plain(`/subscriptions/${subscriptionId}`).concat("/providers"), providersApi);
  const states = new Map(
    listed.map(fieldsOf).map((one) => [textOf(one.namespace).toLowerCase(), textOf(one.registrationState)]),
  );
  const wanted = namespaces.map((name) => [name, states.get(name.toLowerCase())] as const);
  return Object.fromEntries(wanted.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Asks for the registration of a namespace; harmless when it is registered. */
export async function registerProvider(arm: Connection, subscriptionId: string, namespace: string): Promise<void> {
  const path = `${providerPath(subscriptionId, namespace)}/register`;
  await arm.send({ method: "POST", path, apiVersion: providersApi });
}

/** Whether a namespace is registered in all its regions. */
export async function providerStands(arm: Connection, subscriptionId: string, namespace: string): Promise<boolean> {
  const path = providerPath(subscriptionId, namespace);
  const { body } = await arm.send({ method: "GET", path, apiVersion: providersApi });
  return textOf(fieldsOf(body).registrationState) === "Registered";
}

function providerPath(subscriptionId: string, namespace: string): string {
  // Checked as the id of a resource of that provider, because a provider alone is none.
  plain(`/subscriptions/${subscriptionId}/providers/${namespace}/any/one`);
  return `/subscriptions/${subscriptionId}/providers/${namespace}`;
}
