import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sampleTemplate } from "../../local/estate.ts";
import { startWorld, type TestWorld } from "../journeys/world.ts";

/** Real milliseconds that Goldsmith adds to a build whose grants stand, medians of several builds. */
export interface AddedTime {
  /** From the request for the build to the answer to `run`. */
  readonly toRun: number;
  /** From the answer that showed the run's end to the message at its receiver. */
  readonly toMessage: number;
}

const latencyMs = 20;
const repeats = 7;

/** Measured on the wall while emulated time stands still: every request to ARM takes 20 ms, nothing else waits. */
export async function measureAddedTime(): Promise<AddedTime> {
  let heardAt = Number.NaN;
  const receiver = createServer((request, response) => {
    heardAt = performance.now();
    request.resume().on("end", () => response.writeHead(204).end());
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo;
  const world = await startWorld({ switches: { eventLoss: 1, latencyMs }, settings: toldAt(port) });
  try {
    await build(world, { template: wishOf(world) });
    const measured: AddedTime[] = [];
    for (let n = 0; n < repeats; n++) {
      const askedAt = performance.now();
      const { runAt, endSeenAt } = await build(world, { templateId: world.estate.template });
      measured.push({ toRun: runAt - askedAt, toMessage: heardAt - endSeenAt });
    }
    return {
      toRun: median(measured.map(({ toRun }) => toRun)),
      toMessage: median(measured.map(({ toMessage }) => toMessage)),
    };
  } finally {
    await world.stop();
    receiver.close();
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** One target, told of ends only: what is heard last is the end. */
function toldAt(port: number): Record<string, string> {
  const events = ["io.goldsmith.build.succeeded.v1"];
  const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ok!").toString("base64")}`;
  return {
    GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
    GOLDSMITH_TARGETS: JSON.stringify([{ name: "hook", kind: "webhook", secretRef: "HOOK", events }]),
    HOOK: JSON.stringify({ url: `http://127.0.0.1:${port}/hook`, secret }),
  };
}

function wishOf({ estate }: TestWorld) {
  const [resourceGroupId, name] = estate.template.split("/providers/Microsoft.VirtualMachineImages/imageTemplates/");
  return { resourceGroupId, name, body: sampleTemplate(estate) };
}

/** Builds once; when `run` was answered, and when a read first showed the end (real ms). */
async function build(world: TestWorld, wish: unknown): Promise<{ readonly runAt: number; readonly endSeenAt: number }> {
  const before = world.record().length;
  const { body } = await world.call<{ id: string }>("POST", "builds", wish);
  const { state } = await world.built(body.id);
  if (state !== "succeeded") throw new Error(`the build ended ${state}`);
  const made = world
    .record()
    .slice(before)
    .filter(({ caller }) => caller === "app");
  const run = made.find(({ method, url }) => method === "POST" && /\/run\?/.test(url));
  const reads = made.filter(({ method, url }) => method === "GET" && /\/imageTemplates(\/[^/?]+)?\?/i.test(url));
  return { runAt: run?.realMs ?? Number.NaN, endSeenAt: reads.at(-1)?.realMs ?? Number.NaN };
}
