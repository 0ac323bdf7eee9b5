import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { NetworkManagementClient } from "@azure/arm-network";
import { ClientSecretCredential, ManagedIdentityCredential } from "@azure/identity";
import { type AzureEmulator, startAzure } from "../../../../local/azure/index.ts";
import { scaledClock } from "../../../../local/clock.ts";
import { trust } from "../trust.ts";

let azure: AzureEmulator;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "goldsmith-sdk-"));
  const real = Date.now();
  const clock = scaledClock(() => ({ real, virtual: real, speed: 100 }));
  const switches = { definitionVisibleSeconds: [0, 0], grantVisibleSeconds: [0, 0] } as const;
  azure = await startAzure({ dataDirectory: directory, port: 0, clock, switches });
  trust(azure.caFile);
});
afterAll(async () => {
  await azure.stop();
  rmSync(directory, { recursive: true, force: true });
});

const scope = "https://management.azure.com/.default";
const owner = () => ({
  getToken: async () => ({
    token: azure.tokenFor(azure.settings.owner.principalId),
    expiresOnTimestamp: Date.now() + 60_000,
  }),
});

test("the SDK for authorization writes, changes, assigns, finds and deletes a role", async () => {
  // The owner, not the app: this grant's clocks must not decide what the app may do below.
  const { subscriptionId, owner: holder } = azure.settings;
  const client = new AuthorizationManagementClient(owner(), subscriptionId, { endpoint: azure.endpoint });
  const at = `/subscriptions/${subscriptionId}`;
  const name = "12121212-0000-4000-8000-000000000001";
  const definition = {
    roleName: "By SDK",
    description: "one",
    permissions: [{ actions: ["*/read"] }],
    assignableScopes: [at],
  };
  await client.roleDefinitions.createOrUpdate(at, name, definition);
  const changed = await client.roleDefinitions.createOrUpdate(at, name, { ...definition, description: "two" });
  expect([changed.description, changed.roleType]).toEqual(["two", "CustomRole"]);
  const made = await client.roleAssignments.create(at, name, {
    roleDefinitionId: changed.id ?? "",
    principalId: holder.principalId,
    principalType: "ServicePrincipal",
  });
  expect(made.scope).toBe(at);
  await expect(
    client.roleAssignments.create(at, "12121212-0000-4000-8000-000000000002", {
      roleDefinitionId: changed.id ?? "",
      principalId: holder.principalId,
      principalType: "ServicePrincipal",
    }),
  ).rejects.toMatchObject({ statusCode: 409, code: "RoleAssignmentExists" });
  const found: string[] = [];
  for await (const one of client.roleAssignments.listForScope(at, { filter: `assignedTo('${holder.principalId}')` }))
    found.push(one.name ?? "");
  expect(found).toContain(name);
  await client.roleAssignments.delete(at, name);
  expect(await client.roleAssignments.delete(at, name)).toEqual({});
});

test("the SDK for networks makes a network and follows the operation of a subnet to its end", async () => {
  const { subscriptionId } = azure.settings;
  const client = new NetworkManagementClient(owner(), subscriptionId, { endpoint: azure.endpoint });
  const group = "rg-sdk";
  const put = await fetch(
    `${azure.endpoint}/subscriptions/${subscriptionId}/resourceGroups/${group}?api-version=2024-03-01`,
    {
      method: "PUT",
      headers: { authorization: `Bearer ${azure.tokenFor(azure.settings.owner.principalId)}` },
      body: JSON.stringify({ location: "westeurope" }),
    },
  );
  expect(put.status).toBe(201);
  await client.virtualNetworks.createOrUpdate(
    group,
    "vnet",
    { location: "westeurope", addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
    { updateIntervalInMs: 20 },
  );
  const subnet = await client.subnets.createOrUpdate(
    group,
    "vnet",
    "build",
    { addressPrefix: "10.0.0.0/24", privateLinkServiceNetworkPolicies: "Disabled" },
    { updateIntervalInMs: 20 },
  );
  expect([subnet.provisioningState, subnet.privateLinkServiceNetworkPolicies]).toEqual(["Succeeded", "Disabled"]);
  await expect(client.subnets.get(group, "vnet", "none")).rejects.toMatchObject({ statusCode: 404, code: "NotFound" });
});

describe("signing in", () => {
  const usable = async (token: string) => {
    const answer = await fetch(
      `${azure.endpoint}/subscriptions/${azure.settings.subscriptionId}?api-version=2022-12-01`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    return answer.status;
  };

  test("the owner does with a client secret, as any service principal", async () => {
    const { tenantId, owner: own } = azure.settings;
    const credential = new ClientSecretCredential(tenantId, own.clientId, own.clientSecret, {
      authorityHost: azure.endpoint,
      disableInstanceDiscovery: true,
    });
    expect(await usable((await credential.getToken(scope)).token)).toBe(200);
    const wrong = new ClientSecretCredential(tenantId, own.clientId, "wrong", {
      authorityHost: azure.endpoint,
      disableInstanceDiscovery: true,
    });
    await expect(wrong.getToken(scope)).rejects.toThrow(/AADSTS7000215/);
  });

  test("the app does with its managed identity, by the App Service endpoint", async () => {
    const before = { ...process.env };
    process.env.IDENTITY_ENDPOINT = azure.settings.identityEndpoint;
    process.env.IDENTITY_HEADER = azure.settings.identityHeader;
    try {
      const credential = new ManagedIdentityCredential({ clientId: azure.settings.app.clientId });
      expect(await usable((await credential.getToken(scope)).token)).toBe(403);
    } finally {
      process.env = before;
    }
  });

  test("the managed-identity endpoint refuses a missing header and an identity that is not the app's", async () => {
    const ask = async (header: string, more = "") =>
      (
        await fetch(
          `${azure.settings.identityEndpoint}?api-version=2019-08-01&resource=https://management.azure.com${more}`,
          { headers: { "x-identity-header": header } },
        )
      ).status;
    expect(await ask("")).toBe(401);
    expect(await ask(azure.settings.identityHeader, "&client_id=00000000-0000-0000-0000-000000000001")).toBe(400);
  });

  test("the Azure CLI's way: AD FS discovery, then a token for the CLI's resource", async () => {
    const discovery = (await (await fetch(`${azure.endpoint}/adfs/.well-known/openid-configuration`)).json()) as {
      token_endpoint: string;
    };
    expect(discovery.token_endpoint).toBe(`${azure.endpoint}/adfs/oauth2/token`);
    const { clientId, clientSecret } = azure.settings.owner;
    const form = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      resource: `${azure.endpoint}/`,
    };
    const answer = await fetch(discovery.token_endpoint, { method: "POST", body: new URLSearchParams(form) });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(await usable(token)).toBe(200);
  });
});
