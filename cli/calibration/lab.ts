import { fieldsOf, textOf } from "../../shared/decide/template/templateBody.ts";
import type { Arm, ArmMethod, ArmReply } from "./arm.ts";

/** What every step of a calibration works with. */
export interface Lab {
  readonly arm: Arm;
  /** Id of the sandbox group. */
  readonly group: string;
  readonly location: string;
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>;
  readonly tell: (line: string) => void;
  /** A GUID nobody has. */
  readonly guid: () => string;
}

export const versions = {
  groups: "2021-04-01",
  identities: "2023-01-31",
  galleries: "2023-07-03",
  network: "2024-01-01",
  authorization: "2022-04-01",
  templates: "2024-02-01",
} as const;

/** A write that must be taken; anything else ends the calibration with what ARM said. */
export async function must(reply: Promise<ArmReply>, what: string): Promise<ArmReply> {
  const answer = await reply;
  if (answer.status < 300) return answer;
  const { code, message } = fieldsOf(fieldsOf(answer.body).error);
  throw new Error(`${what}: ${answer.status} ${textOf(code)} ${textOf(message)}`.trim());
}

/** A member of a resource's properties, as text. */
export const propertyOf = (reply: ArmReply, name: string): string =>
  textOf(fieldsOf(fieldsOf(reply.body).properties)[name]);

/** Looks until `ready`; undefined after `within` seconds. */
export async function until<T>(
  lab: Lab,
  look: () => Promise<T | undefined>,
  within: number,
  pause = 10,
): Promise<T | undefined> {
  const end = lab.now() + within * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (lab.now() >= end) return undefined;
    await lab.sleep(pause);
  }
}

/** Writes a resource and waits until it is provisioned. */
export async function made(lab: Lab, path: string, apiVersion: string, body: object): Promise<ArmReply> {
  const name = path.split("/").slice(-2).join("/");
  await written(lab, "PUT", path, apiVersion, body);
  const done = await until(
    lab,
    async () => {
      const reply = await lab.arm("GET", path, apiVersion);
      const state = propertyOf(reply, "provisioningState") || "Succeeded";
      if (state === "Failed") throw new Error(`${name} failed to provision`);
      return reply.status === 200 && state === "Succeeded" ? reply : undefined;
    },
    900,
    5,
  );
  if (!done) throw new Error(`${name} was not provisioned within 15 minutes`);
  return done;
}

/** A network takes one write at a time (rbac-network-arm.md §5.3): 409 is asked again. */
export async function written(
  lab: Lab,
  method: ArmMethod,
  path: string,
  apiVersion: string,
  body?: object,
): Promise<ArmReply> {
  const reply = await until(
    lab,
    async () => {
      const answer = await lab.arm(method, path, apiVersion, body);
      return answer.status === 409 ? undefined : answer;
    },
    120,
    5,
  );
  if (!reply) throw new Error(`${path} was refused with 409 for two minutes`);
  return must(Promise.resolve(reply), path.split("/").slice(-2).join("/"));
}
