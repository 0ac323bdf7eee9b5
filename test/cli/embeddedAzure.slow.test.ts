import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { startGoldsmith } from "./goldsmith.ts";
import { folder, templateFile } from "./place.ts";

/** Goldsmith in the command's process as whoever is signed in: here the owner of the emulated subscription, by an `az` that gives the owner's token. */
const here = folder();
let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
  const token = {
    accessToken: await ownersToken(),
    expires_on: Math.floor(Date.now() / 1000) + 3600,
    tokenType: "Bearer",
  };
  writeFileSync(join(here, "az"), `#!/bin/sh\necho '${JSON.stringify(token)}'\n`, { mode: 0o755 });
});
afterAll(async () => {
  await world?.stop();
  await endStorage();
});

function ownersToken(): Promise<string> {
  const { armEndpoint, tenantId, owner, caFile } = world.azure.settings;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: owner.clientId,
    client_secret: owner.clientSecret,
    scope: "https://management.azure.com/.default",
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const asked = request(
      `${armEndpoint}/${tenantId}/oauth2/v2.0/token`,
      { method: "POST", headers, ca: readFileSync(caFile) },
      (answer) => {
        let text = "";
        answer.on("data", (part) => {
          text += part;
        });
        answer.on("end", () => resolve((JSON.parse(text) as { access_token: string }).access_token));
      },
    );
    asked.on("error", reject).end(form.toString());
  });
}

async function run(...args: string[]) {
  const { armEndpoint, caFile, subscriptionId } = world.azure.settings;
  const env = {
    PATH: `${here}:${process.env.PATH}`,
    AZURE_TOKEN_CREDENTIALS: "AzureCliCredential",
    GOLDSMITH_ARM_ENDPOINT: armEndpoint,
    GOLDSMITH_ENVIRONMENT: "local",
    GOLDSMITH_OPT_IN: "none",
    NODE_EXTRA_CA_CERTS: caFile,
  };
  const running = startGoldsmith([...args, "--azure", subscriptionId, "--data", join(here, "data")], env);
  // The command's clock is the wall's here, and so a token lasts as long as one does: Azure's time passes little faster.
  const end = performance.now() + 45_000;
  while (!running.isOver() && performance.now() < end) {
    await world.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  running.child.kill("SIGKILL");
  return running.ended;
}

const grants = () => world.record().filter(({ method, url }) => method !== "GET" && /\/roleAssignments\//i.test(url));

test("it plans as whoever is signed in, says so, and writes nothing", async () => {
  const before = world.record().length;
  const { exit, out, err } = await run("plan", templateFile(world, "looked-at"), "-o", "json");
  expect([exit, err]).toEqual([0, expect.stringMatching(/^As \S+, with no other rights .*only advises/)]);
  expect((JSON.parse(out) as Plan).requirements.some(({ satisfied }) => !satisfied)).toBe(true);
  const asked = world.record().slice(before);
  expect(asked.length).toBeGreaterThan(0);
  expect(new Set(asked.map(({ caller }) => caller))).toEqual(new Set(["owner"]));
}, 90_000);

test("a build grants nothing without --act: it waits until somebody did", async () => {
  const before = grants().length;
  const { exit } = await run("build", templateFile(world, "advised"), "--timeout", "10", "--poll", "0.5");
  expect([exit, grants().length]).toEqual([3, before]);
}, 90_000);

test("a build with --act grants as whoever is signed in", async () => {
  const before = grants().length;
  const { err } = await run("build", templateFile(world, "acted"), "--timeout", "25", "--poll", "0.5", "--act");
  expect(err).toContain("grants and changes");
  expect(grants().length).toBeGreaterThan(before);
}, 90_000);

test("what is no subscription is wrong usage, before anybody is asked", async () => {
  const { exit, err } = await startGoldsmith(["list", "--azure", "mine"], {}).ended;
  expect([exit, err.includes("az account show")]).toEqual([2, true]);
});
