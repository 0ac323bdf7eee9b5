import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAnchor } from "../clock.ts";
import { type BootFault, setBootFault } from "./compute/machines/bootFaults.ts";
import { putPlatformImage } from "./compute/marketplace.ts";
import {
  applicationBody,
  bootFaultBody,
  buildFaultBody,
  clockBody,
  platformImageBody,
  principalBody,
  subscriptionBody,
  tenantBody,
} from "./controlBodies.ts";
import type { Emulation } from "./emulation.ts";
import type { TakenEvent } from "./eventgrid/dataPlane.ts";
import { faultSchema } from "./faults.ts";
import type { Incoming } from "./front.ts";
import { type BuildFault, setBuildFault } from "./imagebuilder/buildFaults.ts";
import { keptByReset, plantSeeds } from "./seeds.ts";
import { addSubscription } from "./subscription.ts";
import { readSwitches } from "./switchReading.ts";
import { addApplication, addTenant } from "./tenants.ts";
import { type Answer, AzureError, type Json } from "./world.ts";

type Control = (emulation: Emulation, incoming: Incoming, rest: string) => Answer | Promise<Answer>;

const controls: Readonly<Record<string, Control>> = {
  "GET state": (emulation, { query }) => ok(stateOf(emulation, query.get("kind"))),
  "GET clock": ({ world }) => ok({ now: new Date(world.clock.now()).toISOString(), speed: world.clock.speed }),
  "POST clock": setClock,
  "GET faults": ({ faults }) => ok(faults.list()),
  "POST faults": ({ faults }, { body }) => ({ status: 201, body: { id: faults.add(parse(faultSchema, body)) } }),
  "DELETE faults": ({ faults }) => {
    faults.clear();
    return { status: 204 };
  },
  "GET switches": ({ switches }) => ok(switches),
  "POST switches": setSwitches,
  "POST build-faults": ({ world }, { body }) => {
    const { templateId, fault } = parse(buildFaultBody, body);
    setBuildFault(world, templateId, fault as BuildFault | undefined);
    return { status: 204 };
  },
  "POST boot-faults": ({ world }, { body }) => {
    const { imageId, fault } = parse(bootFaultBody, body);
    setBootFault(world, imageId, fault as BootFault | undefined);
    return { status: 204 };
  },
  "POST platform-images": ({ world }, { body }) => {
    putPlatformImage(world, parse(platformImageBody, body));
    return { status: 204 };
  },
  "POST subscriptions": (emulation, { body }) => ({
    status: 201,
    body: { ...addSubscription(emulation, parse(subscriptionBody, body)) },
  }),
  "POST tenants": ({ world }, { body }) => ({
    status: 201,
    body: { ...addTenant(world, parse(tenantBody, body).displayName) },
  }),
  "POST applications": ({ world }, { body }) => ({
    status: 201,
    body: { ...addApplication(world, parse(applicationBody, body)) },
  }),
  "POST principals": ({ world }, { body }) => {
    const { displayName, principalType, ...more } = parse(principalBody, body);
    return { status: 201, body: { ...world.principals.create(displayName, principalType, more) } };
  },
  "POST reset": (emulation) => {
    emulation.store.clear([...keptByReset]);
    emulation.faults.clear();
    plantSeeds(emulation.store, emulation.seeds);
    emulation.deploy();
    return { status: 204 };
  },
  "GET topics": ({ store }, _, name) => ok(store.list<TakenEvent>("takenEvent", `${name}/`).map(([, taken]) => taken)),
};

/** Answers `/emulator/*`: loopback only, no token. Documented in docs/emulator.md. */
export async function answerControl(emulation: Emulation, incoming: Incoming, from: string): Promise<Answer> {
  if (!/^(::1|(::ffff:)?127\.)/.test(from))
    throw new AzureError(403, "Forbidden", "The emulator's control is for loopback only.");
  const [name = "", ...rest] = incoming.path.split("/").filter(Boolean).slice(1);
  const control = controls[`${incoming.method} ${name.toLowerCase()}`];
  if (!control) throw new AzureError(404, "NotFound", `The emulator has ${Object.keys(controls).join(", ")}.`);
  return await control(emulation, incoming, rest[0] ?? "");
}

function ok(body: unknown): Answer {
  return { status: 200, body: body as Json };
}

function parse<T>(schema: z.ZodType<T>, body: Buffer): T {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8") || "{}");
  } catch {
    throw new AzureError(400, "InvalidRequestContent", "The body is no JSON.");
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new AzureError(400, "InvalidRequestContent", z.prettifyError(result.error));
  return result.data;
}

function setSwitches({ switches }: Emulation, { body }: Incoming): Answer {
  const values = parse(z.record(z.string(), z.unknown()), body);
  try {
    return ok(Object.assign(switches, readSwitches(values)));
  } catch (error) {
    throw new AzureError(400, "InvalidSwitch", error instanceof Error ? error.message : String(error));
  }
}

/** Everything in the store by kind, except secrets; `?kind=` for one. */
function stateOf({ store, world }: Emulation, kind: string | null): object {
  const hidden = ["secret", "seeds", "vaultSecret"];
  const kinds = store.kinds().filter((one) => !hidden.includes(one) && (kind === null || kind === one));
  return {
    now: new Date(world.clock.now()).toISOString(),
    ...Object.fromEntries(kinds.map((one) => [one, Object.fromEntries(store.list(one))])),
  };
}

function setClock({ world, dataDirectory }: Emulation, { body }: Incoming): Answer {
  const { speed, jumpSeconds } = parse(clockBody, body);
  const shared = join(dataDirectory, "clock.json");
  if (!existsSync(shared))
    throw new AzureError(409, "NoSharedClock", "This emulator's clock is not the shared one of its directory.");
  const kept = JSON.parse(readFileSync(shared, "utf8")) as { speed: number };
  writeAnchor(dataDirectory, {
    real: Date.now(),
    virtual: world.clock.now() + jumpSeconds * 1000,
    speed: speed ?? kept.speed,
  });
  return { status: 202, body: { now: new Date(world.clock.now()).toISOString() } };
}
