import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Ports, portsOf } from "../local/ports.ts";

/** The emulator, storage's three and the emulator's identity endpoint stand side by side (local/ports.ts). */
const side = 5;
const lowest = 20_000;
const highest = 30_000;

/** Ports of an embedded Goldsmith: the same as last time, for what it remembers names them; free ones at first. */
export async function keptPorts(directory: string): Promise<Ports> {
  const file = join(directory, "ports.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Ports;
  const azure = await freeRow(side + 1);
  const ports = portsOf(azure + side, azure);
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

/** The first of so many free ports in a row. Where to look first depends on the process, so that two rarely meet. */
async function freeRow(count: number): Promise<number> {
  for (let first = lowest + ((process.pid * 7) % (highest - lowest)), tries = 0; tries < 1000; tries++, first += count)
    if (await allFree(first, count)) return first;
  throw new Error("no free ports");
}

async function allFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port++) {
    const server = createServer();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    } catch {
      return false;
    }
    server.close();
    await once(server, "close");
  }
  return true;
}
